// The selected frame's flow as a ladder: the client stands left, the server right, each frame is an arrow.
import type { Flow, Packet } from "./data";
import { headersOf, named } from "./data";
import { byId, count, el, some } from "./dom";
import type { Model } from "./select";

/** Shows the flow that the selected frame belongs to in #ladder. */
export function flowLadder(model: Model): void {
  const root = byId("ladder");
  let drawn: Flow | undefined;
  let known = 0; // frames of it that were drawn
  const draw = (): void => {
    const flow = flowOf(model);
    if (flow && flow === drawn && known === (flow.frames ?? []).length) {
      mark(root, model.packet);
      return;
    }
    drawn = flow;
    known = (flow?.frames ?? []).length;
    root.replaceChildren(...(flow ? ladder(model, flow) : [el("p", {}, nothing(model.packet))]));
    mark(root, model.packet);
  };
  root.addEventListener("click", (e) => {
    const n = (e.target as Element).closest<HTMLElement>("[data-frame]")?.dataset["frame"];
    if (n !== undefined) {
      model.select(Number(n));
    }
  });
  model.on((change) => (change === "data" || change === "frame") && draw());
  draw();
}

/** The flow of the selected frame. While a capture runs, flows change places, so there they are found by their ends. */
function flowOf(model: Model): Flow | undefined {
  const { packet, data } = model;
  if (!packet) {
    return undefined;
  }
  if (!data.live) {
    return data.flows[packet.flow];
  }
  return data.flows.find((f) => f.proto === packet.proto && (sentByClient(f, packet) || sentByServer(f, packet)));
}

function sentByClient(f: Flow, p: Packet): boolean {
  return p.src === f.client && p.sport === f.client_port && p.dst === f.server && p.dport === f.server_port;
}

function sentByServer(f: Flow, p: Packet): boolean {
  return p.src === f.server && p.sport === f.server_port && p.dst === f.client && p.dport === f.client_port;
}

function nothing(p: Packet | undefined): string {
  return p ? `Frame ${p.n} belongs to no flow that the page has: without ports of its own there is none.` : "No frame is selected.";
}

function ladder(model: Model, flow: Flow): HTMLElement[] {
  const packets = framesOf(model, flow);
  const total = flow.packets_sent + flow.packets_received;
  return [
    el("p", { class: "hint" }, `${flow.proto}, ${flow.state === "" ? "" : `${flow.state}, `}${some(total, "packet")}, ${some(flow.bytes_sent + flow.bytes_received, "byte")}. Evidence for who is the client: ${flow.client_evidence || "none"}.`),
    el(
      "div",
      { class: "ends" },
      end(model, "Client", flow.client, flow.client_port, flow.client_service, flow.client_range),
      end(model, "Server", flow.server, flow.server_port, flow.server_service, flow.server_range),
    ),
    el("ol", { class: "steps", tabindex: 0, "aria-label": "Frames of the flow" }, ...packets.map((p) => step(model, flow, p))),
    el("p", { class: "hint" }, packets.length < total ? `${count(packets.length)} of them are drawn.` : ""),
  ];
}

function framesOf(model: Model, flow: Flow): Packet[] {
  if (model.data.live) {
    return model.data.packets.filter((p) => p.proto === flow.proto && (sentByClient(flow, p) || sentByServer(flow, p))).slice(-200);
  }
  return (flow.frames ?? []).flatMap((n) => model.find(n) ?? []);
}

/** One end of the flow. Its tags are facts about the number: who is client or server does not follow from them. */
function end(model: Model, who: string, address: string, port: number, service: string, range: string): HTMLElement {
  const systems = model.data.ephemeral.filter((e) => e.low <= port && port <= e.high).map((e) => e.os);
  return el(
    "div",
    { class: "end" },
    el("strong", {}, who),
    el("span", { class: "address" }, address),
    el("span", {}, "port ", el("b", {}, named(port, service))),
    el(
      "span",
      {},
      el("span", { class: "tag plain" }, range),
      service === "" ? undefined : el("span", { class: "tag service" }, "service"),
      systems.length === 0 ? undefined : el("span", { class: "tag ephemeral" }, `ephemeral: ${systems[0] ?? ""}${systems.length > 1 ? ` and ${systems.length - 1} more` : ""}`),
    ),
  );
}

function step(model: Model, flow: Flow, p: Packet): HTMLElement {
  const right = sentByClient(flow, p);
  const flags = setFlags(model, p);
  const words = `${p.t === undefined ? "" : `${p.t.toFixed(6)} s · `}${some(p.len, "byte")}`;
  return el(
    "li",
    {},
    el(
      "button",
      { type: "button", class: right ? "step right" : "step left", "data-frame": p.n },
      el("span", { class: "frame" }, `#${p.n}`),
      el("span", { class: "unseen" }, right ? " client to server " : " server to client "),
      el("span", { class: "arrow" }, el("span", { class: "what" }, flags || p.proto || "")),
      document.createTextNode(" "),
      el("span", { class: "size" }, words),
    ),
  );
}

/** The names of the one-bit fields that are set in the header with the frame's ports. */
function setFlags(model: Model, p: Packet): string {
  const own = headersOf(model.data, p).filter((h) => !h.quoted && h.fields.some((f) => f.spec.port));
  const fields = own[own.length - 1]?.fields ?? [];
  return fields.flatMap((f) => (f.width === 1 && f.text === "1" ? [f.spec.name] : [])).join(" + ");
}

function mark(root: HTMLElement, p: Packet | undefined): void {
  for (const b of root.querySelectorAll<HTMLElement>("[data-frame]")) {
    const on = Number(b.dataset["frame"]) === p?.n;
    b.classList.toggle("on", on);
    if (on) {
      b.setAttribute("aria-current", "true");
      const list = b.closest("ol");
      if (list) {
        list.scrollTop = Math.max(0, b.offsetTop - list.clientHeight / 2);
      }
    } else {
      b.removeAttribute("aria-current");
    }
  }
}
