// The report, opened from disk: what is on it, the shared selection, links, tables, the quiz, paper, phones, and access for everybody.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { browser, dataOf, datagram, marked, outline, pcap, report, samples, serious } from "./browser.mjs";

let chrome;
let services; // addresses
let refused;
let fragments;
let cut;
let tags;
let long;

before(async () => {
  chrome = await browser();
  services = report(chrome.folder, join(samples, "services.pcap"), "services.html");
  refused = report(chrome.folder, join(samples, "udp-closed.pcap"), "refused.html");
  fragments = report(chrome.folder, join(samples, "fragments.pcap"), "fragments.html");
  cut = report(chrome.folder, join(samples, "cut.pcap"), "cut.html");
  const made = (name, ...frames) => {
    const file = join(chrome.folder, `${name}.pcap`);
    writeFileSync(file, pcap(...frames));
    return report(chrome.folder, file, `${name}.html`);
  };
  const plain = datagram(40000, 53);
  tags = made("tags", Buffer.concat([plain.subarray(0, 12), ...Array(255).fill(Buffer.from("81000001", "hex")), plain.subarray(12)]));
  long = made("long", ...Array(450).fill(plain), datagram(40001, 53));
});
after(() => chrome?.close());

/** Opens a page for one test; it must not have complained or asked anybody by the end. */
function page(name, address, options, body) {
  test(name, async () => {
    const p = await chrome.open(typeof address === "function" ? address() : address, options);
    try {
      await body(p);
      assert.deepEqual(p.faults, []);
    } finally {
      await p.close();
    }
  });
}

const field = (p, name) => p.locator("#diagram button").filter({ hasText: new RegExp(`^[[“]?${name} `) }).first();
const byte = (p, at) => p.locator(`#bytes [data-at="${at}"]`);

describe("selection", () => {
  // By hand: Ethernet has 14 bytes, this IPv4 header 20, so the TCP header begins at byte 34 and its destination port is in bytes 36 and 37.
  for (const look of [{ scheme: "light" }, { scheme: "dark" }, { scheme: "light", media: "print" }]) {
    page(`a port and its bytes outline each other, ${look.scheme} ${look.media ?? "screen"}`, () => `${services}#p3`, look, async (p) => {
      // Nothing hovers over paper; the marks have to be right there all the same.
      const point = (where) => (look.media === "print" ? where.dispatchEvent("pointerover") : where.hover());
      await point(field(p, "Destination Port"));
      assert.deepEqual((await marked(p, "hover")).bytes, [36, 37]);
      assert.match(await outline(byte(p, 36)), /^dashed/);
      assert.equal(await outline(byte(p, 35)), "none");
      assert.equal(await outline(byte(p, 38)), "none");
      await point(byte(p, 37));
      const back = await marked(p, "hover");
      assert.deepEqual(back.bytes, [36, 37]);
      assert.equal(back.fields.length, 1);
      assert.match(await outline(field(p, "Destination Port")), /^dashed/);
      assert.equal(await outline(field(p, "Source Port")), "none");
      await byte(p, 37).click();
      assert.deepEqual((await marked(p, "pin")).bytes, [36, 37]);
      assert.match(await outline(byte(p, 37)), /^(solid|dashed)/);
      assert.match(await p.locator("#explanation").textContent(), /Destination Port.*21.*frame bytes 36-37, header bytes 2-3/s);
      assert.match(p.url(), /#p3\/tcp\.dstport$/);
    });
  }

  page("every field of a frame outlines the bytes that hold its bits, and no other", () => `${refused}#p2`, {}, async (p) => {
    const data = await dataOf(p);
    const headers = data.packets.find((x) => x.n === 2).headers;
    const fields = headers.flatMap((h) => data.shapes[h.s].map(([, bit, width]) => [8 * h.at + bit, width]));
    assert.ok(fields.length > 25, `${fields.length} fields`);
    for (const [i, [bit, width]] of fields.entries()) {
      const want = [];
      for (let b = bit; b < bit + width; b++) {
        if (want.at(-1) !== Math.floor(b / 8)) {
          want.push(Math.floor(b / 8));
        }
      }
      await p.locator(`#diagram .box[data-field="${i}"]`).first().hover();
      const got = await marked(p, "hover");
      assert.deepEqual(got, { bytes: want, fields: [i] }, `field ${i}`);
    }
  });

  page("a byte of several fields outlines them all", () => `${services}#p3`, {}, async (p) => {
    await byte(p, 14).hover(); // version and header length, four bits each
    assert.deepEqual((await marked(p, "hover")).bytes, [14]);
    assert.equal((await marked(p, "hover")).fields.length, 2);
    await byte(p, 20).hover(); // three flags and the fragment offset, which goes on in byte 21
    assert.deepEqual((await marked(p, "hover")).bytes, [20, 21]);
    assert.equal((await marked(p, "hover")).fields.length, 4);
  });

  page("the keyboard alone selects, pins, lets go and leaves", () => `${services}#p3`, {}, async (p) => {
    await byte(p, 0).focus();
    for (const key of ["ArrowDown", "ArrowDown", "ArrowRight", "ArrowRight", "ArrowRight", "ArrowRight"]) {
      await p.keyboard.press(key);
    }
    assert.equal(await p.evaluate(() => document.activeElement.dataset.at), "36");
    assert.deepEqual((await marked(p, "hover")).bytes, [36, 37]);
    await p.keyboard.press("Enter");
    assert.deepEqual((await marked(p, "pin")).bytes, [36, 37]);
    assert.equal(await byte(p, 36).getAttribute("aria-selected"), "true");
    assert.match(await p.locator("#status").textContent(), /Pinned: Destination Port 21, bytes 36-37/);
    await p.keyboard.press("ArrowUp");
    await p.keyboard.press("ArrowLeft");
    assert.equal(await p.evaluate(() => document.activeElement.dataset.at), "19");
    await p.keyboard.press("Escape");
    assert.deepEqual((await marked(p, "pin")).bytes, []);
    await p.keyboard.press("Tab");
    assert.equal(await p.evaluate(() => document.activeElement.closest("#bytes")), null);

    await field(p, "Source Port").focus();
    await p.keyboard.press("ArrowRight");
    await p.keyboard.press("Enter");
    assert.deepEqual((await marked(p, "pin")).bytes, [36, 37]);
    await p.locator("#list").focus();
    await p.keyboard.press("ArrowDown");
    assert.match(await p.locator("#explanation h3").textContent(), /Frame 4/);
    await p.keyboard.press("End");
    assert.match(await p.locator("#explanation h3").textContent(), /Frame 232/);
    assert.equal(await p.locator("#list").getAttribute("aria-activedescendant"), "row232");
    assert.equal(await p.locator("#row232").getAttribute("aria-selected"), "true");
  });

  // WCAG 2.2, 2.5.8: a field can be hit with a finger, though a bit may be 9 pixels wide in its row; and by the keyboard, in its place among the others.
  for (const width of [320, 360, 1280]) {
    page(`every field has a button of 24 pixels at ${width} pixels`, () => `${services}#p3`, { width, height: 740 }, async (p) => {
      const data = await dataOf(p);
      const fields = data.packets.find((x) => x.n === 3).headers.reduce((sum, h) => sum + h.f.length, 0);
      assert.ok(fields > 25, `${fields} fields`);
      for (let i = 0; i < fields; i++) {
        const button = p.locator(`#diagram button[data-field="${i}"]`);
        assert.equal(await button.count(), 1);
        const { width: w, height: h } = await button.boundingBox();
        assert.ok(w >= 24 && h >= 24, `${await button.textContent()}: ${w} by ${h}`);
      }
    });
  }
  page("the keyboard goes to a one-bit field between its neighbours", () => `${services}#p3`, {}, async (p) => {
    const focused = () => p.evaluate(() => document.activeElement.textContent);
    await p.locator("#diagram [tabindex='0']").focus();
    assert.match(await focused(), /^Destination Address /);
    const seen = [];
    while (!/^Fragment Offset/.test(seen.at(-1) ?? "")) {
      await p.keyboard.press("ArrowRight");
      seen.push(await focused());
    }
    // RFC 791 3.1: Identification, then bit 0 of the flags, DF and MF, then the offset.
    assert.deepEqual(seen.slice(-5).map((s) => s.split(/ \d| 0x/)[0]), ["Identification", "Reserved bit", "Don't Fragment", "More Fragments", "Fragment Offset"]);
    assert.equal(seen.at(-4), "Reserved bit 0, byte 20, 1 bit");
    await p.keyboard.press("ArrowLeft");
    await p.keyboard.press("ArrowLeft");
    assert.equal(await focused(), "Don't Fragment 1, byte 20, 1 bit"); // tshark -V: Don't fragment: Set
    await p.keyboard.press("Enter");
    assert.deepEqual((await marked(p, "pin")).bytes, [20]);
    assert.match(p.url(), /#p3\/ip\.flags\.df$/);
    assert.equal(await p.locator("#diagram button[aria-pressed='true']").count(), 1);
    // A mouse may take the narrow box itself.
    await p.locator("#diagram span.box.narrow.pin").click();
    assert.deepEqual((await marked(p, "pin")).bytes, []);
  });

  page("ports are marked without colour too, quoted ones otherwise", () => `${refused}#p2`, {}, async (p) => {
    const box = p.locator("#diagram .box.port").first();
    assert.match(await box.textContent(), /^“Source Port \d+ = 0x[0-9a-f]{4}”, quoted, bytes 62-63$/);
    assert.equal(await box.evaluate((e) => getComputedStyle(e).borderTopStyle), "dashed");
    assert.equal(await p.locator("#diagram .ports .word").first().evaluate((e) => getComputedStyle(e).borderTopStyle), "double");
    // Frame 2 is an ICMP error: 14 bytes of Ethernet, 20 of IPv4, 8 of ICMP, 20 of the quoted IPv4, then the quoted ports.
    assert.deepEqual(await p.locator("#bytes .byte.port.quoted").evaluateAll((l) => l.map((e) => Number(e.dataset.at))), [62, 63, 64, 65]);
  });

  page("own ports stand in brackets, with the number both ways", () => `${services}#p3`, {}, async (p) => {
    assert.match(await p.locator("#diagram .box.port").first().textContent(), /^\[Source Port 56592 = 0xdd10\], bytes 34-35$/);
  });

  page("what the looks of the bytes mean stands above them, as far as the frame has them", () => `${refused}#p1`, {}, async (p) => {
    const words = () => p.locator("#bytes-key .key").evaluateAll((l) => l.map((e) => e.textContent.replace(/^ff /, "")));
    assert.deepEqual(await words(), ["port", "another field of a header", "in no header: payload, padding"]);
    await p.locator("#row2").click();
    assert.deepEqual(await words(), ["quoted port", "another field of a header", "in no header: payload, padding"]);
    assert.match(await byte(p, 62).getAttribute("aria-label"), /^byte 62: [0-9a-f]{2}, quoted Source Port$/);
    // 73 bytes: tshark's quoted UDP ends at byte 69, and three bytes of what it carried follow.
    assert.match(await byte(p, 70).getAttribute("aria-label"), /, in no header$/);
  });

  page("what was cut off is told as that, and no half number is made of it", () => `${cut}#p1`, {}, async (p) => {
    // 36 of 74 bytes were captured: Ethernet's 14, IPv4's 20, and the source port.
    assert.match(await field(p, "Source Port").textContent(), /37914 = 0x941a\]/);
    assert.match(await field(p, "Destination Port").textContent(), /^\[Destination Port cut off\]/);
    assert.match(await field(p, "Data Offset").textContent(), /^Data Offset cut off/);
    const letters = await p.locator("#diagram .box.cut.narrow .value").allTextContents();
    assert.ok(letters.length >= 10 && letters.every((l) => l === "?"), `${letters}`); // a flag that nobody knows is not a flag that is 0
  });

  page("headers that the page was not given are told", () => tags, {}, async (p) => {
    // 1 Ethernet header and 255 tags would be more than the 1000 fields that a packet may have: 3, and 4 for each tag.
    const drawn = await p.locator("#diagram .header").count();
    assert.equal(drawn, 1 + Math.floor((1000 - 3) / 4));
    assert.equal(await p.locator("#diagram > .why").textContent(), `${256 - drawn} further headers of this frame are not in this page: it has too many fields.`);
  });

  for (const width of [1280, 390]) {
    for (const [name, address] of [["services", () => `${services}#p45`], ["refused", () => `${refused}#p2`], ["cut", () => `${cut}#p1`]]) {
      page(`no name and no value in the diagram of ${name} is clipped at ${width} pixels`, address, { width, height: 740 }, async (p) => {
        const clipped = await p.locator("#diagram .box .name, #diagram .box .value").evaluateAll((l) => l.filter((e) => e.checkVisibility() && (e.scrollWidth > e.clientWidth + 1 || e.scrollHeight > e.clientHeight + 1)).map((e) => e.textContent));
        assert.deepEqual(clipped, []);
      });
    }
  }

  // A finger has no hover: what it touches is explained where it can be seen.
  page("on a phone the explanation is in sight of what is touched", () => `${services}#p3`, { width: 390, height: 844, motion: "reduce" }, async (p) => {
    for (const touched of [p.locator("#row2"), field(p, "Version"), field(p, "Window"), byte(p, 40)]) {
      await touched.click();
      const [panel, box] = [await p.locator("#explanation").boundingBox(), await touched.boundingBox()];
      assert.ok(panel.y >= 0 && panel.y + panel.height <= 844, `the panel is at ${panel.y}`);
      assert.ok(box.y + box.height <= panel.y || box.y >= panel.y + panel.height, `the panel is over ${await touched.textContent()}`);
    }
    await p.locator("#diagram [tabindex='0']").focus();
    await p.keyboard.press("End");
    const [panel, box] = [await p.locator("#explanation").boundingBox(), await p.locator("#diagram :focus").boundingBox()];
    assert.ok(box.y + box.height <= panel.y || box.y >= panel.y + panel.height, "the panel is over what has the focus");
  });

  page("pointing at something moves nothing", () => `${services}#p3`, {}, async (p) => {
    const place = () => p.locator("#diagram").boundingBox();
    const still = await place();
    for (const name of ["Version", "Source Address", "Destination Port", "Window"]) {
      await field(p, name).evaluate((e) => e.dispatchEvent(new PointerEvent("pointerover", { bubbles: true })));
      assert.match(await p.locator("#explanation h4").first().textContent(), new RegExp(name));
      assert.deepEqual(await place(), still);
    }
  });
});

describe("packets", () => {
  page("the list has all packets, and the filter finds ports and words", () => services, {}, async (p) => {
    assert.equal(await p.locator("#found").textContent(), "232 packets");
    assert.ok((await p.locator("#list .row").count()) < 60, "the list has rows in the document that nobody can see");
    await p.locator("#filter").fill(":53");
    const data = await dataOf(p);
    const want = data.packets.filter((x) => x.sport === 53 || x.dport === 53).length;
    assert.ok(want > 0);
    assert.equal(await p.locator("#found").textContent(), `${want} of 232 packets`);
    await p.locator("#filter").fill("no such words");
    assert.equal(await p.locator("#found").textContent(), "0 of 232 packets");
  });

  page("on a phone a packet's line has both of its ends", () => services, { width: 390, height: 740 }, async (p) => {
    const line = p.locator("#row3 .line");
    assert.match(await line.textContent(), /^192\.0\.2\.10:56592 .* > 198\.51\.100\.7:21/);
    assert.ok(await line.evaluate((e) => e.scrollHeight <= e.clientHeight + 1 && e.scrollWidth <= e.clientWidth + 1));
    assert.ok(await p.locator("#row3 .time").evaluate((e) => e.scrollWidth <= e.clientWidth + 1));
    await p.locator("#list").focus();
    await p.keyboard.press("End");
    const [list, last] = [await p.locator("#list").boundingBox(), await p.locator("#row232").boundingBox()];
    assert.ok(last.y >= list.y - 1 && last.y + last.height <= list.y + list.height + 1, "the last row is not in sight");
    // The rows are lower where there is room beside them, and the first one in sight stays.
    await p.setViewportSize({ width: 1280, height: 740 });
    await p.waitForFunction(() => document.getElementById("row232")?.getBoundingClientRect().height === 28);
    const [wide, still] = [await p.locator("#list").boundingBox(), await p.locator("#row232").boundingBox()];
    assert.ok(still.y >= wide.y && still.y < wide.y + wide.height, "the list lost its place");
  });

  page("packets without ports say why, and never that their port is 0", () => `${fragments}#p2`, {}, async (p) => {
    assert.match(await p.locator("#explanation").textContent(), /No ports: later-fragment\./);
    assert.doesNotMatch(await p.locator("body").evaluate((e) => e.innerText), /port 0\b|:0\/|^0\//im);
    assert.match(await p.locator("#no-ports").textContent(), /later-fragment: \d+ packets/);
    assert.equal(await p.locator("#diagram .box.port").count(), 0);
    await p.locator("#no-ports .frames button").last().click();
    assert.match(await p.locator("#explanation").textContent(), /No ports/);
  });

  page("a flow is a ladder with the client left", () => `${services}#p3`, {}, async (p) => {
    const ends = await p.locator("#ladder .end").allTextContents();
    assert.match(ends[0], /^Client192\.0\.2\.10port 56592 \(no name\)/);
    assert.match(ends[1], /^Server198\.51\.100\.7port 21\/ftp.*service/);
    assert.match(await p.locator("#ladder p").first().textContent(), /36 packets.*syn \(the client's end sent the SYN, which opens the connection\)/); // 36: tshark -z conv,tcp
    assert.equal(await p.locator("#ladder .step").count(), 36);
    assert.match(await p.locator("#ladder .step").first().textContent(), /^#1 client to server Syn 0\.000000 s · 74 bytes$/);
    await p.locator("#ladder .step").nth(1).click();
    assert.match(p.url(), /#p2$/);
    assert.match(await p.locator("#ladder .step.on").textContent(), /^#2 server to client /);
  });
});

describe("a long flow", () => {
  page("the Tab key goes past it in one step, and the arrow keys through it", () => `${long}#p333`, {}, async (p) => {
    const focused = () => p.evaluate(() => document.activeElement.dataset.frame ?? document.activeElement.textContent);
    await p.locator("#bytes [tabindex='0']").focus();
    await p.keyboard.press("Tab");
    assert.equal(await focused(), "333");
    await p.keyboard.press("ArrowDown");
    await p.keyboard.press("Enter");
    assert.equal(await focused(), "334");
    assert.match(p.url(), /#p334$/);
    await p.keyboard.press("Home");
    assert.equal(await focused(), "201");
    await p.keyboard.press("Tab");
    assert.equal(await focused(), "200"); // the button for what is earlier
    await p.keyboard.press("Shift+Tab");
    assert.equal(await focused(), "201"); // where one was
  });
  page("the ladder has the frames around the selected one, and a way to the others", () => `${long}#p333`, {}, async (p) => {
    const ends = async () => [await p.locator("#ladder .step").first().getAttribute("data-frame"), await p.locator("#ladder .step").last().getAttribute("data-frame")];
    assert.deepEqual(await ends(), ["201", "400"]);
    assert.equal(await p.locator("#ladder .step.on").getAttribute("data-frame"), "333");
    assert.match(await p.locator("#ladder > p").textContent(), /^Drawn are 201 to 400 of 450, /);
    await p.getByRole("button", { name: "Later frames" }).click();
    assert.deepEqual(await ends(), ["401", "450"]);
    assert.match(p.url(), /#p401$/);
    assert.equal(await p.getByRole("button", { name: "Later frames" }).count(), 0);
    await p.getByRole("button", { name: "Earlier frames" }).click();
    assert.deepEqual(await ends(), ["201", "400"]);
    assert.match(p.url(), /#p400$/);
    await p.evaluate(() => (location.hash = "#p451")); // another flow, of one packet
    await p.waitForFunction(() => document.querySelectorAll("#ladder .step").length === 1);
    assert.equal(await p.locator("#ladder > p").textContent(), "");
  });
});

describe("links", () => {
  page("a link selects a frame and pins a field", () => `${services}#p12/tcp.srcport`, {}, async (p) => {
    assert.match(await p.locator("#explanation h3").textContent(), /Frame 12/);
    assert.deepEqual((await marked(p, "pin")).bytes, [34, 35]);
    await p.evaluate(() => (location.hash = "#p3/ip.proto"));
    await p.waitForFunction(() => document.querySelector("#explanation h3").textContent === "Frame 3");
    assert.deepEqual((await marked(p, "pin")).bytes, [23]);
    await p.evaluate(() => (location.hash = "#p3/tcp.option_kind/3"));
    await p.waitForFunction(() => document.querySelector("#bytes .byte.pin")?.dataset.at === "56"); // two No-Operations, then Timestamps
  });
  page("a link to a frame or field that is not there does no harm", () => `${services}#p99999/%E0%A4%A`, {}, async (p) => {
    assert.match(await p.locator("#explanation h3").textContent(), /Frame 1/);
  });
  page("the quiz has a link", () => `${services}#quiz`, {}, async (p) => {
    await p.waitForFunction(() => Math.abs(document.getElementById("quiz").getBoundingClientRect().top) < innerHeight / 2);
  });
});

describe("tables and charts", () => {
  page("the port table sorts and searches", () => services, {}, async (p) => {
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
    assert.equal(await p.locator("#filter").inputValue(), ":25");
    assert.equal(await p.locator("#found").textContent(), "30 of 232 packets"); // 30: tshark -Y tcp.port==25
  });
  page("every chart has a title and its numbers in a table", () => services, {}, async (p) => {
    const figures = await p.locator("#ports figure").count();
    assert.equal(figures, 5);
    for (let i = 0; i < figures; i++) {
      const figure = p.locator("#ports figure").nth(i);
      assert.ok((await figure.locator("svg title").textContent()).length > 20);
      assert.equal(await figure.locator("table tbody tr").count() > 0, true);
    }
    assert.match(await p.locator("#chart-packets tbody tr").first().textContent(), /^22\/ssh tcp45$/);
    // Every packet of the sample has a port: they are all in the rows, or said to be in none.
    assert.deepEqual(await p.locator("#chart-time thead th").allTextContents(), ["From second", "Port", "Packets", "Bytes"]);
    const { series } = await dataOf(p);
    const sum = await p.locator("#chart-time tbody tr td:nth-child(3)").evaluateAll((l) => l.reduce((n, e) => n + Number(e.textContent.replaceAll(",", "")), 0));
    assert.equal(sum + series.left, 232);
    assert.match(await p.locator("#chart-strip title").textContent(), /system 0 to 1023, registered 1024 to 49151, dynamic 49152 to 65535; handed to clients by .*Linux 32768 to 60999/);
  });
});

describe("quiz", () => {
  page("right and wrong answers, the diagnosis, the hint", () => `${services}#quiz`, {}, async (p) => {
    const { quiz } = await dataOf(p);
    const q = quiz.questions.find((x) => x.kind === "port-value");
    const card = p.locator(".question", { has: p.locator(`#answer${q.number}`) });
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
    assert.match(await p.locator("#explanation h3").textContent(), new RegExp(`Frame ${frame}$`));
    const largest = quiz.questions.find((x) => x.kind === "largest");
    const last = p.locator(".question", { has: p.locator(`#answer${largest.number}`) });
    await last.locator("input").fill("0xFFFF");
    await last.locator("input").press("Enter");
    assert.match(await last.locator(".verdict").textContent(), /Right\./);
    assert.match(await p.locator("#score").textContent(), /1 right of 2 answered/);
  });
});

describe("read aloud", () => {
  /** What a screen reader is told of a part of the page, in the order in which it comes: role and name. */
  const heard = async (p, root, roles) => {
    const session = await p.context().newCDPSession(p);
    const { nodes } = await session.send("Accessibility.getFullAXTree");
    const byId = new Map(nodes.map((n) => [n.nodeId, n]));
    const walk = (n, inside) => [n, ...(n.childIds ?? []).flatMap((id) => (byId.has(id) ? walk(byId.get(id)) : []))];
    const from = nodes.find((n) => !n.ignored && n.role?.value === root[0] && n.name?.value === root[1]);
    assert.ok(from, `there is no ${root.join(" ")}`);
    return walk(from).filter((n) => !n.ignored && roles.includes(n.role?.value)).map((n) => n.name.value);
  };
  page("fields come in the order of their bits", () => `${services}#p3`, {}, async (p) => {
    const buttons = await heard(p, ["group", "Headers, 32 bits a row"], ["button"]);
    const data = await dataOf(p);
    const names = data.packets.find((x) => x.n === 3).headers.flatMap((h) => data.shapes[h.s].map(([spec]) => data.specs[spec].name));
    assert.deepEqual(buttons.map((b, i) => b.replace(/^\[/, "").startsWith(`${names[i]} `)), names.map(() => true));
    const heads = await heard(p, ["group", "Headers, 32 bits a row"], ["heading"]);
    assert.deepEqual(heads.map((h) => h.split(" · ")[0]), ["Ethernet IEEE 802.3", "Internet Protocol version 4 RFC 791", "Transmission Control Protocol RFC 9293"]);
  });
  page("arrows of the ladder are words, and each table of numbers says whose they are", () => `${services}#p1`, {}, async (p) => {
    const steps = await heard(p, ["list", "Frames of the flow"], ["button"]);
    assert.equal(steps[0], "#1 client to server Syn 0.000000 s · 74 bytes");
    const folded = await heard(p, ["region", "Ports"], ["DisclosureTriangle"]);
    assert.equal(new Set(folded).size, 5);
    assert.match(folded[1], /^The numbers ?: Bytes per service port$/);
  });
  page("a frame that is chosen in the list is not told twice", () => `${fragments}#p1`, {}, async (p) => {
    await p.locator("#list").focus();
    await p.keyboard.press("ArrowDown");
    assert.equal(await p.locator("#status").textContent(), "The ports are in the first fragment of the datagram, and this is a later one.");
    await p.locator("#no-ports .frames button").nth(1).focus();
    await p.evaluate(() => (location.hash = "#p5"));
    await p.waitForFunction(() => /^Frame 5\. 198\.51\.100\.7/.test(document.getElementById("status").textContent));
  });
});

describe("everybody", () => {
  for (const [name, address, look] of [
    ["services", () => services, { scheme: "dark" }],
    ["refused", () => `${refused}#p2/udp.dstport`, { scheme: "light" }],
    ["refused", () => `${refused}#p2/udp.dstport`, { scheme: "dark" }],
    ["fragments", () => `${fragments}#p2`, { scheme: "light" }],
    ["refused", () => `${refused}#p2`, { media: "print" }],
  ]) {
    page(`axe finds nothing serious in ${name}, ${look.scheme ?? look.media}`, address, look, async (p) => {
      assert.deepEqual(await serious(p), []);
    });
  }
  page("axe finds nothing serious on a phone", () => `${services}#p3/tcp.dstport`, { width: 360, height: 740 }, async (p) => {
    assert.deepEqual(await serious(p), []);
  });
  for (const width of [320, 360, 390, 768]) {
    for (const [name, address] of [["refused", () => `${refused}#p2`], ["services", () => `${services}#p3`]]) {
      page(`no sideways scrolling of ${name} at ${width} pixels`, address, { width, height: 740 }, async (p) => {
        assert.equal(await p.evaluate(() => document.documentElement.scrollWidth), width);
      });
    }
  }
  page("the button turns the colours over", () => services, { scheme: "light" }, async (p) => {
    const back = () => p.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = await back();
    await p.locator("#theme").click();
    assert.notEqual(await back(), light);
    assert.equal(await p.locator("#theme").textContent(), "Light colours");
    assert.deepEqual(await serious(p), []);
  });
  // Whoever has set colours of their own gets no other ones: the selection takes the system's, and all else is told by lines.
  page("forced colours keep the selection, the pin and the ports", () => `${services}#p3/tcp.dstport`, { forced: "active" }, async (p) => {
    const colours = (where) => where.evaluate((e) => ({ back: getComputedStyle(e).backgroundColor, text: getComputedStyle(e).color, outline: getComputedStyle(e).outlineColor }));
    const system = await p.evaluate(() => {
      const probe = document.body.appendChild(document.createElement("i"));
      Object.assign(probe.style, { forcedColorAdjust: "none", backgroundColor: "Highlight", color: "HighlightText", borderColor: "Canvas" });
      const { backgroundColor: back, color: text, borderTopColor: canvas } = getComputedStyle(probe);
      probe.remove();
      return { back, text, canvas };
    });
    assert.notEqual(system.back, system.canvas);
    const [selected, other] = [await colours(p.locator("#row3")), await colours(p.locator("#row4"))];
    assert.deepEqual([selected.back, selected.text], [system.back, system.text]);
    assert.notEqual(other.back, system.back);
    assert.match(await outline(byte(p, 36)), /^solid/);
    assert.equal(await outline(byte(p, 35)), "none");
    assert.equal((await colours(byte(p, 36))).outline, system.back);
    assert.equal((await colours(field(p, "Destination Port"))).outline, system.back);
    const borders = (at) => byte(p, at).evaluate((e) => `${getComputedStyle(e).borderTopStyle} ${getComputedStyle(e).borderTopWidth}`);
    assert.notEqual(await borders(34), await borders(30)); // a port's byte, and an address's
    assert.equal(await p.locator("#theme").isVisible(), false); // there is nothing to choose
    assert.equal(await p.locator("#chart-time .axis").evaluate((e) => getComputedStyle(e).stroke), await p.locator("h1").evaluate((e) => getComputedStyle(e).color));
    await field(p, "Source Port").hover();
    assert.match(await outline(byte(p, 34)), /^dashed/);
    assert.equal((await colours(byte(p, 34))).outline, system.back);
    assert.equal(await p.locator("#diagram .ports .word").first().evaluate((e) => getComputedStyle(e).borderTopStyle), "double");
    assert.match(await p.locator("#diagram .box.port").first().textContent(), /^\[Source Port /);
    assert.deepEqual(await serious(p), []);
  });
  page("less motion where that is asked for", () => services, { motion: "reduce" }, async (p) => {
    assert.equal(await p.evaluate(() => getComputedStyle(document.documentElement).scrollBehavior), "auto");
  });
  // A browser prints no backgrounds unless it is told to: what is white on a colour would be white on white.
  for (const look of [{ scheme: "light" }, { scheme: "dark" }, { scheme: "light", theme: true }]) {
    page(`paper can be read without its backgrounds, from a screen that is ${look.theme ? "turned dark" : look.scheme}`, () => `${services}#p3/tcp.dstport`, look, async (p) => {
      if (look.theme) {
        await p.locator("#theme").click();
      }
      await p.emulateMedia({ media: "print" });
      await p.waitForFunction(() => document.querySelectorAll("#list .row").length === 232);
      const pale = await p.evaluate(() => {
        const bright = (c) => {
          const [r, g, b] = c.match(/[\d.]+/g).map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
          return 0.2126 * r + 0.7152 * g + 0.0722 * b;
        };
        const texts = [...document.querySelectorAll("body *")].filter((e) => e.checkVisibility() && [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim() !== ""));
        return texts.filter((e) => 1.05 / (bright(getComputedStyle(e).color) + 0.05) < 4.5).map((e) => e.textContent); // 4.5: WCAG 1.4.3
      });
      assert.deepEqual(pale, []);
      assert.match(await outline(p.locator("#row3")), /^solid/);
      const cut = await p.evaluate(() => [...document.querySelectorAll("#list .line, .box .name, .box .value")].filter((e) => e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).overflowX !== "visible").map((e) => e.textContent));
      assert.deepEqual(cut, []);
    });
  }
  // The browser counts the sheets before it tells that the media changed: what the page adds after that falls off the end, and nobody sees that it is missing.
  page("every sheet is printed", () => services, {}, async (p) => {
    const sheets = async () => (await p.pdf({ format: "A4" })).toString("latin1").match(/\/Type\s*\/Page\b/g).length;
    await p.emulateMedia({ media: null }); // as it is where nobody tests
    const printed = await sheets();
    await p.emulateMedia({ media: "print" }); // everything is open already when it is printed
    await p.waitForFunction(() => document.querySelectorAll("#list .row").length === 232);
    assert.equal(printed, await sheets());
    assert.ok(printed >= 15, `${printed} sheets`);
  });
  page("paper has everything open", () => services, {}, async (p) => {
    assert.equal(await p.locator("details[open]").count(), 0);
    await p.emulateMedia({ media: "print" });
    await p.waitForFunction(() => document.querySelectorAll("details:not([open])").length === 0 && document.querySelectorAll("#list .row").length === 232);
    assert.equal(await p.locator("#theme").isVisible(), false);
    // Letters of a picture are as large as on the screen, not as small as its wide lines would make them.
    assert.deepEqual(await p.locator("#ports svg").evaluateAll((l) => l.map((e) => e.viewBox.baseVal.width)), [700, 700, 700, 700, 700]);
    const cut = await p.evaluate(() => [...document.querySelectorAll("#list, #explanation, .scroll, .steps")].filter((e) => e.scrollHeight > e.clientHeight + 1).map((e) => e.id || e.className));
    assert.deepEqual(cut, []);
    assert.equal(await p.evaluate(() => document.documentElement.scrollWidth), 1280); // nothing beyond the paper's edge
    await p.emulateMedia({ media: "screen" });
    await p.waitForFunction(() => document.querySelectorAll("details[open]").length === 0);
    assert.ok((await p.locator("#chart-time svg").evaluate((e) => e.viewBox.baseVal.width)) > 1000);
  });
});
