// For everybody: screen readers, axe, phones, forced colors, paper.
import assert from "node:assert/strict";
import { describe } from "node:test";
import { byte, dataOf, field, marked, open, outline, reports, findings, unfold } from "./browser.mjs";

const { page } = reports();

describe("read aloud", () => {
  /** What a screen reader reads of a part of the page, in the order in which it comes: role and name. */
  const heard = async (p, root, roles) => {
    const session = await p.context().newCDPSession(p);
    const { nodes } = await session.send("Accessibility.getFullAXTree");
    const byId = new Map(nodes.map((n) => [n.nodeId, n]));
    const walk = (n, inside) => [n, ...(n.childIds ?? []).flatMap((id) => (byId.has(id) ? walk(byId.get(id)) : []))];
    const from = nodes.find((n) => !n.ignored && n.role?.value === root[0] && n.name?.value === root[1]);
    assert.ok(from, `there is no ${root.join(" ")}`);
    return walk(from).filter((n) => !n.ignored && roles.includes(n.role?.value)).map((n) => n.name.value);
  };
  page("fields come in the order of their bits", ({ services }) => `${services}#p3`, {}, async (p) => {
    await unfold(p);
    const buttons = await heard(p, ["group", "Headers, 32 bits a row"], ["button"]);
    const data = await dataOf(p);
    const names = data.packets.find((x) => x.n === 3).headers.flatMap((h) => data.shapes[h.s].map(([spec]) => data.specs[spec].name));
    assert.deepEqual(buttons.map((b, i) => b.replace(/^\[/, "").startsWith(`${names[i]} `)), names.map(() => true));
    const heads = await heard(p, ["group", "Headers, 32 bits a row"], ["heading"]);
    assert.deepEqual(heads.map((h) => h.split(" · ")[0]), ["Ethernet", "IPv4", "TCP"]);
  });
  page("arrows of the ladder are words, and each table of numbers says whose they are", ({ services }) => `${services}#p1`, {}, async (p) => {
    await open(p, "Conversations");
    const steps = await heard(p, ["list", "Frames of the flow"], ["button"]);
    assert.equal(steps[0], "#1 0.000000 s client to server SYN: opens seq 0");
    await open(p, "Ports");
    const folded = await heard(p, ["region", "Ports"], ["DisclosureTriangle"]);
    assert.equal(new Set(folded).size, 3);
    assert.match(folded[0], /^The numbers ?: The busiest ports$/);
  });
  page("a frame that is chosen in the list is not told twice", ({ fragments }) => `${fragments}#p1`, {}, async (p) => {
    await p.locator("#list").focus();
    await p.keyboard.press("ArrowDown");
    assert.equal(await p.locator("#status").textContent(), "The ports are in the datagram's first fragment. This is a later one.");
    await p.locator("#filter").focus();
    await p.evaluate(() => (location.hash = "#p5"));
    await p.waitForFunction(() => /^Frame 5\. 198\.51\.100\.7/.test(document.getElementById("status").textContent));
  });
});


describe("everybody", () => {
  for (const [name, address, look] of [
    ["services", ({ services }) => services, { scheme: "dark" }],
    ["refused", ({ refused }) => `${refused}#p2/udp.dstport`, { scheme: "light" }],
    ["refused", ({ refused }) => `${refused}#p2/udp.dstport`, { scheme: "dark" }],
    ["fragments", ({ fragments }) => `${fragments}#p2`, { scheme: "light" }],
    ["refused", ({ refused }) => `${refused}#p2`, { media: "print" }],
  ]) {
    page(`axe finds nothing in ${name}, ${look.scheme ?? look.media}`, address, look, async (p) => {
      assert.deepEqual(await findings(p), []);
    });
  }
  for (const view of ["Conversations", "Ports", "Hosts", "Timeline", "Quiz"]) {
    for (const scheme of ["light", "dark"]) {
      for (const width of [1440, 390]) {
        page(`axe finds nothing in ${view}, ${scheme}, ${width} pixels wide`, ({ services }) => services, { scheme, width }, async (p) => {
          await open(p, view);
          assert.deepEqual(await findings(p), []);
          assert.ok((await p.evaluate(() => document.documentElement.scrollWidth)) <= width);
        });
      }
    }
  }
  for (const [width, height] of [[1440, 900], [1920, 1080], [390, 844]]) {
    for (const look of [{ scheme: "light" }, { scheme: "dark" }, { forced: "active" }, { media: "print" }, { motion: "reduce", scheme: "dark" }]) {
      page(`axe finds nothing at ${width} by ${height}: ${Object.values(look).join(" ")}`, ({ vxlan }) => `${vxlan}#p3/tcp.dstport`, { width, height, ...look }, async (p) => {
        assert.deepEqual(await findings(p), []);
        if (look.media !== "print") { // no paper is as narrow as a phone
          assert.ok((await p.evaluate(() => document.documentElement.scrollWidth)) <= width);
        }
      });
    }
  }
  page("axe finds nothing on a phone", ({ services }) => `${services}#p3/tcp.dstport`, { width: 360, height: 740 }, async (p) => {
    assert.deepEqual(await findings(p), []);
  });
  for (const width of [320, 360, 390, 768]) {
    for (const [name, address] of [["refused", ({ refused }) => `${refused}#p2`], ["services", ({ services }) => `${services}#p3`]]) {
      page(`no sideways scrolling of ${name} at ${width} pixels`, address, { width, height: 740 }, async (p) => {
        assert.equal(await p.evaluate(() => document.documentElement.scrollWidth), width);
      });
    }
  }
  page("the button turns the colors over", ({ services }) => services, { scheme: "light" }, async (p) => {
    const back = () => p.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = await back();
    await p.locator("#theme").click();
    assert.notEqual(await back(), light);
    assert.equal(await p.locator("#theme .unseen").textContent(), "Light colors");
    assert.deepEqual(await findings(p), []);
  });
  // Whoever has set colors of their own gets no other ones: the selection takes the system's, and lines show all else.
  page("forced colors keep the selection, the pin and the ports", ({ services }) => `${services}#p3/tcp.dstport`, { forced: "active" }, async (p) => {
    const colors = (where) => where.evaluate((e) => ({ back: getComputedStyle(e).backgroundColor, text: getComputedStyle(e).color, outline: getComputedStyle(e).outlineColor }));
    const system = await p.evaluate(() => {
      const probe = document.body.appendChild(document.createElement("i"));
      Object.assign(probe.style, { forcedColorAdjust: "none", backgroundColor: "Highlight", color: "HighlightText", borderColor: "Canvas" });
      const { backgroundColor: back, color: text, borderTopColor: canvas } = getComputedStyle(probe);
      probe.remove();
      return { back, text, canvas };
    });
    assert.notEqual(system.back, system.canvas);
    const [selected, other] = [await colors(p.locator("#row3")), await colors(p.locator("#row4"))];
    assert.deepEqual([selected.back, selected.text], [system.back, system.text]);
    assert.notEqual(other.back, system.back);
    assert.match(await outline(byte(p, 36)), /^solid/);
    assert.equal(await outline(byte(p, 35)), "none");
    assert.equal((await colors(byte(p, 36))).outline, system.back);
    assert.equal((await colors(field(p, "Destination Port"))).outline, system.back);
    const borders = (at) => byte(p, at).evaluate((e) => `${getComputedStyle(e).borderTopStyle} ${getComputedStyle(e).borderTopWidth}`);
    assert.notEqual(await borders(34), await borders(30)); // a port's byte, and an address's
    assert.equal(await p.locator("#theme").isVisible(), false); // there is nothing to choose
    await field(p, "Source Port").hover();
    assert.match(await outline(byte(p, 34)), /^dashed/);
    assert.equal((await colors(byte(p, 34))).outline, system.back);
    assert.equal(await p.locator("#diagram .ports .word").first().evaluate((e) => getComputedStyle(e).borderTopWidth), "2px");
    assert.match(await p.locator("#diagram .box.port").first().textContent(), /^\[Source Port /);
    assert.deepEqual(await findings(p), []);
  });
  page("less motion if the system requests it", ({ services }) => services, { motion: "reduce" }, async (p) => {
    assert.equal(await p.evaluate(() => getComputedStyle(document.documentElement).scrollBehavior), "auto");
  });
  // A browser prints no backgrounds unless it has to: what is white on a color would be white on white.
  for (const look of [{ scheme: "light" }, { scheme: "dark" }, { scheme: "light", theme: true }]) {
    page(`paper can be read without its backgrounds, from a screen that is ${look.theme ? "turned dark" : look.scheme}`, ({ services }) => `${services}#p3/tcp.dstport`, look, async (p) => {
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
      const cut = await p.evaluate(() => [...document.querySelectorAll("#list .what, .box .name, .box .value")].filter((e) => e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).overflowX !== "visible").map((e) => e.textContent));
      assert.deepEqual(cut, []);
    });
  }
  // The browser counts the sheets before it tells that the media changed: what the page adds after that falls off the end, and nobody sees that it is missing.
  page("every sheet is printed", ({ services }) => services, {}, async (p) => {
    const sheets = async () => (await p.pdf({ format: "A4" })).toString("latin1").match(/\/Type\s*\/Page\b/g).length;
    await p.emulateMedia({ media: null }); // as it is where nobody tests
    const printed = await sheets();
    await p.emulateMedia({ media: "print" }); // everything is open already when it is printed
    await p.waitForFunction(() => document.querySelectorAll("#list .row").length === 232);
    assert.equal(printed, await sheets());
    assert.ok(printed >= 10, `${printed} sheets`);
  });
  page("paper has everything open", ({ services }) => services, {}, async (p) => {
    const open = await p.locator("details[open]").count();
    await p.emulateMedia({ media: "print" });
    await p.waitForFunction(() => document.querySelectorAll("details:not([open])").length === 0 && document.querySelectorAll("#list .row").length === 232);
    assert.equal(await p.locator("#theme").isVisible(), false);
    // Letters of a picture are as large as on the screen, not as small as its wide lines would make them.
    assert.deepEqual(await p.locator("main figure svg").evaluateAll((l) => l.map((e) => e.viewBox.baseVal.width)), [700, 700, 700]);
    const cut = await p.evaluate(() => [...document.querySelectorAll("#list, .pane, #bytes, .scroll, .steps")].filter((e) => e.scrollHeight > e.clientHeight + 1).map((e) => e.id || e.className));
    assert.deepEqual(cut, []);
    assert.equal(await p.evaluate(() => document.documentElement.scrollWidth), 1280); // nothing beyond the paper's edge
    await p.emulateMedia({ media: "screen" });
    await p.waitForFunction((n) => document.querySelectorAll("details[open]").length === n, open);
  });
});
