// The report, opened from disk: what is on it, the shared selection, links, tables, the quiz, paper, phones, and access for everybody.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { join } from "node:path";
import { browser, dataOf, marked, outline, report, samples, serious } from "./browser.mjs";

let chrome;
let services; // addresses
let refused;
let fragments;

before(async () => {
  chrome = await browser();
  services = report(chrome.folder, join(samples, "services.pcap"), "services.html");
  refused = report(chrome.folder, join(samples, "udp-closed.pcap"), "refused.html");
  fragments = report(chrome.folder, join(samples, "fragments.pcap"), "fragments.html");
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
    assert.match(await p.locator("#ladder > p").first().textContent(), /36 packets.*syn/); // 36: tshark -z conv,tcp
    assert.equal(await p.locator("#ladder .step").count(), 36);
    assert.match(await p.locator("#ladder .step").first().textContent(), /^#1 client to server Syn 0\.000000 s · 74 bytes$/);
    await p.locator("#ladder .step").nth(1).click();
    assert.match(p.url(), /#p2$/);
    assert.match(await p.locator("#ladder .step.on").textContent(), /^#2 server to client /);
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
  page("paper has everything open", () => services, {}, async (p) => {
    assert.equal(await p.locator("details[open]").count(), 0);
    await p.emulateMedia({ media: "print" });
    await p.waitForFunction(() => document.querySelectorAll("details:not([open])").length === 0 && document.querySelectorAll("#list .row").length === 232);
    assert.equal(await p.locator("#theme").isVisible(), false);
    const cut = await p.evaluate(() => [...document.querySelectorAll("#list, #explanation, .scroll, .steps")].filter((e) => e.scrollHeight > e.clientHeight + 1).map((e) => e.id || e.className));
    assert.deepEqual(cut, []);
    assert.equal(await p.evaluate(() => document.documentElement.scrollWidth), 1280); // nothing beyond the paper's edge
    await p.emulateMedia({ media: "screen" });
    await p.waitForFunction(() => document.querySelectorAll("details[open]").length === 0);
  });
});
