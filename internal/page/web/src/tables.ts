// The tables of ports, conversations, hosts and packets without ports.
import type { Flow, Host, Port, Reason, Service } from "./data";
import { named } from "./data";
import { findFlows } from "./decoder";
import { between, byId, count, duration, el, some } from "./dom";
import type { Model } from "./select";
import type { Column } from "./table";
import { Table } from "./table";

/** Shows the port table, the flow table and the packets without ports. */
export function tables(model: Model): void {
  new Table("port-table", "Traffic per service port", "A port's button shows its packets in the list.", portColumns(model), model, (m) => m.data.ports, (m) => m.data.hiddenPorts ?? 0);
  new Table("flow-table", "Conversations", "A frame's button shows its conversation.", flowColumns(model), model, (m) => m.data.flows, (m) => m.data.hiddenFlows ?? 0, findFlows);
  new Table("host-table", "Hosts", "A host's button shows its packets.", hostColumns(model), model, (m) => m.data.hosts, (m) => m.data.hiddenHosts ?? 0);
  new Table("service-table", "Ports of hosts", "A port's button shows its packets.", serviceColumns(model), model, (m) => m.data.services, (m) => m.data.hiddenServices ?? 0);
  const scans = (): void => byId("scans").replaceChildren(...model.data.scans.map((s) => el("p", { class: "why" }, s)));
  model.on((change) => change === "data" && scans());
  scans();
  let summary = "";
  const draw = (): void => {
    const root = byId("no-ports");
    const list = reasons(model);
    const text = list.map((e) => e.textContent).join();
    if (text !== summary) {
      const focused = root.contains(document.activeElement) ? document.activeElement?.getAttribute("aria-label") : undefined;
      summary = text;
      root.replaceChildren(...list);
      if (focused) {
        root.querySelector<HTMLElement>(`[aria-label="${focused}"]`)?.focus({ preventScroll: true });
      }
    }
  };
  model.on((change) => change === "data" && draw());
  draw();
}

const portColumns = (model: Model): Column<Port>[] => [
  { head: "Port", text: (p) => named(p.port, p.service), by: (p) => p.port, port: true, press: (p) => showPackets(model, `port ${p.port}`) },
  { head: "Protocol", text: (p) => p.proto, by: (p) => p.proto },
  { head: "Range", text: (p) => p.range, by: (p) => p.range },
  { head: "Packets", text: (p) => count(p.packets), by: (p) => p.packets, numeric: true },
  { head: "Bytes", text: (p) => count(p.bytes), by: (p) => p.bytes, numeric: true },
  { head: "Packets to it", text: (p) => count(p.packets_to), by: (p) => p.packets_to, numeric: true },
  { head: "Packets from it", text: (p) => count(p.packets_from), by: (p) => p.packets_from, numeric: true },
  { head: "Flows", text: (p) => count(p.flows), by: (p) => p.flows, numeric: true },
  { head: "Share", text: (p) => `${(100 * p.share).toFixed(1)} %`, by: (p) => p.share, numeric: true },
  { head: "Registered for", text: (p) => p.description, by: (p) => p.description },
];

function flowColumns(model: Model): Column<Flow>[] {
  const process = (f: Flow): string => [f.client_process, f.server_process].flatMap((p) => (p ? [owner(p)] : [])).filter((s) => s !== "").join(", ");
  const seconds = (f: Flow): number => (f.start && f.end ? between(f.start, f.end) : -1);
  const processes: Column<Flow> = { head: "Process", text: process, by: process };
  return [
    { head: "First frame", text: (f) => `#${f.first_frame}`, by: (f) => f.first_frame, press: (f) => choose(model, f.first_frame) },
    { head: "Client", text: (f) => f.client, by: (f) => f.client },
    { head: "Port", text: (f) => short(f.client_port, f.client_service), by: (f) => f.client_port, port: true },
    { head: "Server", text: (f) => f.server, by: (f) => f.server },
    { head: "Server port", text: (f) => short(f.server_port, f.server_service), by: (f) => f.server_port, port: true },
    ...(model.data.processes ? [processes] : []),
    { head: "Protocol", text: (f) => f.proto, by: (f) => f.proto },
    { head: "State", text: (f) => f.state, by: (f) => f.state },
    { head: "Evidence", text: (f) => f.client_evidence, by: (f) => f.client_evidence },
    { head: "Sent", text: (f) => count(f.packets_sent), by: (f) => f.packets_sent, numeric: true },
    { head: "Received", text: (f) => count(f.packets_received), by: (f) => f.packets_received, numeric: true },
    { head: "Bytes", text: (f) => count(f.bytes_sent + f.bytes_received), by: (f) => f.bytes_sent + f.bytes_received, numeric: true },
    { head: "Duration", text: (f) => (seconds(f) < 0 ? "" : duration(seconds(f))), by: seconds, numeric: true },
    { head: "Round trip", text: (f) => (f.rtt_ns ? duration(f.rtt_ns / 1e9) : ""), by: (f) => f.rtt_ns ?? -1, numeric: true },
    { head: "Sent again", text: (f) => (f.retransmissions ? count(f.retransmissions) : ""), by: (f) => f.retransmissions ?? 0, numeric: true },
    { head: "Resets", text: (f) => (f.resets ? count(f.resets) : ""), by: (f) => f.resets ?? 0, numeric: true },
  ];
}

/** A process as people read it. Of one that had closed its socket when it was looked for, only that is known. */
function owner(p: NonNullable<Flow["client_process"]>): string {
  return p.name === "" ? (p.confidence === "gone" ? "closed too soon" : "") : `${p.name} (${p.pid})`;
}

/** A port with its name, if there is one. */
const short = (port: number, service: string): string => (service === "" ? String(port) : `${port}/${service}`);

function hostColumns(model: Model): Column<Host>[] {
  return [
    { head: "Host", text: (h) => h.host, by: (h) => h.host, press: (h) => showPackets(model, `host ${h.host}`) },
    { head: "Open ports", text: (h) => h.open_ports.map((p) => short(p.port, p.service)).join(", "), by: (h) => h.open_ports.length, port: true },
    { head: "Peers", text: (h) => count(h.peers), by: (h) => h.peers, numeric: true },
    { head: "Flows", text: (h) => count(h.flows), by: (h) => h.flows, numeric: true },
    { head: "Sent", text: (h) => count(h.packets_sent), by: (h) => h.packets_sent, numeric: true },
    { head: "Received", text: (h) => count(h.packets_received), by: (h) => h.packets_received, numeric: true },
    { head: "Bytes", text: (h) => count(h.bytes), by: (h) => h.bytes, numeric: true },
  ];
}

function serviceColumns(model: Model): Column<Service>[] {
  return [
    { head: "Port", text: (h) => named(h.port, h.service), by: (h) => h.port, port: true, press: (h) => showPackets(model, `${h.proto} and host ${h.host} and port ${h.port}`) },
    { head: "Host", text: (h) => h.host, by: (h) => h.host },
    { head: "Protocol", text: (h) => h.proto, by: (h) => h.proto },
    { head: "State", text: (h) => h.state, by: (h) => h.state },
    { head: "Evidence", text: (h) => h.evidence, by: (h) => h.evidence },
    { head: "Shown by frame", text: (h) => `#${h.frame}`, by: (h) => h.frame, numeric: true },
    { head: "Flows", text: (h) => count(h.flows), by: (h) => h.flows, numeric: true },
    { head: "First bytes", text: (h) => h.payload, by: (h) => h.payload },
  ];
}

/** Selects a frame; a filter that hides it is removed. */
function choose(model: Model, n: number): void {
  if (!model.select(n)) {
    void model.filter("", null); // which nobody has to compile
    if (!model.select(n)) {
      model.say(`Frame ${n} is not in this page.`);
    }
  }
}

/** Filters the packets, and goes to them. */
function showPackets(model: Model, filter: string): void {
  void model.filter(filter, null);
  model.open("packets");
  byId("list").focus({ preventScroll: true });
}

/** Selects a frame and goes to it. */
export function showFrame(model: Model, n: number): void {
  if (model.go(n)) {
    byId("list").focus({ preventScroll: true });
  }
}

const LISTED = 60; // frames named under a reason

/** Packets without ports, by reason. */
function reasons(model: Model): HTMLElement[] {
  if (model.data.reasons.length === 0) {
    return [el("p", {}, model.data.frames === 0 ? "There are no packets." : "Every packet has ports of its own.")];
  }
  return model.data.reasons.map((r) => reason(model, r));
}

function reason(model: Model, r: Reason): HTMLElement {
  const frames = model.data.packets.filter((p) => p.no_ports === r.key);
  const rest = frames.length - LISTED;
  return el(
    "section",
    { class: "reason" },
    el("h3", {}, `${r.key}: ${some(r.count, "packet")}`),
    el("p", {}, r.words),
    el("p", { class: "frames" }, ...frames.slice(0, LISTED).map((p) => frameButton(model, p.n)), rest > 0 ? ` and ${count(rest)} more; the packet list finds them with ${r.key}.` : undefined),
  );
}

function frameButton(model: Model, n: number): HTMLElement {
  const button = el("button", { type: "button", "aria-label": `Frame #${n}` }, `#${n}`);
  button.addEventListener("click", () => showFrame(model, n));
  return button;
}
