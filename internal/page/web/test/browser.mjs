// Opens pages for the tests: one Chromium, a fresh profile, and a record of everything that a page must not do.
import { chromium } from "playwright-core";
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import assert from "node:assert/strict";

/** The program under test; check.sh builds it. */
export const program = process.env.PORTSNIFF ?? assert.fail("PORTSNIFF has to name the program that is tested");
export const samples = join(dirname(fileURLToPath(import.meta.url)), "../../../../pcaps");

const flags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

/** A browser with a folder of its own, both gone after close. */
export async function browser() {
  const folder = mkdtempSync(join(tmpdir(), "portsniff-page-"));
  const context = await chromium.launchPersistentContext(join(folder, "profile"), { executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: flags, viewport: { width: 1280, height: 900 } });
  return {
    folder,
    open: (address, options) => visit(context, address, options),
    async close() {
      await context.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Opens an address. Complaints on the console, exceptions, and requests that leave the page's own origin are collected in page.faults. */
async function visit(context, address, { width = 1280, height = 900, scheme = "light", media = "screen", motion = "no-preference", forced = "none", faultsAllowed = [] } = {}) {
  const page = await context.newPage();
  page.faults = [];
  page.setDefaultTimeout(15_000);
  await page.setViewportSize({ width, height });
  await page.emulateMedia({ colorScheme: scheme, media, reducedMotion: motion, forcedColors: forced });
  page.on("console", (m) => ["error", "warning"].includes(m.type()) && !faultsAllowed.some((f) => f.test(m.text())) && page.faults.push(`console: ${m.text()}`));
  page.on("pageerror", (e) => page.faults.push(`exception: ${e.message}`));
  const own = new URL(address);
  page.on("request", (r) => {
    const to = new URL(r.url());
    const same = own.protocol === "file:" ? to.href.split("#")[0] === own.href.split("#")[0] : to.host === own.host;
    if (!same && to.protocol !== "data:") {
      page.faults.push(`request: ${r.url()}`);
    }
  });
  await page.goto(address);
  await page.locator("#program:not(:empty), #remarks [role=alert]").first().waitFor({ state: "attached", timeout: 60_000 });
  assert.equal(await page.locator("#remarks [role=alert]").allTextContents().then(String), "", page.faults.join("; "));
  return page;
}

/** A pcap of Ethernet frames, a millisecond apart. */
export function pcap(...frames) {
  const head = Buffer.from("d4c3b2a1020004000000000000000000ffff000001000000", "hex");
  const records = frames.map((f, i) => {
    const r = Buffer.alloc(16);
    [1_700_000_000 + Math.floor(i / 1000), (i % 1000) * 1000, f.length, f.length].forEach((n, k) => r.writeUInt32LE(n, 4 * k));
    return Buffer.concat([r, f]);
  });
  return Buffer.concat([head, ...records]);
}

/** A UDP datagram of one byte from 192.0.2.10 to 198.51.100.7, without checksums. */
export function datagram(from, to) {
  const frame = Buffer.from("5254001235020800278e8aa80800" + "4500001d0000000040110000c000020ac6336407" + "00000000000900006100", "hex").subarray(0, 43);
  frame.writeUInt16BE(from, 34);
  frame.writeUInt16BE(to, 36);
  return frame;
}

/** Writes a report and gives its address. */
export function report(folder, capture, name = "report.html") {
  const file = join(folder, name);
  execFileSync(program, ["report", "-r", capture, "-o", file], { stdio: ["ignore", "ignore", "inherit"] });
  return `file://${file}`;
}

/** Starts `portsniff serve` and gives the link that it prints, and a way to end it, which gives all that it said. */
export async function serve(...args) {
  const child = spawn(program, ["serve", ...args], { stdio: ["ignore", "pipe", "pipe"] });
  const ended = new Promise((resolve) => child.once("close", resolve));
  let said = "";
  const link = await new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no link was printed: ${said}`)), 60_000);
    const read = (text) => {
      said += text;
      const found = /http:\/\/\S+/.exec(said);
      if (found && said.slice(found.index + found[0].length) !== "") {
        clearTimeout(timer);
        resolve(found[0]);
      }
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    child.once("exit", (code) => reject(new Error(`serve ended with ${code}: ${said}`)));
  });
  return {
    link,
    async end(signal = "SIGTERM") {
      child.kill(signal);
      assert.equal(await ended, 0, said);
      return said;
    },
  };
}

/** What axe finds by WCAG 2.2 AA and its best practices, as text. */
export async function findings(page) {
  await page.evaluate(readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8"));
  const result = await page.evaluate(() => globalThis.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }));
  assert.ok(result.passes.length > 10, "axe checked next to nothing");
  return result.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(" ")).slice(0, 5).join(", ")}`);
}

/** The data in a page from disk. */
export function dataOf(page) {
  return page.evaluate(() => document.getElementById("portsniff-data").textContent).then((text) => JSON.parse(gunzipSync(Buffer.from(text, "base64"))));
}

/** Places of the bytes that have a mark, and keys of the fields that have it. */
export function marked(page, mark) {
  return page.evaluate((m) => {
    const bytes = [...document.querySelectorAll(`#bytes .byte.${m}`)].map((b) => Number(b.dataset.at));
    const fields = [...new Set([...document.querySelectorAll(`#diagram .box.${m}`)].map((b) => Number(b.dataset.field)))];
    return { bytes, fields };
  }, mark);
}

/** How a box looks: whether the outline that its class promises is really painted. */
export function outline(locator) {
  return locator.evaluate((e) => {
    const s = getComputedStyle(e);
    return s.outlineStyle === "none" || s.outlineWidth === "0px" ? "none" : `${s.outlineStyle} ${s.outlineWidth}`;
  });
}

/** Reports of samples and of captures that are made here, and a way to open them for a test, which must not complain or ask anybody by the end. */
export function reports() {
  const of = {};
  let chrome;
  before(async () => {
    chrome = await browser();
    for (const [name, file] of [["services", "services"], ["refused", "udp-closed"], ["fragments", "fragments"], ["cut", "cut"], ["arp", "arp-ping"], ["vxlan", "vxlan"], ["stack", "stack"], ["dns6", "dns6"]]) {
      of[name] = report(chrome.folder, join(samples, `${file}.pcap`), `${name}.html`);
    }
    const made = (name, ...frames) => {
      const file = join(chrome.folder, `${name}.pcap`);
      writeFileSync(file, pcap(...frames));
      of[name] = report(chrome.folder, file, `${name}.html`);
    };
    const plain = datagram(40000, 53);
    made("tags", Buffer.concat([plain.subarray(0, 12), ...Array(255).fill(Buffer.from("81000001", "hex")), plain.subarray(12)]));
    made("long", ...Array(450).fill(plain), datagram(40001, 53));
  });
  after(() => chrome?.close());
  const page = (name, address, options, body) => {
    test(name, async () => {
      const p = await chrome.open(address(of), options);
      try {
        await body(p);
        assert.deepEqual(p.faults, []);
      } finally {
        await p.close();
      }
    });
  };
  return { page, of };
}

/** The button of a field, and the cell of a byte. */
export const field = (p, name) => p.locator("#diagram button").filter({ hasText: new RegExp(`^[[“]?${name} `) }).first();
export const byte = (p, at) => p.locator(`#bytes [data-at="${at}"]`);

/** Opens every header of the frame. */
export const unfold = (p) => p.evaluate(() => document.querySelectorAll("#diagram details").forEach((d) => (d.open = true)));

/** Goes to a part of the page. */
export const open = (p, name) => p.getByRole("navigation", { name: "Parts of the page" }).getByRole("link", { name }).click();

/** Types a filter, and waits for what it finds. */
export async function filter(p, text, found) {
  await p.locator("#filter").fill(text);
  await p.waitForFunction((want) => document.getElementById("found").textContent === want, found);
}

/** The file that a button saves. */
export async function saved(p, button) {
  const waiting = p.waitForEvent("download");
  await button.click();
  return readFileSync(await (await waiting).path());
}

/** The picture of the selected frame's headers as an XML parser reads it, which accepts no mistake: its elements, its texts, and its boxes. */
export async function drawn(p) {
  const svg = String(await saved(p, p.locator("#save-headers").getByRole("button", { name: "Save as SVG" })));
  return p.evaluate((text) => {
    const root = new DOMParser().parseFromString(text, "image/svg+xml").documentElement;
    const all = [root, ...root.querySelectorAll("*")];
    const attributes = all.flatMap((e) => [...e.attributes].map((a) => a.name));
    return {
      kinds: [...new Set(all.map((e) => e.localName))].sort(),
      attributes: [...new Set(attributes)],
      texts: [...root.querySelectorAll("text")].map((e) => e.textContent),
      boxes: [...root.querySelectorAll("rect")].map((e) => Object.fromEntries([...e.attributes].map((a) => [a.name, a.value]))),
    };
  }, svg);
}
