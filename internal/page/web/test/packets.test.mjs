// The list, its filter and its order, and links into the page.
import assert from "node:assert/strict";
import { describe } from "node:test";
import { dataOf, filter, marked, open, reports, findings } from "./browser.mjs";

const { page } = reports();

// What tshark -Y finds in the sample with the same words of its own: tcp.port==53||udp.port==53 and so on.
const FILTERS = [
  ["port 53", 12],
  [":53", 12],
  ["tcp port 443", 15],
  ["udp", 6],
  ["src port 21", 21],
  ["tcp src port ftp", 21],
  ["src host 192.0.2.10", 123],
  ["portrange 20-25", 147],
  ["port in 20..25", 147],
  ["len > 1000", 4],
  ["not port 22", 187],
  ["dst port 80 or dst port 25", 24],
  ["dst.port in [80, 25] and port != 1", 24],
  ['service == "https"', 15],
  ["server.port == 443", 15],
];

describe("packets", () => {
  page("at 1440 pixels each pane's bar is one line, and the text of the bytes is in sight", ({ services }) => services, { width: 1440 }, async (p) => {
    const bars = await p.locator("#packets .panes .bar").evaluateAll((l) => l.map((b) => b.getBoundingClientRect().height));
    assert.ok(bars.length > 3 && bars.every((h) => h <= 34), bars.join());
    const [text, pane] = await p.evaluate(() => [...document.querySelectorAll("#bytes .ascii")].map((e) => e.getBoundingClientRect().right).concat(document.getElementById("reading").getBoundingClientRect().right).slice(-2));
    assert.ok(text <= pane, `${text} > ${pane}`);
    assert.equal(await p.locator("#counts").isVisible(), true);
    const tag = await p.locator("#row2 .what").evaluate((e) => [e.scrollWidth, e.clientWidth]);
    assert.ok(tag[0] <= tag[1], `SYN ACK: accepts is cut off: ${tag}`);
  });

  page("on a phone the part that is open is in sight among the parts", ({ services }) => `${services}#quiz`, { width: 390, height: 844 }, async (p) => {
    const [left, right] = await p.locator("nav [aria-current]").evaluate((a) => [a.getBoundingClientRect().left, a.getBoundingClientRect().right]);
    assert.ok(left >= 0 && right <= 390, `${left} to ${right}`);
  });

  // tshark -T fields: frames 1 and 2 swap their addresses and ports and both have a header of 20 bytes of IPv4; the second one sets ACK.
  page("two frames are compared, and a flow is played with the header in step", ({ services }) => services, {}, async (p) => {
    await p.getByRole("button", { name: "Compare", exact: true }).click();
    await p.locator("#row2").click();
    const changed = () => p.locator("#diagram .changed").evaluateAll((l) => l.map((b) => b.textContent).join("|"));
    assert.match(await changed(), /Source Port/);
    assert.match(await changed(), /Acknowledgment Number/);
    assert.doesNotMatch(await changed(), /Version|IHL|Time to Live/);
    assert.match(await p.locator("#compare-state").textContent(), /^\d+ fields differ from frame 1\. .* → /);
    await p.locator("#row1").click();
    assert.match(await p.locator("#compare-state").textContent(), /^Select another frame to compare it with frame 1\.$/);
    await p.getByRole("button", { name: "Stop comparing" }).click();
    assert.equal(await p.locator("#diagram .changed").count(), 0);

    await p.getByRole("button", { name: "Play the flow" }).click();
    assert.equal(await p.locator("#play").textContent(), "Stop");
    await p.waitForFunction(() => location.hash === "#p3" && / from frame 2\./.test(document.getElementById("compare-state").textContent));
    await p.getByRole("button", { name: "Stop", exact: true }).click();
    assert.deepEqual(await findings(p), []);
  });

  page("what differs is in the drawing, in a short sentence, and read aloud", ({ services }) => `${services}#p1`, {}, async (p) => {
    await p.getByRole("button", { name: "Compare", exact: true }).click();
    await p.locator("#row2").click();
    const seen = await p.locator("#compare-state").evaluate((e) => e.firstChild.textContent);
    assert.match(seen, /^\d+ fields differ from frame 1\.$/);
    assert.equal(await p.locator("#diagram button.changed", { hasText: "Source Port" }).getAttribute("data-was"), "was 56592"); // frame 2 is the reply
  });

  page("the list has all packets, and the filter finds ports and words", ({ services }) => services, {}, async (p) => {
    assert.equal(await p.locator("#found").textContent(), "232 packets");
    assert.ok((await p.locator("#list .row").count()) < 60, "the list has rows in the document that nobody can see");
    await filter(p, "no such words", "0 of 232 packets");
    assert.equal(await p.locator("#answer").textContent(), "No packet passes the filter.");
    assert.equal(await p.locator("#diagram .header").count(), 0);
  });

  page("on a phone a packet's line has both of its ends", ({ services }) => services, { width: 390, height: 740 }, async (p) => {
    const cells = await p.locator("#row3 > *").evaluateAll((l) => l.map((e) => [e.className, e.textContent, e.scrollWidth <= e.clientWidth + 1]));
    assert.deepEqual(cells.filter(([name]) => /src|dst|port/.test(name)).map(([, text, whole]) => [text, whole]), [["192.0.2.10", true], ["56592", true], ["198.51.100.7", true], ["21", true]]);
    await p.locator("#list").focus();
    await p.keyboard.press("End");
    const [list, last] = [await p.locator("#list").boundingBox(), await p.locator("#row232").boundingBox()];
    assert.ok(last.y >= list.y - 1 && last.y + last.height <= list.y + list.height + 1, "the last row is not in sight");
    // The rows are lower where there is room beside them, and the first one in sight stays.
    await p.setViewportSize({ width: 1280, height: 740 });
    await p.waitForFunction(() => document.getElementById("row232")?.getBoundingClientRect().height === 26);
    const [wide, still] = [await p.locator("#list").boundingBox(), await p.locator("#row232").boundingBox()];
    assert.ok(still.y >= wide.y && still.y < wide.y + wide.height, "the list lost its place");
  });

  page("packets without ports say why, and never that their port is 0", ({ fragments }) => `${fragments}#p2`, {}, async (p) => {
    assert.match(await p.locator("#meaning").textContent(), /No ports: later-fragment\./);
    assert.doesNotMatch(await p.locator("body").evaluate((e) => e.innerText), /port 0\b|:0\/|^0\//im);
    assert.match(await p.locator("#no-ports").textContent(), /later-fragment: \d+ packets/);
    assert.equal(await p.locator("#diagram .box.port").count(), 0);
    await open(p, "Ports");
    await p.locator("#no-ports .frames button").last().click();
    assert.match(await p.locator("#meaning").textContent(), /No ports/);
  });

  for (const [text, want] of FILTERS) {
    page(`the filter ${text}`, ({ services }) => services, {}, (p) => filter(p, text, `${want} of 232 packets`));
  }
  page("a mistake in the filter is shown below it, and the last good filter stays", ({ services }) => services, {}, async (p) => {
    await filter(p, "port 53", "12 of 232 packets");
    await p.locator("#filter").fill("port 53 and (");
    await p.waitForFunction(() => document.getElementById("filter-error").textContent === 'Not applied: something is missing after "(".');
    assert.equal(await p.locator("#found").textContent(), "12 of 232 packets");
    assert.equal(await p.locator("#filter").getAttribute("aria-invalid"), "true");
    await p.locator("#filter").fill("port 99999");
    await p.waitForFunction(() => /99999 is not a port/.test(document.getElementById("filter-error").textContent));
    await filter(p, "", "232 packets");
    assert.equal(await p.locator("#filter-error").textContent(), "");
  });
  page("a packet that the filter hides is not explained, and the filter is in the address", ({ services }) => `${services}#p1`, {}, async (p) => {
    await filter(p, "port 53", "12 of 232 packets");
    assert.match(await p.locator("#answer").textContent(), /53/);
    assert.doesNotMatch(await p.locator("#answer").textContent(), /56592/);
    assert.match(p.url(), /#p\d+\?q=port%2053$/);
    await p.evaluate(() => (location.hash = "#p1?q=port%2053"));
    await p.waitForFunction(() => document.getElementById("notice").textContent === "Frame 1 is not among the packets that the filter shows.");
    assert.doesNotMatch(await p.locator("#answer").textContent(), /56592/);
  });
  page("j, k and / work wherever nobody types", ({ services }) => `${services}#p3`, {}, async (p) => {
    await p.keyboard.press("j");
    assert.match(await p.locator("#anatomy-title").textContent(), /^Frame 4 /);
    await p.keyboard.press("k");
    await p.keyboard.press("k");
    assert.match(await p.locator("#anatomy-title").textContent(), /^Frame 2 /);
    await p.keyboard.press("/");
    await p.keyboard.type("jk");
    assert.equal(await p.locator("#filter").inputValue(), "jk");
  });
  page("columns sort, and turn over", ({ services }) => services, {}, async (p) => {
    const first = () => p.locator("#list .row").first().locator(".sport").textContent();
    await p.getByRole("button", { name: "Sort by source port" }).click();
    assert.equal(await first(), "20"); // ftp-data: the lowest source port of the sample
    await p.getByRole("button", { name: "Sort by source port" }).click();
    assert.equal(await first(), "56592");
    assert.equal(await p.locator("#list .row").first().getAttribute("aria-posinset"), "1");
  });
});

describe("links", () => {
  page("a link selects a frame and pins a field", ({ services }) => `${services}#p12/tcp.srcport`, {}, async (p) => {
    assert.match(await p.locator("#anatomy-title").textContent(), /^Frame 12 /);
    assert.deepEqual((await marked(p, "pin")).bytes, [34, 35]);
    await p.evaluate(() => (location.hash = "#p3/ip.proto"));
    await p.waitForFunction(() => document.querySelector("#anatomy-title").textContent.startsWith("Frame 3 "));
    assert.deepEqual((await marked(p, "pin")).bytes, [23]);
    await p.evaluate(() => (location.hash = "#p3/tcp.option_kind/3"));
    await p.waitForFunction(() => document.querySelector("#bytes .byte.pin")?.dataset.at === "56"); // two No-Operations, then Timestamps
  });
  page("a link to a frame that is not there says so in sight", ({ services }) => `${services}#p99999/%E0%A4%A`, {}, async (p) => {
    assert.equal(await p.locator("#notice").textContent(), "Frame 99999 is not in this page.");
    assert.match(await p.locator("#anatomy-title").textContent(), /^Frame 1 /);
  });
  page("a link scrolls to its field", ({ services }) => `${services}#p1/tcp.options.wscale.shift`, { height: 600 }, async (p) => {
    const seen = await p.locator("#diagram .box.pin").first().evaluate((e) => e.getBoundingClientRect().bottom <= innerHeight && e.getBoundingClientRect().top > 0);
    assert.ok(seen);
  });
  page("the quiz has a link", ({ services }) => `${services}#quiz`, {}, async (p) => {
    assert.ok(await p.locator("#quiz").isVisible());
    assert.equal(await p.locator("#packets").isVisible(), false);
  });
});

