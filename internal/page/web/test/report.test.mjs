// The report, opened from disk: the shared selection of fields and bytes.
import assert from "node:assert/strict";
import { describe } from "node:test";
import { byte, dataOf, field, marked, outline, reports, unfold } from "./browser.mjs";

const { page } = reports();

describe("selection", () => {
  // By hand: Ethernet has 14 bytes, this IPv4 header 20, so the TCP header begins at byte 34 and its destination port is in bytes 36 and 37.
  for (const look of [{ scheme: "light" }, { scheme: "dark" }, { scheme: "light", media: "print" }]) {
    page(`a port and its bytes outline each other, ${look.scheme} ${look.media ?? "screen"}`, ({ services }) => `${services}#p3`, look, async (p) => {
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
      assert.match(await p.locator("#explanation").textContent(), /Destination Port 21.*bytes 36-37 of the frame, bytes 2-3 of the TCP header/s);
      assert.match(p.url(), /#p3\/tcp\.dstport$/);
    });
  }

  page("every field of a frame outlines the bytes that hold its bits, and no other", ({ refused }) => `${refused}#p2`, {}, async (p) => {
    const data = await dataOf(p);
    const headers = data.packets.find((x) => x.n === 2).headers;
    const fields = headers.flatMap((h) => data.shapes[h.s].map(([, bit, width]) => [8 * h.at + bit, width]));
    assert.ok(fields.length > 25, `${fields.length} fields`);
    await unfold(p);
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

  page("a byte of several fields outlines them all", ({ services }) => `${services}#p3`, {}, async (p) => {
    await byte(p, 14).hover(); // version and header length, four bits each
    assert.deepEqual((await marked(p, "hover")).bytes, [14]);
    assert.equal((await marked(p, "hover")).fields.length, 2);
    await byte(p, 20).hover(); // three flags and the fragment offset, which goes on in byte 21
    assert.deepEqual((await marked(p, "hover")).bytes, [20, 21]);
    assert.equal((await marked(p, "hover")).fields.length, 4);
  });

  page("the keyboard alone selects, pins, lets go and leaves", ({ services }) => `${services}#p3`, {}, async (p) => {
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
    assert.match(await p.locator("#anatomy-title").textContent(), /^Frame 4 /);
    await p.keyboard.press("End");
    assert.match(await p.locator("#anatomy-title").textContent(), /^Frame 232 /);
    assert.equal(await p.locator("#list").getAttribute("aria-activedescendant"), "row232");
    assert.equal(await p.locator("#row232").getAttribute("aria-selected"), "true");
  });

  // WCAG 2.2, 2.5.8: a field can be hit with a finger, though a bit may be 9 pixels wide in its row; and by the keyboard, in its place among the others.
  for (const width of [320, 360, 1280]) {
    page(`every field has a button of 24 pixels at ${width} pixels`, ({ services }) => `${services}#p3`, { width, height: 740 }, async (p) => {
      const data = await dataOf(p);
      const fields = data.packets.find((x) => x.n === 3).headers.reduce((sum, h) => sum + h.f.length, 0);
      assert.ok(fields > 25, `${fields} fields`);
      await unfold(p);
      for (let i = 0; i < fields; i++) {
        const button = p.locator(`#diagram button[data-field="${i}"]`);
        assert.equal(await button.count(), 1);
        const { width: w, height: h } = await button.boundingBox();
        assert.ok(w >= 24 && h >= 24, `${await button.textContent()}: ${w} by ${h}`);
      }
    });
  }
  page("the keyboard goes to a one-bit field between its neighbors", ({ services }) => `${services}#p3`, {}, async (p) => {
    const focused = () => p.evaluate(() => document.activeElement.textContent);
    await p.locator("#diagram [tabindex='0']").focus();
    assert.match(await focused(), /^\[Source Port /); // the first one in sight
    await p.keyboard.press("Home");
    assert.match(await focused(), /^Destination Address /);
    assert.equal(await p.locator("#diagram .header").first().getAttribute("open"), "");
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

  page("ports are marked without color too, quoted ones otherwise", ({ refused }) => `${refused}#p2`, {}, async (p) => {
    const box = p.locator("#diagram .box.port").first();
    assert.match(await box.textContent(), /^“Source Port \d+ = 0x[0-9a-f]{4}”, quoted, bytes 62-63$/);
    assert.equal(await box.evaluate((e) => getComputedStyle(e).borderTopStyle), "dashed");
    assert.equal(await p.locator("#diagram .ports .word").first().evaluate((e) => getComputedStyle(e).borderTopStyle), "dashed");
    // Frame 2 is an ICMP error: 14 bytes of Ethernet, 20 of IPv4, 8 of ICMP, 20 of the quoted IPv4, then the quoted ports.
    assert.deepEqual(await p.locator("#bytes .byte.port.quoted").evaluateAll((l) => l.map((e) => Number(e.dataset.at))), [62, 63, 64, 65]);
  });

  // By hand: 14 + 20 + 8 + 8 bytes of VXLAN, then 14 + 20: the inner TCP header is at byte 84.
  page("in a tunnel the innermost transport header is open, and says where it starts", ({ vxlan }) => `${vxlan}#p3`, {}, async (p) => {
    const headers = await p.locator("#diagram .header.with-ports").evaluateAll((l) => l.map((e) => [e.open, e.querySelector(".gist").textContent]));
    assert.equal(headers.length, 2);
    assert.deepEqual(headers.map(([open]) => open), [false, true]);
    assert.doesNotMatch(headers[0][1], /starts/);
    assert.match(headers[1][1], /^55962 → 80, starts at .* = @84$/);
  });

  // tshark: eth:ieee8021ad:vlan:mpls:ip:gre:ip:udp:vxlan:eth:ip:tcp, 12 headers, and Ethernet's padding; the last header has the ports.
  page("the strip has space for all headers of a frame in many tunnels", ({ stack }) => stack, { width: 1440 }, async (p) => {
    const strip = p.locator("#stack");
    assert.equal(await strip.locator("span").count(), 13);
    const [end, last] = [await strip.boundingBox(), await strip.locator("span").last().boundingBox()];
    assert.ok(last.width >= 12 && last.x + last.width <= end.x + end.width + 1, `${JSON.stringify(last)} in ${JSON.stringify(end)}`);
  });

  page("own ports are in brackets, with the number both ways", ({ services }) => `${services}#p3`, {}, async (p) => {
    assert.match(await p.locator("#diagram .box.port").first().textContent(), /^\[Source Port 56592 = 0xdd10\], bytes 34-35$/);
  });

  page("the legend of the bytes is below them, for the kinds that the frame has", ({ refused }) => `${refused}#p1`, {}, async (p) => {
    const words = () => p.locator("#bytes-key .key").evaluateAll((l) => l.map((e) => e.textContent.replace(/^ff /, "")));
    assert.deepEqual(await words(), ["port", "link", "addresses", "transport", "payload, padding"]);
    await p.locator("#row2").click();
    assert.deepEqual(await words(), ["quoted port", "link", "addresses", "transport", "another header", "payload, padding"]);
    assert.match(await byte(p, 62).getAttribute("aria-label"), /^byte 62: [0-9a-f]{2}, quoted Source Port$/);
    // 73 bytes: tshark's quoted UDP ends at byte 69, and three bytes of what it carried follow.
    assert.match(await byte(p, 70).getAttribute("aria-label"), /, in no header$/);
  });

  page("what was cut off is shown as that, and no half number is made of it", ({ cut }) => `${cut}#p1`, {}, async (p) => {
    // 36 of 74 bytes were captured: Ethernet's 14, IPv4's 20, and the source port.
    assert.match(await field(p, "Source Port").textContent(), /37914 = 0x941a\]/);
    assert.match(await field(p, "Destination Port").textContent(), /^\[Destination Port cut off\]/);
    assert.match(await field(p, "Data Offset").textContent(), /^Data Offset cut off/);
    const letters = await p.locator("#diagram .box.cut.narrow .value").allTextContents();
    assert.ok(letters.length >= 10 && letters.every((l) => l === "?"), `${letters}`); // a flag that nobody knows is not a flag that is 0
  });

  page("headers that the page was not given are counted", ({ tags }) => tags, {}, async (p) => {
    // 1 Ethernet header and 255 tags would be more than the 1000 fields that a packet may have: 3, and 4 for each tag.
    const drawn = await p.locator("#diagram .header").count();
    assert.equal(drawn, 1 + Math.floor((1000 - 3) / 4));
    assert.equal(await p.locator("#diagram > .why").textContent(), `${256 - drawn} further headers of this frame are not in this page: it has too many fields.`);
  });

  for (const width of [1280, 390]) {
    for (const [name, address] of [["services", ({ services }) => `${services}#p45`], ["refused", ({ refused }) => `${refused}#p2`], ["cut", ({ cut }) => `${cut}#p1`]]) {
      page(`no name and no value in the diagram of ${name} is clipped at ${width} pixels`, address, { width, height: 740 }, async (p) => {
        await unfold(p);
        const clipped = await p.locator("#diagram .box .name, #diagram .box .value").evaluateAll((l) => l.filter((e) => e.checkVisibility() && (e.scrollWidth > e.clientWidth + 1 || e.scrollHeight > e.clientHeight + 1)).map((e) => e.textContent));
        assert.deepEqual(clipped, []);
      });
    }
  }

  // A finger has no hover: what it touches is explained where it can be seen.
  page("on a phone the explanation is in sight of what is touched", ({ services }) => `${services}#p3`, { width: 390, height: 844, motion: "reduce" }, async (p) => {
    await unfold(p);
    for (const touched of [field(p, "Version"), field(p, "Window"), byte(p, 40)]) {
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

  page("pointing at something moves nothing", ({ services }) => `${services}#p3`, {}, async (p) => {
    const place = () => p.locator("#diagram, #meaning").evaluateAll((l) => l.map((e) => e.getBoundingClientRect().y));
    const still = await place();
    for (const name of ["Version", "Source Address", "Destination Port", "Window"]) {
      await field(p, name).evaluate((e) => e.dispatchEvent(new PointerEvent("pointerover", { bubbles: true })));
      assert.match(await p.locator("#explanation h4").first().textContent(), new RegExp(name));
      assert.deepEqual(await place(), still);
    }
  });
});

