// A capture of real packets, followed in Chromium from its first packet to its end. check.sh runs this in a network namespace whose only interface is lo: what is
// sent here is all there is, but for the browser's own requests, which the filter leaves out.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { after, before, test } from "node:test";
import { browser, findings, serve } from "../browser.mjs";

const [UDP, TCP, HOST] = [9053, 9080, "127.0.0.1"];
const ETHERNET = 14;
const [IPV4, UDP_HEADER] = [20, 8];

let chrome;
before(async () => {
  const interfaces = readFileSync("/proc/net/dev", "utf8").match(/^ *\S+(?=:)/gm).map((s) => s.trim());
  assert.deepEqual(interfaces, ["lo"], "this test is for a network namespace of its own, with no interface but lo");
  chrome = await browser();
});
after(() => chrome?.close());

/** Sends datagrams of so many bytes from one socket to another one, and waits until all have come. */
async function datagrams(from, to, number, length) {
  let came = 0;
  const all = new Promise((resolve) => {
    const take = () => {
      if (++came === number) {
        to.off("message", take);
        resolve();
      }
    };
    to.on("message", take);
  });
  for (let i = 0; i < number; i++) {
    await new Promise((resolve, reject) => from.send(Buffer.alloc(length, 97), UDP, HOST, (e) => (e ? reject(e) : resolve())));
  }
  await all;
}

async function bound(port) {
  const socket = createSocket("udp4");
  socket.bind(port, HOST);
  await once(socket, "listening");
  return socket;
}

/** Calls body with a capture on an interface and two UDP sockets, and ends them. end ends only the capture, and gives what it printed. */
async function capturing(args, body) {
  const served = await serve("-i", ...args);
  const [server, client] = [await bound(UDP), await bound(0)];
  let ended;
  const end = () => (ended ??= served.end("SIGINT"));
  try {
    await body({ link: served.link, end, server, client });
  } finally {
    await end();
    server.close();
    client.close();
  }
}

/** One connection with a question and an answer, closed by both ends; gives the client's port. */
async function exchange() {
  const server = createServer((c) => c.once("data", () => c.end("HTTP/1.0 204 No Content\r\n\r\n")));
  server.listen(TCP, HOST);
  await once(server, "listening");
  const client = connect(TCP, HOST, () => client.write("GET / HTTP/1.0\r\n\r\n"));
  await once(client, "connect");
  const port = client.localPort;
  client.resume();
  await once(client, "close");
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** The cells of the row that begins so. */
const row = (p, table, first) => p.locator(`#${table} tbody tr`, { has: p.locator("th", { hasText: first }) }).locator("td").allTextContents();

const found = (p, number) => p.waitForFunction((n) => document.getElementById("found").textContent === `${n} packets`, number);

test("rows and tables move with the traffic, the page pauses, and its counts are those of the closing lines", { timeout: 120_000 }, async () => {
  await capturing(["lo", `port ${UDP} or port ${TCP}`], async ({ link, end, server, client }) => {
    const p = await chrome.open(`${link}#packets`);
    const state = (pattern) => p.waitForFunction((s) => new RegExp(s).test(document.getElementById("state").textContent), pattern);
    await state("^Capturing\\.$");
    assert.equal(await p.locator("#found").textContent(), "0 packets");

    await datagrams(client, server, 40, 18);
    await found(p, 40);
    const line = await p.locator("#list .row").first().textContent();
    assert.ok(line.includes(`${client.address().port}`) && line.includes(`${UDP}`), line);
    const bytes = (40 * (ETHERNET + IPV4 + UDP_HEADER + 18)).toLocaleString("en"); // by hand: 2,400
    assert.match(await p.locator("#period").textContent(), new RegExp(`^40 packets, ${bytes} bytes, from \\d{4}-\\S+ \\S+ to \\d{4}-\\S+ \\S+ \\(\\S+\\)$`)); // the page was opened before the first
    await p.waitForFunction((b) => document.querySelector("#port-table tbody").textContent.includes(b), bytes);
    assert.deepEqual((await row(p, "port-table", `${UDP}`)).slice(2, 7), ["40", bytes, "40", "0", "1"]); // packets, bytes, to it, from it, flows

    await p.locator("#pause").click();
    await datagrams(client, server, 10, 18);
    await p.waitForFunction(() => document.getElementById("losses").textContent.endsWith("10 waiting"));
    assert.equal(await p.locator("#found").textContent(), "40 packets");
    await p.locator("#pause").click();
    await found(p, 50);

    const port = await exchange();
    await p.waitForFunction(() => /closed/.test(document.querySelector("#flow-table tbody").textContent));
    const flow = await row(p, "flow-table", "#51");
    assert.deepEqual([parseInt(flow[1], 10), flow[0], ...flow.slice(2, 4), ...flow.slice(5, 8)], [port, HOST, HOST, `${TCP}/glrpc`, "tcp", "closed", "syn"]); // IANA's name of 9080
    assert.match(await p.locator("#losses").textContent(), /^$/);
    assert.deepEqual(await findings(p), []);

    const ended = end();
    await state("^The capture has ended: it was stopped\\.$");
    const said = await ended;
    const packets = (await row(p, "flow-table", "#51")).slice(8, 10).reduce((sum, n) => sum + Number(n), 0);
    assert.ok(packets >= 7, `${packets} segments`); // SYN, SYN and ACK, ACK, a question, an answer, and a FIN each way
    assert.match(await p.locator("#period").textContent(), new RegExp(`^${50 + packets} packets, `));
    await found(p, 50 + packets);
    assert.match(said, new RegExp(`^${50 + packets} packets captured\\n${50 + packets} packets received by filter\\n0 packets dropped by kernel$`, "m"));
    assert.deepEqual(p.faults, []);
    await p.close();
  });
});

test("the capture stops and starts in the page, and a filter chosen there decides what counts from then on", { timeout: 120_000 }, async () => {
  await capturing(["lo", `port ${UDP}`], async ({ link, end, server, client }) => {
    const p = await chrome.open(`${link}#packets`, { faultsAllowed: [/Failed to load resource.*\b422\b/] });
    const chosen = (pattern) => p.waitForFunction((s) => new RegExp(s).test(document.getElementById("chosen").textContent), pattern);
    await datagrams(client, server, 3, 18);
    await found(p, 3);

    await p.getByRole("button", { name: "Stop capture" }).click();
    await chosen("^Stopped: nothing is counted\\.$");
    await datagrams(client, server, 5, 18);
    await chosen(" 5 left out\\.$");
    await p.getByRole("button", { name: "Start capture" }).click();
    await chosen("^5 left out\\.$");
    assert.equal(await p.locator("#found").textContent(), "3 packets");

    await p.locator("#capture-filter").fill("greater 200");
    await p.getByRole("button", { name: "Apply" }).click();
    await chosen("^Counted: greater 200\\.");
    await datagrams(client, server, 2, 18);
    await datagrams(client, server, 4, 300);
    await found(p, 7);
    await chosen(" 7 left out\\.$");

    await p.locator("#capture-filter").fill("port 99999");
    await p.getByRole("button", { name: "Apply" }).click();
    await p.waitForFunction(() => /^Not changed: in the filter: /.test(document.getElementById("control-error").textContent));
    assert.match(await p.locator("#chosen").textContent(), /^Counted: greater 200\./);
    assert.deepEqual(await findings(p), []);

    await p.locator("#filter").fill("udp[4:2] = 308"); // UDP's length: 8 and 300 bytes
    await p.waitForFunction(() => document.getElementById("found").textContent === "4 of 7 packets");
    await p.locator("#capture-filter").fill("");
    await p.getByRole("button", { name: "Apply" }).click();
    await chosen("^7 left out\\.$");
    await datagrams(client, server, 1, 300);
    await datagrams(client, server, 1, 18);
    await p.waitForFunction(() => document.getElementById("found").textContent === "5 of 9 packets"); // what comes is filtered too
    const [download] = await Promise.all([p.waitForEvent("download"), p.getByRole("button", { name: "Save as pcapng" }).click()]);
    assert.equal(execFileSync("tcpdump", ["-nn", "--count", "-r", await download.path()], { stdio: ["ignore", "pipe", "ignore"] }).toString(), "5 packets\n");
    assert.deepEqual(p.faults, []);
    await p.close();
    assert.match(await end(), /^9 packets captured\n16 packets received by filter\n0 packets dropped by kernel$/m);
  });
});

test("of a capture on all interfaces one is chosen in the page", { timeout: 120_000 }, async (t) => {
  execFileSync("ip", ["link", "add", "v0", "type", "veth", "peer", "name", "v1"]);
  t.after(() => execFileSync("ip", ["link", "del", "v0"]));
  await capturing(["any", `port ${UDP}`], async ({ link, server, client }) => {
    const p = await chrome.open(`${link}#packets`);
    const choice = p.locator("#capture-interface");
    assert.deepEqual(await choice.locator("option").allTextContents(), ["all", "lo", "v0", "v1"]);
    const chosen = (text) => p.waitForFunction((t) => document.getElementById("chosen").textContent === t, text);
    await datagrams(client, server, 3, 18);
    await found(p, 3);
    await choice.selectOption("v0");
    await chosen("Only v0.");
    await datagrams(client, server, 2, 18);
    await chosen("Only v0. 2 left out.");
    assert.equal(await p.locator("#found").textContent(), "3 packets");
    assert.deepEqual(await findings(p), []);
    await choice.selectOption("lo");
    await chosen("Only lo. 2 left out.");
    await datagrams(client, server, 1, 18);
    await found(p, 4);
    await choice.selectOption("all");
    await chosen("2 left out.");
    assert.deepEqual(p.faults, []);
    await p.close();
  });
});

test("the process of a packet is in the lists, and filters find it", { timeout: 120_000 }, async () => {
  await capturing(["lo", `port ${UDP}`], async ({ link, server, client }) => {
    const p = await chrome.open(`${link}#packets`, { width: 1440 });
    await datagrams(client, server, 3, 18);
    const self = `node (${process.pid})`; // which has both ends
    await p.waitForFunction((s) => document.querySelector("#flow-table tbody tr")?.cells[5].textContent === s, `${self}, ${self}`);
    await datagrams(client, server, 2, 18);
    await found(p, 5);
    await p.waitForFunction(() => document.querySelector("#row5 .process").textContent !== "");
    assert.equal(await p.locator("#row5 .process").textContent(), `node/${process.pid} → node/${process.pid}`);
    assert.equal(await p.getByRole("button", { name: "Sort by process" }).isVisible(), true);
    await p.locator("#filter").fill(`pid == ${process.pid} and process == "node" and frame > 3`);
    await p.waitForFunction(() => document.getElementById("found").textContent === "2 of 5 packets");
    await p.locator("#filter").fill('process == "curl"');
    await p.waitForFunction(() => document.getElementById("found").textContent === "0 of 5 packets");
    assert.equal(await p.locator("#filter-error").textContent(), "");
    assert.deepEqual(await findings(p), []);
    assert.deepEqual(p.faults, []);
    await p.close();
  });
});
