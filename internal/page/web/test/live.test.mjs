// A capture that runs: a small server of the test's own plays the program's part, so that each event comes when the test wants it to.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { browser, dataOf, open, report, samples, findings } from "./browser.mjs";

let chrome;
let server;
let address;
let data; // of the sample, as the program wrote it
let say; // sends an event to the page
let posted; // what was dropped on the page

before(async () => {
  chrome = await browser();
  const html = report(chrome.folder, join(samples, "services.pcap"));
  const p = await chrome.open(html);
  data = await dataOf(p);
  await p.close();
  const whole = readFileSync(new URL(html), "utf8");
  const page = whole
    .replace(/(<script type="application\/gzip" id="portsniff-data">)[^<]*/, "$1")
    .replace(/(content=")default-src/, "$1connect-src 'self'; default-src");
  server = createServer((request, response) => {
    if (request.url === "/") {
      response.setHeader("content-type", "text/html; charset=utf-8");
      response.end(page);
    } else if (request.url === "/data.json") {
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ ...data, live: true, packets: data.packets.slice(0, 10), quiz: { seed: 1, questions: [] } }));
    } else if (request.url === "/events") {
      response.writeHead(200, { "content-type": "text/event-stream" });
      say = (event, body) => response.write(`event: ${event}\ndata: ${JSON.stringify(body)}\n\n`);
      say("hello", {});
    } else if (request.url.startsWith("/capture") && request.method === "POST") {
      const parts = [];
      request.on("data", (d) => parts.push(d));
      request.on("end", () => {
        posted = { header: request.headers["x-portsniff"], bytes: Buffer.concat(parts).toString() };
        response.statusCode = posted.bytes === "good" ? 200 : 422;
        response.end(JSON.stringify(posted.bytes === "good" ? { ...data, source: "" } : { error: "it is <b>no</b> capture" }));
      });
    } else {
      response.statusCode = 204; // the icon that browsers ask for
      response.end();
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  address = `http://127.0.0.1:${server.address().port}/#packets`;
});
after(async () => {
  await chrome?.close();
  server?.closeAllConnections();
  server?.close();
});

const update = (from, to, more) => say("update", { packets: data.packets.slice(from, to), frames: to, bytes: 1000 * to, lost: { kernel: 3, interface: 2, page: 1 }, ...more });
const found = (p, text) => p.waitForFunction((t) => document.getElementById("found").textContent === t, text);

test("packets arrive, the page pauses, losses are shown, the end too", async () => {
  const p = await chrome.open(address);
  try {
    await found(p, "10 packets");
    await p.waitForFunction(() => document.getElementById("state").textContent === "Capturing.");
    await p.locator("#row5").click();
    update(5, 20, { first: "2026-01-01T01:00:00+01:00", last: "2026-01-01T01:00:09+01:00", zone: "CET (UTC+01:00)" }); // five of them again
    await found(p, "20 packets");
    assert.match(await p.locator("#period").textContent(), /from 2026-01-01 01:00:00 to 2026-01-01 01:00:09 \(CET \(UTC\+01:00\)\)$/);
    assert.match(await p.locator("#anatomy-title").textContent(), /^Frame 5 /);
    assert.match(await p.locator("#losses").textContent(), /^3 lost in the kernel, 2 lost at the interface, 1 not sent to this page$/);
    assert.match(await p.locator("#period").textContent(), /^20 packets, 20,000 bytes/);

    await p.locator("#pause").click();
    assert.equal(await p.locator("#pause").textContent(), "Go on");
    assert.equal(await p.locator("#state").textContent(), "Capturing. The page is paused.");
    // A spec that only an update brings, at its index in the table, while the page is paused.
    update(20, 30, { specs: [{ key: "new", name: "New Field", rfc: "", doc: "", port: false }], at: { specs: data.specs.length } });
    update(30, 31, { packets: [{ ...data.packets[30], headers: [{ k: 0, at: 0, len: 4, level: 1, s: -1, shape: [[data.specs.length, 0, 32]], f: ["fresh"] }] }] });
    await p.waitForFunction(() => document.getElementById("losses").textContent.endsWith("11 waiting"));
    assert.equal(await p.locator("#found").textContent(), "20 packets");
    await p.locator("#pause").click();
    await found(p, "31 packets");
    assert.doesNotMatch(await p.locator("#losses").textContent(), /waiting/);
    await p.evaluate(() => (location.hash = "#p31"));
    await p.waitForFunction(() => /New Field fresh/.test(document.getElementById("diagram").textContent));

    // A paused page holds 5000 packets back and says how many more went by.
    await p.locator("#pause").click();
    say("update", { packets: Array.from({ length: 5200 }, (_, i) => ({ ...data.packets[0], n: 1000 + i })), frames: 6200, bytes: 1 });
    await p.waitForFunction(() => document.getElementById("losses").textContent.endsWith("200 skipped while paused, 5,000 waiting"));
    await p.locator("#pause").click();
    await found(p, "5,000 packets");

    say("end", { reason: "the interface went down" });
    await p.waitForFunction(() => document.getElementById("state").textContent === "The capture has ended: the interface went down.");
    assert.deepEqual(p.faults, []);
  } finally {
    await p.close();
  }
});

test("the list follows the newest packet until somebody scrolls away, and its rows stay the same", async () => {
  const p = await chrome.open(address, { height: 560 });
  try {
    await found(p, "10 packets");
    const inSight = (n) => p.evaluate((k) => ((r, l) => r && r.bottom <= l.bottom + 1 && r.top >= l.top - 1)(document.getElementById(`row${k}`)?.getBoundingClientRect(), document.getElementById("list").getBoundingClientRect()), n);
    update(10, 100);
    await found(p, "100 packets");
    await p.waitForFunction(() => document.getElementById("row100"));
    assert.ok(await inSight(100));
    await p.evaluate(() => (document.getElementById("list").scrollTop = 200));
    await p.waitForFunction(() => !document.getElementById("row100"));
    const [first, row] = await p.evaluate(() => ((r) => ((globalThis.kept = r), [r.getBoundingClientRect().y, r.id]))(document.querySelectorAll("#list .row")[12]));
    update(100, 150);
    await found(p, "150 packets");
    assert.equal(await p.locator("#newest").textContent(), "▼ 50 new");
    assert.deepEqual(await p.evaluate((id) => ((r) => [r.getBoundingClientRect().y, r === globalThis.kept])(document.getElementById(id)), row), [first, true]);
    await p.locator("#newest").click();
    assert.ok(await inSight(150));
    assert.equal(await p.locator("#newest").isVisible(), false);
    assert.deepEqual(p.faults, []);
  } finally {
    await p.close();
  }
});

test("the overview has rates, new ports, refusals, and losses only when there are any", async () => {
  const p = await chrome.open(address.replace("#packets", ""));
  try {
    await p.waitForFunction(() => document.querySelectorAll("#now .card").length >= 4);
    assert.ok(await p.locator("#overview").isVisible());
    assert.equal(await p.locator("#now .card.bad").count(), 0);
    const port = { ...data.ports[0], port: 4711, service: "" };
    await p.waitForTimeout(1100);
    update(10, 20, { ports: [port, ...data.ports], services: [{ host: "198.51.100.7", port: 81, proto: "tcp", service: "", range: "system", state: "closed", evidence: "RST", frame: 2, flows: 1, payload: "" }], scans: ["10.9.0.1 probed 599 ports on 1 host, 6 open"] });
    await p.waitForFunction(() => document.querySelector("#now .card.bad b")?.textContent === "5"); // 3 and 2
    const text = await p.locator("#now").textContent();
    assert.match(text, /New ports4711 tcp/);
    assert.match(text, /Refused198\.51\.100\.7 81 tcp: RST/);
    assert.match(text, /10\.9\.0\.1 probed 599 ports/);
    assert.match(await p.locator("#now tbody tr").first().textContent(), /^4711 tcp/);
    assert.equal(await p.locator("#now .spark").count(), 10);
    assert.deepEqual(await findings(p), []);
    assert.deepEqual(p.faults, []);
  } finally {
    await p.close();
  }
});

test("the page says that the program has gone away, and that it is back", async () => {
  const p = await chrome.open(address, { faultsAllowed: [/Failed to load resource|ERR_/] });
  try {
    const state = (text) => p.waitForFunction((t) => document.getElementById("state").textContent === t, text);
    await state("Capturing.");
    assert.match(await p.locator("#questions").textContent(), /no questions while a capture runs/);
    server.closeAllConnections();
    await state("portsniff does not answer. The page shows what it has and tries again every few seconds.");
    await state("Capturing."); // the browser tries again by itself
    await p.route("**/capture*", (route) => route.abort());
    await drop(p, "good");
    await p.waitForFunction(() => /dropped\.pcap could not be read: portsniff does not answer; /.test(document.getElementById("drop-state").textContent));
    assert.deepEqual(p.faults, []);
  } finally {
    await p.close();
  }
});

// Who cannot see the page would hear nothing else if every update were told, and who uses the keyboard would begin anew twice a second.
test("an update tells nothing aloud, and leaves the focus and the ladder where they are", async () => {
  const p = await chrome.open(address);
  try {
    await found(p, "10 packets");
    const flow = data.flows.find((f) => f.first_frame === 1);
    const table = (packets) => ({ flows: [{ ...flow, packets_sent: packets, packets_received: 0 }, ...data.flows.filter((f) => f !== flow)], ports: data.ports });
    const own = data.packets.filter((x) => x.flow === data.packets[0].flow).length;
    update(10, 12, table(12));
    await found(p, "12 packets");
    await open(p, "Conversations");
    await p.locator("#flow-table tbody button").first().focus();
    await p.evaluate(() => (globalThis.kept = [document.activeElement, document.querySelector("#ladder .step")]));
    update(12, 100, table(100));
    await found(p, "100 packets");
    assert.match(await p.locator("#flow-table tbody tr").first().textContent(), /^#1.*100/);
    assert.equal(await p.locator("#ladder .step").count(), own);
    assert.deepEqual(await p.evaluate(() => [globalThis.kept[0] === document.activeElement, globalThis.kept[1] === document.querySelector("#ladder .step")]), [true, true]);
    await p.keyboard.press("Enter"); // and the button is that of the row as it is now
    assert.match(await p.locator("#anatomy-title").textContent(), /^Frame 1 /);
    assert.deepEqual(await p.locator("#found, #port-table [role=status], #flow-table [role=status]").evaluateAll((l) => l.map((e) => e.getAttribute("aria-live"))), ["off", "off", "off"]);
    await p.locator("#filter").fill(":21");
    await p.waitForFunction(() => document.getElementById("found").getAttribute("aria-live") === "polite");
    assert.deepEqual(p.faults, []);
  } finally {
    await p.close();
  }
});

const drop = (p, text, called = "dropped.pcap") =>
  p.evaluate(([t, name]) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([t], name));
    document.body.dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true }));
  }, [text, called]);

test("an update leaves a filter that is being typed", async () => {
  const p = await chrome.open(address);
  await found(p, "10 packets");
  await p.evaluate(() => {
    const input = document.getElementById("filter");
    const key = () => input.dispatchEvent(new Event("input", { bubbles: true }));
    input.value = "tc";
    key();
    setInterval(key, 20); // without a pause
  });
  update(10, 20);
  await p.waitForFunction(() => / 20 packets$|^20 packets$/.test(document.getElementById("found").textContent));
  assert.equal(await p.locator("#filter").inputValue(), "tc");
  await p.close();
});

test("nothing of a capture that ended while the page was paused gets into one that is dropped then", async () => {
  const p = await chrome.open(address);
  try {
    await found(p, "10 packets");
    await p.locator("#pause").click();
    say("update", { packets: [{ ...data.packets[0], n: 9000 }], frames: 9000, bytes: 9 });
    await p.waitForFunction(() => document.getElementById("losses").textContent.endsWith("1 waiting"));
    say("end", { reason: "" });
    await p.waitForFunction(() => /ended/.test(document.getElementById("state").textContent));
    await drop(p, "good");
    await found(p, "232 packets");
    assert.equal(await p.locator("#pause").isVisible(), false);
    assert.equal(await p.locator("#state").isVisible(), false);
    assert.deepEqual(p.faults, []);
  } finally {
    await p.close();
  }
});

test("a dropped capture is decoded by the server, and a refusal is shown as text", async () => {
  const p = await chrome.open(address, { faultsAllowed: [/422/] });
  try {
    await found(p, "10 packets");
    await drop(p, "bad");
    await p.waitForFunction(() => /dropped\.pcap could not be read: it is <b>no<\/b> capture/.test(document.getElementById("drop-state").textContent));
    assert.equal(await p.locator("#drop-state b").count(), 0);
    await drop(p, "good");
    await found(p, "232 packets");
    assert.equal(posted.header, "1");
    assert.equal(await p.locator("#source").textContent(), "dropped.pcap");
    await drop(p, "good", "<b>\u202epacp.\u001b[1m");
    await p.waitForFunction(() => document.getElementById("drop-state").textContent .startsWith("<b>\\u{202e}pacp.\\u{1b}[1m is shown. "));
    assert.equal(await p.locator("#source").textContent(), "<b>\\u{202e}pacp.\\u{1b}[1m");
    assert.equal(await p.title(), "<b>\\u{202e}pacp.\\u{1b}[1m - portsniff");
    assert.deepEqual(p.faults, []);
  } finally {
    await p.close();
  }
});
