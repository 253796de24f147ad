// The answer is there before anybody scrolls: both ports in the largest type, or why there are none, at three sizes and in both schemes.
import assert from "node:assert/strict";
import { describe } from "node:test";
import { reports } from "./browser.mjs";

const { page } = reports();

// By tshark -V of each frame: the two ports and the bytes that hold them, or the reason in the program's closed list.
const FRAMES = [
  ["services", 1, ["56592", "21"], /In the TCP header, bytes 34-37 of the frame: dd 10 = 56592, 00 15 = 21/],
  ["dns6", 1, ["49872", "53"], /In the UDP header, bytes 54-57 of the frame/],
  ["fragments", 2, ["37801", "7"], /first fragment, frame 1\. This one has none of its own/],
  ["refused", 2, ["no port", "no port"], /Why is there no port\? .*It quotes 50171 → 33434/],
  ["arp", 1, ["no port", "no port"], /EtherType=0x0806: no IP header, no transport header, no ports/],
];
const SIZES = [[1440, 900], [1920, 1080], [390, 844]];

describe("the answer", () => {
  for (const [name, frame, ports, where] of FRAMES) {
    for (const [width, height] of SIZES) {
      for (const scheme of ["light", "dark"]) {
        page(`of frame ${frame} of ${name} is above the fold at ${width} by ${height}, ${scheme}`, (of) => `${of[name]}#p${frame}`, { width, height, scheme }, async (p) => {
          const numbers = p.locator("#answer .number");
          assert.deepEqual(await numbers.allTextContents(), ports);
          assert.match(await p.locator("#answer .where").textContent(), where);
          for (const e of [numbers.first(), numbers.last(), p.locator("#answer .where")]) {
            const box = await e.boundingBox();
            assert.ok(box.y > 0 && box.y + box.height <= height && box.x >= 0 && box.x + box.width <= width, `${JSON.stringify(box)} is not in sight`);
          }
          if (ports[0] !== "no port") {
            const look = await numbers.first().evaluate((e) => [getComputedStyle(e).fontSize, getComputedStyle(e).color]);
            assert.equal(look[0], "32px");
            // Ports have one color everywhere: here, in the list, in the table below.
            for (const other of [`#row${frame} .sport`, "#meaning .port"]) {
              assert.equal(await p.locator(other).first().evaluate((e) => getComputedStyle(e).color), look[1], other);
            }
          }
        });
      }
    }
  }
  for (const [width, panes] of [[1440, 3], [1200, 3], [1000, 2], [390, 1]]) {
    page(`${panes} panes side by side at ${width} pixels, each with its own scrolling`, ({ services }) => services, { width, height: 844 }, async (p) => {
      const lefts = await p.locator(".pane").evaluateAll((l) => new Set(l.map((e) => Math.round(e.getBoundingClientRect().left))).size);
      assert.equal(lefts, panes);
      if (panes > 1) {
        assert.equal(await p.evaluate(() => document.documentElement.scrollHeight <= innerHeight), true);
        await p.locator("#anatomy").evaluate((e) => e.querySelectorAll("details").forEach((d) => (d.open = true)));
        await p.locator("#anatomy").evaluate((e) => (e.scrollTop = 200));
        assert.equal(await p.locator("#anatomy").evaluate((e) => e.scrollTop), 200);
        assert.equal(await p.locator("#reading").evaluate((e) => e.scrollTop), 0);
      }
    });
  }
});
