// A capture whose every text wants to be more than text: it is shown, and nothing of it runs, asks the network, or turns the line around.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { browser, drawn, report } from "./browser.mjs";

const evil = `<img src=x onerror="globalThis.pwned=1"></script><script>globalThis.pwned=2</script>'"&amp;\u001b[31m\u202egnp.exe`;

/** A block of pcapng, little-endian. */
function block(type, ...parts) {
  const body = Buffer.concat(parts);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(body.length + 12);
  const head = Buffer.alloc(4);
  head.writeUInt32LE(type);
  return Buffer.concat([head, length, body, length]);
}

function padded(bytes) {
  return Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)]);
}

function option(code, text) {
  const value = Buffer.from(text);
  const head = Buffer.alloc(4);
  head.writeUInt16LE(code);
  head.writeUInt16LE(value.length, 2);
  return Buffer.concat([head, padded(value)]);
}

function words(...list) {
  const out = Buffer.alloc(4 * list.length);
  list.forEach((n, i) => out.writeUInt32LE(n, 4 * i));
  return out;
}

/** Ethernet, IPv4, and a UDP datagram to port 53 with a query for an evil name. */
function query() {
  const label = Buffer.from(evil).subarray(0, 63);
  const dns = Buffer.concat([Buffer.from("12340100000100000000000000", "hex").subarray(0, 12), Buffer.from([label.length]), label, Buffer.from("0000010001", "hex")]);
  const udp = Buffer.alloc(8);
  udp.writeUInt16BE(40001, 0);
  udp.writeUInt16BE(53, 2);
  udp.writeUInt16BE(8 + dns.length, 4);
  const ip = Buffer.from("450000000001000040110000c000020ac6336407", "hex");
  ip.writeUInt16BE(20 + 8 + dns.length, 2);
  return Buffer.concat([Buffer.from("5254001235020800278e8aa80800", "hex"), ip, udp, dns]);
}

function capture() {
  const end = words(0);
  const packet = query();
  const frame = (data) => block(6, words(0, 0, 1000, data.length, data.length), padded(data), option(1, evil), end);
  const http = Buffer.concat([packet.subarray(0, 42), Buffer.from(`GET / HTTP/1.1\r\nHost: ${evil}\r\n\r\n`)]);
  return Buffer.concat([block(0x0a0d0d0a, words(0x1a2b3c4d, 1, 0xffffffff, 0xffffffff)), block(1, words(1, 65535), option(2, evil), option(3, evil), end), frame(packet), frame(http)]);
}

let chrome;
before(async () => (chrome = await browser()));
after(() => chrome?.close());

test("a hostile capture is text", async () => {
  const file = join(chrome.folder, `<b>&"'\u202e.pcapng`);
  writeFileSync(file, capture());
  const p = await chrome.open(report(chrome.folder, file));
  try {
    const body = await p.evaluate(() => document.body.innerText);
    assert.match(body, /Comment\s+<img src=x onerror="globalThis\.pwned=1"><\/script>/);
    assert.match(body, /interface <img src=x/);
    assert.match(body, /<b>&"'/);
    // No control character, and nothing that turns or hides text, is left anywhere in the page.
    const everything = await p.evaluate(() => document.body.innerText + [...document.querySelectorAll("*")].flatMap((e) => [...e.attributes].map((a) => a.value)).join(""));
    assert.doesNotMatch(everything, /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/);
    assert.equal(await p.evaluate(() => globalThis.pwned), undefined);
    assert.equal(await p.locator("img, b:has(*), iframe, object, embed, a[href^='javascript']").count(), 0);
    assert.equal(await p.locator("script").count(), 2); // the data and the page's own
    // The picture of the headers names the capture: a mark that is not escaped would be no XML, or an element more.
    const { kinds, attributes, texts } = await drawn(p);
    assert.deepEqual(kinds, ["g", "rect", "svg", "text", "title"]);
    assert.deepEqual(attributes.filter((a) => /^on|href|style|src/.test(a)), []);
    assert.equal(texts[0], String.raw`Frame 1 of <b>&"'\u202e.pcapng`);
    assert.doesNotMatch(texts.join(""), /\p{C}/u);
    assert.deepEqual(p.faults, []);
  } finally {
    await p.close();
  }
});
