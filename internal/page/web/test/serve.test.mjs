// The page as the program itself serves it, and the page that is only a quiz.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { browser, datagram, drawn, filter, marked, pcap, program, samples, findings, serve } from "./browser.mjs";

let chrome;
before(async () => (chrome = await browser()));
after(() => chrome?.close());

test("the printed link opens the page; a dropped capture replaces it; without the token there is nothing", async () => {
  const served = await serve("-r", join(samples, "services.pcap"));
  try {
    const p = await chrome.open(served.link);
    await p.waitForFunction(() => document.getElementById("found").textContent === "232 packets");
    await p.locator("#row3").click();
    await p.locator("#diagram button").filter({ hasText: /^\[Destination Port / }).click();
    assert.deepEqual((await marked(p, "pin")).bytes, [36, 37]);
    assert.match(p.url(), /#p3\/tcp\.dstport$/);

    await p.locator("#file").setInputFiles({ name: "other.pcap", mimeType: "application/octet-stream", buffer: readFileSync(join(samples, "udp-closed.pcap")) });
    await p.waitForFunction(() => document.getElementById("found").textContent === "2 packets"); // capinfos -c
    assert.equal(await p.locator("#source").textContent(), "other.pcap");
    assert.equal(await p.title(), "other.pcap - portsniff");
    assert.deepEqual(await findings(p), []);
    assert.deepEqual(p.faults, []);
    await p.close();

    const bare = new URL(served.link);
    const refusal = await fetch(`${bare.origin}/data.json`);
    assert.ok(refusal.status >= 400 && refusal.status < 500, `${refusal.status} without a token`);
  } finally {
    await served.end();
  }
});

test("a byte is changed where there are no keys, in a field above the bytes", async () => {
  const served = await serve("-r", join(samples, "http.pcap"));
  try {
    const p = await chrome.open(`${served.link}#p1`, { width: 390, height: 844 });
    const before = await p.locator("#bytes .byte").allTextContents();
    assert.equal(before[14], "45"); // IPv4, a header of 5 words
    await p.locator('#bytes [data-at="14"]').click();
    const field = p.getByLabel("Byte 14, now 45:");
    const seen = await p.evaluate(() => ['#bytes [data-at="14"]', "#edit-state input"].map((s) => document.querySelector(s).getBoundingClientRect()).map((r) => r.top >= 0 && r.bottom <= document.getElementById("explanation").getBoundingClientRect().top));
    assert.deepEqual(seen, [true, true]);
    await field.fill("4g");
    await field.press("Enter");
    assert.equal(await field.evaluate((e) => e.validity.valid), false);
    await field.fill("46");
    assert.deepEqual(await findings(p), []);
    await p.locator("#edit-state").getByRole("button", { name: "Change" }).click();
    await p.getByLabel("Byte 14, now 46:").waitFor();
    const ports = await p.locator("#bytes .byte.port").evaluateAll((l) => l.map((b) => b.dataset.at));
    assert.deepEqual(ports, ["38", "39", "40", "41"]); // a header of 6 words: four bytes later
    assert.match(await p.locator("#edit-state").textContent(), /Frame 1 alone, changed: byte 14 from 45 to 46\./);
    const box = await p.locator("#edit-state").boundingBox();
    assert.ok(box.width <= 390 && box.x >= 0);
    await p.getByRole("button", { name: "Undo all" }).click();
    assert.deepEqual(await p.locator("#bytes .byte").allTextContents(), before);
    assert.deepEqual(p.faults, []);
    await p.close();
  } finally {
    await served.end();
  }
});

test("a search finds flows that the page was not given", async () => {
  const file = join(chrome.folder, "many.pcap");
  writeFileSync(file, pcap(...Array.from({ length: 5300 }, (_, i) => datagram(20_000 + i, 53))));
  const served = await serve("-r", file);
  try {
    const p = await chrome.open(`${served.link}#conversations`);
    const status = p.locator("#flow-table [role=status]");
    assert.equal(await status.textContent(), "5,000 rows; 300 with less traffic are not in this page");
    const search = p.getByLabel('Search in "Conversations"');
    await search.fill("25299"); // the last flow's port: 20,000 + 5,299
    await p.waitForFunction(() => document.querySelector("#flow-table [role=status]").textContent === "1 of 5,300 rows");
    assert.equal(await p.locator("#flow-table tbody tr").count(), 1);
    assert.match(await p.locator("#flow-table tbody tr").textContent(), /^#5300192\.0\.2\.1025299/);
    await search.fill("udp 53/DOMAIN");
    await p.waitForFunction(() => document.querySelector("#flow-table [role=status]").textContent === "5,300 of 5,300 rows; 4,800 with less traffic are not shown");
    await search.fill("");
    await p.waitForFunction(() => /^5,000 rows; 300 /.test(document.querySelector("#flow-table [role=status]").textContent));
    assert.deepEqual(await findings(p), []);
    assert.deepEqual(p.faults, []);
    await p.close();
  } finally {
    await served.end();
  }
});

test("a sample opens without an upload, and what the list shows is saved as pcapng", async () => {
  const served = await serve("-r", join(samples, "dns.pcap"));
  try {
    const p = await chrome.open(served.link);
    await p.getByRole("button", { name: "Samples" }).click();
    await p.locator("#samples-box button").first().waitFor();
    const kinds = await p.locator("#samples-box h2").allTextContents();
    assert.ok((await p.locator("#samples-box button").count()) >= 30 && kinds.includes("Packets without ports"));
    assert.deepEqual(await findings(p), []);
    await p.locator('#samples-box [data-sample="services"]').click();
    await p.waitForFunction(() => document.getElementById("found").textContent === "232 packets");
    assert.equal(await p.locator("#samples-box").isVisible(), false);
    await filter(p, "udp port 53", "2 of 232 packets");
    const [download] = await Promise.all([p.waitForEvent("download"), p.getByRole("button", { name: "Save as pcapng" }).click()]);
    assert.equal(download.suggestedFilename(), "services-filtered.pcapng");
    const fields = (file, ...filter) => execFileSync("tshark", ["-r", file, ...filter, "-T", "fields", "-e", "frame.time_epoch", "-e", "frame.len", "-e", "udp.srcport", "-e", "udp.checksum"], { stdio: ["ignore", "pipe", "ignore"] }).toString();
    assert.equal(fields(await download.path()), fields(join(samples, "services.pcap"), "-Y", "udp.port == 53"));
    await p.waitForFunction(() => document.getElementById("drop-state").textContent === "2 packets saved as services-filtered.pcapng.");
    const [from] = fields(join(samples, "services.pcap"), "-Y", "udp.port == 53").split("\n");
    const { texts } = await drawn(p);
    assert.ok(texts.some((t) => t.startsWith(`[${from.split("\t")[2]} = 0x`)) && texts.includes("[53 = 0x0035]"), `${from}: ${texts}`);
    assert.deepEqual(p.faults, []);
    await p.close();
  } finally {
    await served.end();
  }
});

test("what is no capture is refused in words", async () => {
  const served = await serve("-r", join(samples, "dns.pcap"));
  try {
    const p = await chrome.open(served.link, { faultsAllowed: [/Failed to load resource.*\b4\d\d\b/] });
    await p.locator("#file").setInputFiles({ name: "no.pcap", mimeType: "text/plain", buffer: Buffer.from("this is <i>no</i> capture") });
    await p.waitForFunction(() => /no\.pcap could not be read: ./.test(document.getElementById("drop-state").textContent));
    assert.equal(await p.locator("#drop-state i").count(), 0);
    assert.deepEqual(p.faults, []);
    await p.close();
  } finally {
    await served.end();
  }
});

test("a capture that is too large is refused in words", async () => {
  const served = await serve("-r", join(samples, "dns.pcap"), "--max-upload", "1M");
  try {
    const p = await chrome.open(served.link, { faultsAllowed: [/Failed to load resource.*\b413\b/] });
    const large = join(chrome.folder, "large.pcap");
    writeFileSync(large, Buffer.alloc(20 << 20)); // the browser is not done with sending it when it is refused
    await p.locator("#file").setInputFiles(large);
    await p.waitForFunction(() => /large\.pcap could not be read: the capture is larger than 1048576 bytes/.test(document.getElementById("drop-state").textContent));
    assert.deepEqual(p.faults, []);
    await p.close();
  } finally {
    await served.end();
  }
});

test("a quiz alone has its questions and nothing else", async () => {
  const file = join(chrome.folder, "quiz.html");
  writeFileSync(file, execFileSync(program, ["quiz", "-r", join(samples, "services.pcap"), "--format", "html"]));
  const p = await chrome.open(`file://${file}`);
  assert.equal(await p.locator(".question").count(), 10);
  assert.equal(await p.locator("#packets, #ports, #flows, nav").evaluateAll((l) => l.filter((e) => e.checkVisibility()).length), 0);
  assert.equal(await p.locator(".question:visible").count(), 1);
  const texts = await p.locator(".question").allTextContents();
  const n = 1 + texts.findIndex((text) => text.includes("largest")); // a question that every capture has
  await p.getByRole("button", { name: `Question ${n}`, exact: true }).click();
  await p.locator(`#answer${n}`).fill("65535");
  await p.locator(`#answer${n}`).press("Enter");
  assert.match(await p.locator("#score").textContent(), /1 right of 1 answered/);
  assert.deepEqual(await findings(p), []);
  assert.deepEqual(p.faults, []);
  await p.close();
});
