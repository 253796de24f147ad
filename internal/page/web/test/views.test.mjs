// The other parts of the report: conversations, tables, charts, the quiz.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe } from "node:test";
import { dataOf, filter, marked, open, reports, findings, saved } from "./browser.mjs";

const { page } = reports();

describe("conversations", () => {
  page("a flow is a ladder with the client left", ({ services }) => `${services}#p3`, {}, async (p) => {
    await open(p, "Conversations");
    const ends = await p.locator("#ladder .end").allTextContents();
    assert.match(ends[0], /^Client192\.0\.2\.10port 56592 \(no name\)/);
    assert.match(ends[1], /^Server198\.51\.100\.7port 21\/ftp.*service/);
    assert.match(await p.locator("#ladder p").first().textContent(), /36 packets, 2,870 bytes, .*syn \(.*sent the SYN, which opens the connection\)/); // 36: tshark -z conv,tcp
    assert.equal(await p.locator("#ladder .step").count(), 36);
    assert.match(await p.locator("#ladder .step").first().textContent(), /^#10\.000000 s client to server SYN: opensseq 0$/);
    await p.locator("#ladder .step").nth(1).click();
    assert.match(await p.locator("#anatomy-title").textContent(), /^Frame 2 /);
    assert.match(await p.locator("#ladder .step.on").textContent(), /^#20\.000057 s server to client SYN ACK: accepts/);
  });
});

describe("beside the ladder", () => {
  // tshark -T fields: frame 1 has SYN, frame 2 answers it with SYN and ACK.
  page("the headers of the selected frame are in step with the flow that plays", ({ services }) => `${services}#p1`, { width: 1440 }, async (p) => {
    await open(p, "Conversations");
    const [ladder, headers] = [await p.locator("#ladder").boundingBox(), await p.locator("#anatomy").boundingBox()];
    assert.ok(headers.x >= ladder.x + ladder.width && Math.abs(headers.y - ladder.y) < 40, "the headers are not beside the ladder");
    await p.locator("#flow").getByRole("button", { name: "Play the flow" }).click();
    await p.waitForFunction(() => document.querySelector("#ladder .step.on").dataset.frame === "2");
    assert.match(await p.locator("#flow #diagram .changed").allTextContents().then(String), /Acknowledgment Number/);
    assert.equal(new URL(p.url()).hash, "#conversations");
    await p.locator("#flow").getByRole("button", { name: "Stop", exact: true }).click();
    assert.deepEqual(await findings(p), []);
    await open(p, "Packets");
    assert.deepEqual(await p.locator(".panes > .pane").evaluateAll((l) => l.map((e) => e.id)), ["list-pane", "anatomy", "reading"]);
    assert.match(await p.locator("#anatomy-title").textContent(), /^Frame 2 /);
  });
  page("arrows reach from one end to the other", ({ services }) => `${services}#p1`, { width: 1440 }, async (p) => {
    await open(p, "Conversations");
    const gaps = await p.locator("#ladder .step .arrow").evaluateAll((l) => l.slice(0, 4).map((a) => [a, a.querySelector(".what")].map((e) => e.getBoundingClientRect().width)).map(([all, line]) => all - line));
    assert.deepEqual(gaps, [6, 6, 6, 6]); // the two lines of the ends, of 3 pixels each
  });
});

describe("a long flow", () => {
  page("the Tab key goes past it in one step, and the arrow keys through it", ({ long }) => `${long}#p333`, {}, async (p) => {
    const focused = () => p.evaluate(() => document.activeElement.dataset.frame ?? document.activeElement.textContent);
    await open(p, "Conversations");
    await p.locator("#flow-table tbody button").last().focus();
    await p.keyboard.press("Tab");
    assert.equal(await focused(), "333");
    await p.keyboard.press("ArrowDown");
    await p.keyboard.press("Enter");
    assert.equal(await focused(), "334");
    assert.equal(await p.locator("#ladder .step.on").getAttribute("data-frame"), "334");
    await p.keyboard.press("Home");
    assert.equal(await focused(), "201");
    await p.keyboard.press("Tab");
    assert.equal(await focused(), "Show these packets");
    await p.keyboard.press("Tab");
    assert.equal(await focused(), "200"); // the button for what is earlier
    await p.keyboard.press("Shift+Tab");
    await p.keyboard.press("Shift+Tab");
    assert.equal(await focused(), "201"); // where one was
  });
  page("the ladder has the frames around the selected one, and a way to the others", ({ long }) => `${long}#p333`, {}, async (p) => {
    await open(p, "Conversations");
    const ends = async () => [await p.locator("#ladder .step").first().getAttribute("data-frame"), await p.locator("#ladder .step").last().getAttribute("data-frame")];
    assert.deepEqual(await ends(), ["201", "400"]);
    assert.equal(await p.locator("#ladder .step.on").getAttribute("data-frame"), "333");
    assert.match(await p.locator("#ladder > p").textContent(), /^Drawn: frames 201 to 400 of 450, /);
    await p.getByRole("button", { name: "Later frames" }).click();
    assert.deepEqual(await ends(), ["401", "450"]);
    assert.equal(await p.locator("#ladder .step.on").getAttribute("data-frame"), "401");
    assert.equal(await p.getByRole("button", { name: "Later frames" }).count(), 0);
    await p.getByRole("button", { name: "Earlier frames" }).click();
    assert.deepEqual(await ends(), ["201", "400"]);
    assert.equal(await p.locator("#ladder .step.on").getAttribute("data-frame"), "400");
    await p.evaluate(() => (location.hash = "#p451")); // another flow, of one packet
    await p.waitForFunction(() => document.querySelectorAll("#ladder .step").length === 1);
    assert.equal(await p.locator("#ladder > p").textContent(), "");
  });
});


describe("timeline and hosts", () => {
  page("the brush filters the whole page by time, and lets go", ({ services }) => services, {}, async (p) => {
    await open(p, "Timeline");
    const box = await p.locator(".u-over").boundingBox();
    await p.mouse.move(box.x + box.width * 0.3, box.y + 50);
    await p.mouse.down();
    await p.mouse.move(box.x + box.width * 0.6, box.y + 50, { steps: 5 });
    await p.mouse.up();
    await p.waitForFunction(() => !document.getElementById("filter-span").hidden);
    const [from, to] = (await p.locator("#filter-span").textContent()).match(/[\d.]+/g).map(Number);
    assert.ok(from > 5 && to < 14 && to > from, `${from} to ${to}`);
    const { packets } = await dataOf(p);
    const want = packets.filter((x) => from <= x.t && x.t < to).length;
    assert.ok(want > 0 && want < 232);
    assert.equal(await p.locator("#found").textContent(), `${want} of 232 packets`);
    await p.getByRole("button", { name: "All times", exact: true }).click();
    assert.equal(await p.locator("#found").textContent(), "232 packets");
  });
  page("the timeline counts bytes and logarithms too, and says what is under the pointer", ({ services }) => services, {}, async (p) => {
    await open(p, "Timeline");
    await p.getByLabel("Bytes instead of packets").last().check();
    assert.match(await p.locator(".plot").getAttribute("aria-label"), /^bytes over /);
    await p.getByLabel("Logarithmic").check();
    const box = await p.locator(".u-over").boundingBox();
    await p.mouse.move(box.x + 4, box.y + 50);
    await p.waitForFunction(() => /^\d\d:\d\d:\d\d\.\d+: .*ssh tcp|21\/ftp tcp/.test(document.querySelector(".tip").textContent));
  });
  // tshark's list of the sample: a datagram to port 33434, and the ICMP error that refuses it.
  page("a refused port is closed", ({ refused }) => refused, {}, async (p) => {
    await open(p, "Hosts");
    assert.deepEqual(await p.locator("#service-table tbody tr").first().locator("th, td").allTextContents(), ["33434/traceroute", "198.51.100.7", "udp", "closed", "ICMP port unreachable", "#2", "1", ""]);
  });
  page("a conversation has the round trip of its handshake", ({ services }) => services, {}, async (p) => {
    await open(p, "Conversations");
    const heads = await p.locator("#flow-table thead th").allTextContents();
    const cells = await p.locator("#flow-table tbody tr", { hasText: "21/ftp" }).first().locator("th, td").allTextContents();
    assert.equal(cells[heads.indexOf("Round trip")], "76 µs"); // tshark: tcp.analysis.initial_rtt 0.000076
  });
  page("a conversation leads to its packets", ({ services }) => `${services}#p1`, {}, async (p) => {
    await open(p, "Conversations");
    await p.getByRole("button", { name: "Show these packets" }).click();
    assert.equal(await p.locator("#found").textContent(), "36 of 232 packets"); // tshark -z conv,tcp
  });
});

describe("tables and charts", () => {
  page("the port table sorts and searches", ({ services }) => services, {}, async (p) => {
    await open(p, "Ports");
    const first = () => p.locator("#port-table tbody tr").first().locator("th").textContent();
    const head = (name) => p.locator("#port-table thead th", { has: p.getByRole("button", { name, exact: true }) });
    await head("Port").getByRole("button").click();
    assert.equal(await head("Port").getAttribute("aria-sort"), "ascending");
    assert.equal(await first(), "20/ftp-data");
    await head("Port").getByRole("button").press("Enter");
    assert.equal(await head("Port").getAttribute("aria-sort"), "descending");
    assert.equal(await first(), "443/https");
    await head("Bytes").getByRole("button").click();
    assert.equal(await first(), "22/ssh"); // 10,252 bytes
    assert.equal(await head("Port").getAttribute("aria-sort"), null);
    await p.locator("#port-table input").fill("smtp");
    assert.equal(await p.locator("#port-table tbody tr").count(), 1);
    await p.locator("#port-table tbody button").click();
    assert.equal(await p.locator("#filter").inputValue(), "port 25");
    assert.equal(await p.locator("#found").textContent(), "30 of 232 packets"); // 30: tshark -Y tcp.port==25
  });
  page("every chart has a title and its numbers in a table", ({ services }) => services, {}, async (p) => {
    const figures = await p.locator("main figure:has(svg)").count();
    assert.equal(figures, 3);
    for (let i = 0; i < figures; i++) {
      const figure = p.locator("main figure:has(svg)").nth(i);
      assert.ok((await figure.locator("svg > title").textContent()).length > 20);
      assert.equal(await figure.locator("table tbody tr").count() > 0, true);
    }
    assert.match(await p.locator("#chart-ports tbody tr").first().textContent(), /^22\/ssh tcp45$/);
    // Every packet of the sample has a port: they are all in the rows, or said to be in none.
    assert.deepEqual(await p.locator("#chart-time thead th").allTextContents(), ["From second", "Port", "Packets", "Bytes"]);
    const { series } = await dataOf(p);
    const sum = await p.locator("#chart-time tbody tr td:nth-child(3)").evaluateAll((l) => l.reduce((n, e) => n + Number(e.textContent.replaceAll(",", "")), 0));
    assert.equal(sum + series.left, 232);
    assert.match(await p.locator("#chart-strip svg > title").textContent(), /system 0 to 1023, registered 1024 to 49151, dynamic 49152 to 65535; given to clients by .*Linux 32768 to 60999/);
  });
});


describe("quiz", () => {
  page("right and wrong answers, the diagnosis, the hint", ({ services }) => `${services}#quiz`, {}, async (p) => {
    const { quiz } = await dataOf(p);
    const q = quiz.questions.find((x) => x.kind === "port-value");
    const card = p.locator(".question", { has: p.locator(`#answer${q.number}`) });
    await p.getByRole("button", { name: `Question ${q.number}`, exact: true }).click();
    await card.getByRole("button", { name: "Check" }).click();
    assert.match(await card.locator(".verdict").textContent(), /No answer yet/);
    const swapped = q.parts[0].wrong.find((w) => /swapped/.test(w.diagnosis));
    await card.locator("input").fill(swapped.answer);
    await card.locator("input").press("Enter");
    assert.match(await card.locator(".verdict").textContent(), /Not right.*swapped/);
    await card.locator("input").fill("perhaps");
    await card.locator("input").press("Enter");
    assert.match(await card.locator(".verdict").textContent(), /Not understood/);
    await card.locator("input").fill(`port ${q.parts[0].right[0]}`);
    await card.getByRole("button", { name: "Check" }).click();
    assert.match(await card.locator(".verdict").textContent(), /Right\./);
    assert.match(await p.locator("#score").textContent(), /0 right of 1 answered/); // the first answer counts
    const frame = q.exhibits[0].frame;
    await card.getByRole("button", { name: "Hint" }).click();
    assert.ok((await card.locator(".verdict").textContent()).includes(q.hint));
    assert.match(await p.locator("#anatomy-title").textContent(), new RegExp(`^Frame ${frame} `));
    const largest = quiz.questions.find((x) => x.kind === "largest");
    const last = p.locator(".question", { has: p.locator(`#answer${largest.number}`) });
    await p.getByRole("button", { name: `Question ${largest.number}`, exact: true }).click();
    await last.locator("input").fill("0xFFFF");
    await last.locator("input").press("Enter");
    assert.match(await last.locator(".verdict").textContent(), /Right\./);
    assert.match(await p.locator("#score").textContent(), /1 right of 2 answered/);
  });
  page("bytes are an answer, missed questions come again, and the score can be kept", ({ services }) => `${services}#quiz`, {}, async (p) => {
    const { quiz } = await dataOf(p);
    const bytes = quiz.questions.find((x) => x.kind === "port-bytes");
    const [low, high] = bytes.parts[0].right[0].split("-");
    await p.getByRole("button", { name: `Question ${bytes.number}`, exact: true }).click();
    await p.locator(".question:visible .pick").nth(Number(low)).click();
    await p.locator(".question:visible .pick").nth(Number(high)).click();
    assert.equal(await p.locator(`#answer${bytes.number}`).inputValue(), `${low}-${high}`);
    await p.locator(`#answer${bytes.number}`).press("Enter");
    assert.match(await p.locator(".question:visible .verdict").textContent(), /Right\./);
    for (const q of quiz.questions.filter((x) => x !== bytes)) {
      await p.getByRole("button", { name: `Question ${q.number}`, exact: true }).click();
      await p.locator(".question:visible .solve").click();
    }
    assert.match(await p.locator("#score").textContent(), /^1 right of 10 answered/);
    const waiting = p.waitForEvent("download");
    await p.getByRole("button", { name: "Save the score" }).click();
    const saved = JSON.parse(readFileSync(await (await waiting).path(), "utf8"));
    assert.deepEqual([saved.right, saved.of, saved.answers.length], [1, 10, 10]);
    await p.getByRole("button", { name: "Try the missed ones again" }).click();
    assert.equal(await p.locator("#questions .question").count(), 9);
    assert.equal(await p.locator("#score").textContent(), "9 questions");
  });
});

describe("saving", () => {
  page("tables are saved as CSV and JSON, pictures as SVG and PNG", ({ services }) => `${services}#ports`, {}, async (p) => {
    const table = p.locator("#port-table");
    await table.locator("input").fill("smtp");
    const lines = String(await saved(p, table.getByRole("button", { name: "Save as CSV" }))).split("\r\n");
    assert.equal(lines[0], "Port,Protocol,Range,Packets,Bytes,Packets to it,Packets from it,Flows,Share,Registered for");
    assert.match(lines[1], /^25\/smtp,tcp,system,30,/); // 30: tshark -Y tcp.port==25
    assert.equal(lines.length, 3);
    const rows = JSON.parse(await saved(p, table.getByRole("button", { name: "JSON" })));
    assert.deepEqual(rows.map((r) => [r.port, r.packets]), [[25, 30]]);
    const svg = String(await saved(p, p.locator("#chart-ports").getByRole("button", { name: "Save as SVG" })));
    assert.match(svg, /^<svg[^>]*xmlns="http:\/\/www\.w3\.org\/2000\/svg".*22\/ssh tcp.*fill="rgb/s);
    assert.doesNotMatch(svg, /class=|style=/);
    await open(p, "Timeline");
    const png = await saved(p, p.getByRole("button", { name: "Save as PNG" }));
    assert.equal(png.subarray(1, 4).toString(), "PNG");
  });
});

describe("for students", () => {
  page("the tour goes to the ports, the header without them, and the reply", ({ services }) => `${services}#p9`, {}, async (p) => {
    await p.getByRole("button", { name: "Tour" }).click();
    const stops = [];
    for (;;) {
      stops.push([await p.locator("#stop h3").textContent(), await p.locator("#anatomy-title").textContent().then((t) => t.split(" · ")[0]), (await marked(p, "pin")).bytes.join()]);
      if ((await p.locator("#stop").getByRole("button", { name: "Done" }).count()) > 0) {
        break;
      }
      await p.locator("#stop").getByRole("button", { name: "Next" }).click();
    }
    assert.deepEqual(stops, [["1 of 3: two ports", "Frame 1", "34,35"], ["2 of 3: no port in IP", "Frame 1", "23"], ["3 of 3: the reply swaps them", "Frame 2", "34,35"]]);
    assert.deepEqual(await findings(p), []);
    await p.locator("#stop").getByRole("button", { name: "Done" }).click();
    assert.equal(await p.locator("#stop").isVisible(), false);
    assert.equal(await p.evaluate(() => document.activeElement.id), "tour");
  });
  page("the tour shows a later fragment and quoted ports where there are some", ({ refused }) => refused, {}, async (p) => {
    await p.getByRole("button", { name: "Tour" }).click();
    await p.locator("#stop").getByRole("button", { name: "Next" }).click();
    await p.locator("#stop").getByRole("button", { name: "Next" }).click();
    assert.match(await p.locator("#stop h3").textContent(), /quoted ports$/);
    assert.deepEqual((await marked(p, "pin")).bytes, [62, 63]);
  });
  page("a word explains itself by keyboard and pointer", ({ services }) => services, {}, async (p) => {
    await p.locator("#answer .term").first().focus();
    assert.match(await p.locator("#gloss").textContent(), /^The end that opened/);
    await p.keyboard.press("Escape");
    assert.equal(await p.locator("#gloss").isVisible(), false);
    await p.locator("#meaning .term", { hasText: "Range" }).hover();
    assert.match(await p.locator("#gloss").textContent(), /RFC 6335/);
    assert.deepEqual(await findings(p), []);
  });
});
