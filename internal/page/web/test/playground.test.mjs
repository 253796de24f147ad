// The page that decodes by itself, and bytes that are given other values, there and in serve.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createServer } from "node:http";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { browser, samples, findings, serve, drawn } from "./browser.mjs";

const folder = process.env.PLAYGROUND ?? assert.fail("PLAYGROUND has to name the folder that docs/site/playground made");
const types = { "index.html": "text/html", "portsniff.wasm.gz": "application/gzip" };

let chrome, site, address;
before(async () => {
  chrome = await browser();
  site = createServer((request, answer) => {
    const name = request.url === "/" ? "index.html" : request.url.slice(1);
    if (request.method !== "GET" || !types[name]) {
      answer.writeHead(name === "favicon.ico" ? 204 : 404).end();
      return;
    }
    answer.writeHead(200, { "Content-Type": types[name] }).end(readFileSync(join(folder, name)));
  });
  await new Promise((resolve) => site.listen(0, "127.0.0.1", resolve));
  address = `http://127.0.0.1:${site.address().port}/`;
});
after(async () => {
  await chrome?.close();
  site?.close();
});

const shown = (page, packets) => page.waitForFunction((n) => document.getElementById("found").textContent === n, packets);
const ports = (page) => page.locator("#answer .number").allTextContents();

/** The frame of the first packet of a pcap file in little-endian order. */
function firstFrame(name) {
  const file = readFileSync(join(samples, name));
  return file.subarray(40, 40 + file.readUInt32LE(32));
}

test("the playground shows a sample, a dropped capture and pasted bytes, and loads nothing else", async () => {
  const p = await chrome.open(address);
  assert.deepEqual(await ports(p), [String(firstFrame("http.pcap").readUInt16BE(34)), "80"]);
  assert.deepEqual(await findings(p), []);

  await p.locator("#file").setInputFiles(join(samples, "udp-closed.pcap"));
  await shown(p, "2 packets"); // capinfos -c
  assert.equal(await p.locator("#source").textContent(), "udp-closed.pcap");

  await p.locator("#paste").click();
  await p.locator("#paste-text").fill("0000  45 00 00 1d 00 00 00 00 40 11 00 00 c0 00 02 0a\n0010  c6 33 64 07 12 67 00 35 00 09 00 00 61\n");
  await p.locator("#paste-go").click();
  await shown(p, "1 packet");
  assert.deepEqual(await ports(p), [String(0x1267), String(0x35)]);
  assert.equal(await p.locator("#paste-box").isHidden(), true);
  const { texts } = await drawn(p);
  assert.ok(texts.includes(`[${0x1267} = 0x1267]`) && texts.includes(`[${0x35} = 0x0035]`), `${texts}`);

  await p.locator("#paste").click();
  await p.locator("#paste-text").fill("no bytes <i>here</i>");
  await p.locator("#paste-go").click();
  await p.waitForFunction(() => /pasted bytes could not be read: ./.test(document.getElementById("drop-state").textContent));
  assert.equal(await p.locator("#drop-state i").count(), 0);
  assert.deepEqual(await findings(p), []);
  assert.deepEqual(p.faults, []);
  await p.close();
});

/** Makes the IP header of the first packet of http.pcap longer by four bytes: the ports are those four bytes later. */
async function longer(p) {
  const frame = firstFrame("http.pcap");
  assert.equal(frame[14], 0x45);
  await p.locator('#bytes [data-at="14"]').click();
  await p.keyboard.press("4");
  assert.equal(await p.locator('#bytes [data-at="14"]').textContent(), "4_");
  await p.keyboard.press("6");
  await p.waitForFunction(() => /^Frame 1 alone, changed: byte 14 from 45 to 46\./.test(document.getElementById("edit-state").textContent));
  assert.deepEqual(await ports(p), [38, 40].map((at) => String(frame.readUInt16BE(at))));
  assert.equal(await p.evaluate(() => document.activeElement.dataset.at), "14");
  await p.locator("#edit-state button").click();
  assert.deepEqual(await ports(p), [34, 36].map((at) => String(frame.readUInt16BE(at))));
  assert.match(await p.locator("#edit-state").textContent(), /^Pick a byte/);
}

test("a byte with another value moves the port in the playground", async () => {
  const p = await chrome.open(address);
  const all = await p.locator("#found").textContent();
  await longer(p);
  await shown(p, all);
  assert.deepEqual(p.faults, []);
  await p.close();
});

test("a byte with another value moves the port in serve; a report has no decoder", async () => {
  const served = await serve("-r", join(samples, "http.pcap"));
  try {
    const p = await chrome.open(served.link);
    assert.equal(await p.locator("#paste").isHidden(), true);
    await longer(p);
    assert.deepEqual(p.faults, []);
    await p.close();
  } finally {
    await served.end();
  }
});
