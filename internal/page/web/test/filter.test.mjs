// Filters that the program compiles for the page, in serve.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { after, before, test } from "node:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { browser, filter, report, samples, findings, serve } from "./browser.mjs";

let chrome;
before(async () => (chrome = await browser()));
after(() => chrome?.close());

const services = join(samples, "services.pcap");

/** How many packets of a capture tcpdump selects. */
const tcpdump = (file, expr) => execFileSync("tcpdump", ["-nn", "--count", "-r", file, expr], { stdio: ["ignore", "pipe", "ignore"] }).toString().match(/^(\d+) packets?/m)[1];

test("both languages are compiled by the program; what is wrong is said beneath; plain words are the page's", async () => {
  const served = await serve("-r", services);
  try {
    const p = await chrome.open(served.link, { faultsAllowed: [/Failed to load resource.*\b422\b/] });
    for (const expr of ["tcp[13] == 2", "less 60", "net 192.0.2.0/24 and not tcp", "ether[0] & 1 = 0 and greater 500"]) {
      await filter(p, expr, `${tcpdump(services, expr)} of 232 packets`);
    }
    await filter(p, "tcp.flags.syn and not tcp.flags.ack", `${tcpdump(services, "tcp[13] & 0x12 = 2")} of 232 packets`);
    await filter(p, 'host in "192.0.2.0/24" and len > 500', `${tcpdump(services, "net 192.0.2.0/24 and greater 501")} of 232 packets`);
    const [shown] = (await p.locator("#list .row .number").first().textContent()).split(" ");
    assert.equal(await p.locator("#list .row[aria-selected=true] .number").textContent(), shown, "the panel explains a packet that the filter shows");

    await p.locator("#filter").fill("tcp.flags.sin == 1");
    await p.waitForFunction(() => /Not applied: in --where: .*sin/.test(document.getElementById("filter-error").textContent));
    assert.match(await p.locator("#filter-error .spot").textContent(), /tcp\.flags\.sin == 1\n.*\^/);
    assert.equal(await p.locator("#found").textContent(), `${tcpdump(services, "net 192.0.2.0/24 and greater 501")} of 232 packets`, "the last filter that was right stays");
    assert.deepEqual(await findings(p), []);

    await filter(p, "tcp prot 443", "0 of 232 packets");
    assert.match(await p.locator("#filter-error").textContent(), /No packet has these words\. Read as a filter: in the filter: /);
    assert.match(await p.locator("#answer").textContent(), /No packet passes the filter/);
    await filter(p, "", "232 packets");
    assert.deepEqual(p.faults, []);
    await p.close();

    const linked = await chrome.open(served.link.replace(/\?.*/, "") + "#p12?q=tcp%5B13%5D%20%3D%3D%202", {});
    await linked.waitForFunction(() => document.getElementById("notice").textContent.includes("Frame 12 is not among the packets"));
    assert.equal(await linked.locator("#filter").inputValue(), "tcp[13] == 2");
    await linked.close();
  } finally {
    await served.end();
  }
});

test("a filter of the report means the same in serve", async () => {
  const texts = ["port 53", "tcp", "udp and not port 53", "src port 80", "dst portrange 1-1023", "host 198.51.100.7", "icmp or arp", ":53", "dns", "port == 53", "server.port in [80, 443]", 'service == "https"', 'range == "dynamic" and len > 100', 'no_ports != ""', "quoted", "frame in 3..9", "proto == \"tcp\""];
  for (const name of ["vxlan", "fragments", "udp-closed", "arp-ping"]) {
    const file = join(samples, `${name}.pcap`);
    const served = await serve("-r", file);
    try {
      const here = await chrome.open(served.link, { faultsAllowed: [/Failed to load resource.*\b422\b/] });
      const there = await chrome.open(report(chrome.folder, file, `${name}.html`));
      for (const text of texts) {
        const found = [];
        for (const p of [there, here]) {
          await p.locator("#filter").fill(text);
          await p.locator("#filter").press("Enter");
          await p.waitForFunction((t) => decodeURIComponent(location.hash).endsWith(`?q=${t}`), text);
          found.push(await p.locator("#found").textContent());
        }
        assert.equal(found[1], found[0], `${name}: ${text}`);
      }
      await here.close();
      await there.close();
    } finally {
      await served.end();
    }
  }
});

test("a capture that is dropped is filtered too", async () => {
  const served = await serve("-r", services);
  try {
    const p = await chrome.open(served.link);
    const file = join(samples, "http.pcap");
    await p.locator("#file").setInputFiles({ name: "http.pcap", mimeType: "application/octet-stream", buffer: readFileSync(file) });
    await p.waitForFunction(() => document.getElementById("found").textContent === "10 packets");
    await filter(p, "tcp[13] & 2 != 0", `${tcpdump(file, "tcp[13] & 2 != 0")} of 10 packets`);
    assert.deepEqual(p.faults, []);
    await p.close();
  } finally {
    await served.end();
  }
});
