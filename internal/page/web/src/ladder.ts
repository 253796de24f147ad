// The selected frame's flow as a ladder: the client is left, the server right, each frame is an arrow.
import type { Flow, Packet } from "./data";
import { named, textOf } from "./data";
import { between, byId, count, duration, el, some } from "./dom";
import type { Model } from "./select";

const DRAWN = 200; // frames at once

/** Shows the flow that the selected frame belongs to in #ladder. */
export function flowLadder(model: Model): void {
  new FlowLadder(model);
}

class FlowLadder {
  private readonly root = byId("ladder");
  private readonly head = el("div");
  private readonly steps = el("ol", { class: "steps", "aria-label": "Frames of the flow" });
  private readonly foot = el("p", { class: "hint" });
  private readonly earlier = el("button", { type: "button" }, "Earlier frames");
  private readonly later = el("button", { type: "button" }, "Later frames");
  private ends = ""; // of the flow that is drawn
  private headText = ""; // the text above its frames
  private frames: Packet[] = [];

  constructor(private readonly model: Model) {
    const show = el("button", { type: "button" }, "Show these packets");
    show.addEventListener("click", () => this.filter());
    this.root.append(this.head, this.steps, this.foot, show, " ", this.earlier, " ", this.later);
    this.root.addEventListener("click", (e) => {
      const n = (e.target as Element).closest<HTMLElement>("[data-frame]")?.dataset["frame"];
      if (n !== undefined) {
        model.select(Number(n));
      }
    });
    this.steps.addEventListener("keydown", (e) => this.key(e));
    model.on((change) => (change === "data" || change === "frame") && this.draw());
    this.draw();
  }

  /** One frame alone is on the Tab key's way, for there may be two hundred; the arrow keys go to the others. */
  private key(e: KeyboardEvent): void {
    const buttons = [...this.steps.querySelectorAll<HTMLElement>("[data-frame]")];
    const at = buttons.findIndex((b) => b === e.target);
    const to = buttons[{ ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: buttons.length - 1 }[e.key] ?? -1];
    if (at < 0 || !to || e.altKey || e.ctrlKey || e.metaKey) {
      return;
    }
    e.preventDefault();
    rove(buttons, to);
    to.focus();
  }

  /** Goes to the packets of the flow. */
  private filter(): void {
    const p = this.model.packet;
    if (p?.src !== undefined && p.dst !== undefined && p.sport !== undefined) {
      void this.model.filter(`${p.proto ?? ""} and host ${p.src} and port ${p.sport} and host ${p.dst} and port ${p.dport}`, null);
    }
    this.model.open("packets");
  }

  /** While a capture runs frames are added at the end, and what has the focus stays. */
  private draw(): void {
    const flow = flowOf(this.model);
    const part = flow ? partOf(this.model, flow) : NOTHING;
    const ends = flow ? [flow.proto, flow.client, flow.client_port, flow.server, flow.server_port].join(" ") : "";
    const head = flow ? above(this.model, flow) : [el("p", {}, nothing(this.model.packet))];
    const headText = head.map((e) => e.textContent).join();
    if (headText !== this.headText) {
      this.headText = headText;
      this.head.replaceChildren(...head);
    }
    if (ends !== this.ends || this.frames.some((p, i) => p !== part.frames[i])) {
      this.frames = [];
      this.steps.replaceChildren();
    }
    if (flow) {
      this.steps.append(...part.frames.slice(this.frames.length).map((p) => step(this.model, flow, p)));
    }
    this.steps.hidden = !flow;
    leads(this.earlier, part.before);
    leads(this.later, part.after);
    this.foot.textContent = flow ? which(part, flow.packets_sent + flow.packets_received) : "";
    const moved = ends !== this.ends || this.frames.length === 0;
    [this.ends, this.frames] = [ends, part.frames];
    mark(this.steps, this.model.packet, moved);
  }
}

/** The frames of a flow that are drawn: those around the selected one. */
interface Part {
  frames: Packet[];
  from: number; // the place of the first among all that the page has
  of: number;
  before: Packet | undefined; // the one before the first that is drawn
  after: Packet | undefined;
}

const NOTHING: Part = { frames: [], from: 0, of: 0, before: undefined, after: undefined };

/** Makes a button select a frame, or go away where there is none. */
function leads(button: HTMLButtonElement, to: Packet | undefined): void {
  button.hidden = to === undefined;
  button.dataset["frame"] = String(to?.n);
}

/** The flow of the selected frame. While a capture runs, flows change places, so there they are found by their ends: of those that used the same ports, the last that began before. */
function flowOf(model: Model): Flow | undefined {
  const { packet, data } = model;
  if (!packet) {
    return undefined;
  }
  if (!data.live) {
    return data.flows[packet.flow];
  }
  const same = data.flows.filter((f) => f.proto === packet.proto && f.first_frame <= packet.n && (sentByClient(f, packet) || sentByServer(f, packet)));
  return same.sort((f, g) => f.first_frame - g.first_frame).at(-1);
}

function sentByClient(f: Flow, p: Packet): boolean {
  return p.src === f.client && p.sport === f.client_port && p.dst === f.server && p.dport === f.server_port;
}

function sentByServer(f: Flow, p: Packet): boolean {
  return p.src === f.server && p.sport === f.server_port && p.dst === f.client && p.dport === f.client_port;
}

function nothing(p: Packet | undefined): string {
  if (!p) {
    return "No frame is selected.";
  }
  return p.sport === undefined ? `Frame ${p.n} belongs to no flow: it has no ports of its own.` : `The flow of frame ${p.n} is not in this page: the page has the flows with the most packets.`;
}

/** The flow in words, and its two ends. */
function above(model: Model, flow: Flow): HTMLElement[] {
  const why = model.data.evidence?.[flow.client_evidence]?.[flow.proto];
  const total = `${some(flow.packets_sent + flow.packets_received, "packet")}, ${some(flow.bytes_sent + flow.bytes_received, "byte")}`;
  return [
    el("p", { class: "hint" }, `${[flow.proto, flow.state, total, flow.start && flow.end ? duration(between(flow.start, flow.end)) : ""].filter((w) => w !== "").join(", ")}. Evidence for the client: ${flow.client_evidence || "none"}${why ? ` (${why})` : ""}.`),
    ...answered(model, flow),
    el(
      "div",
      { class: "ends" },
      end(model, "Client", flow.client, flow.client_port, flow.client_service, flow.client_range),
      end(model, "Server", flow.server, flow.server_port, flow.server_service, flow.server_range),
    ),
  ];
}

/** How long the other end took to answer the first packet, if the page has both; and how the bytes contradict the port. */
function answered(model: Model, flow: Flow): HTMLElement[] {
  const frames = partOf(model, flow).frames;
  const first = frames.find((p) => sentByClient(flow, p));
  const answer = frames.find((p) => first && p.n > first.n && sentByServer(flow, p));
  const out: HTMLElement[] = [];
  if (first?.n === flow.first_frame && first.t !== undefined && answer?.t !== undefined) {
    out.push(el("p", { class: "hint" }, `The first answer came after ${duration(answer.t - first.t)}: ${textOf(model.data, answer.what) || "data"}.`));
  }
  if (flow.contradiction) {
    out.push(el("p", { class: "why" }, flow.contradiction));
  }
  return out;
}

/** Says which frames of the flow are drawn, where not all are. */
function which({ frames, from, of }: Part, total: number): string {
  const there = of < total ? `${count(of)} of its ${some(total, "packet")} are in this page. ` : "";
  return of > frames.length ? `${there}Drawn: frames ${count(from + 1)} to ${count(from + frames.length)} of ${count(of)}, around the selected one.` : there;
}

function partOf(model: Model, flow: Flow): Part {
  const { packet, data } = model;
  const all = data.live ? data.packets.filter((p) => p.proto === flow.proto && (sentByClient(flow, p) || sentByServer(flow, p))) : data.packets.filter((p) => p.flow === packet?.flow);
  const at = packet ? all.findIndex((p) => p.n >= packet.n) : 0;
  const from = at < 0 ? Math.max(0, all.length - DRAWN) : at - (at % DRAWN);
  return { frames: all.slice(from, from + DRAWN), from, of: all.length, before: all[from - 1], after: all[from + DRAWN] };
}

/** One end of the flow. Its tags are facts about the number: who is client or server does not follow from them. */
function end(model: Model, who: string, address: string, port: number, service: string, range: string): HTMLElement {
  const systems = model.data.ephemeral.filter((e) => e.low <= port && port <= e.high).map((e) => e.os);
  return el(
    "div",
    { class: "end" },
    el("strong", {}, who),
    el("span", { class: "address" }, address),
    el("span", {}, "port ", el("b", { class: "port" }, named(port, service))),
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
  const data = p.payload ? some(p.payload, "byte") : "";
  const what = textOf(model.data, p.what);
  const place = p.seq ? `seq ${count(p.seq[0])}${p.seq[1] > 0 ? `, ack ${count(p.seq[1])}` : ""}` : "";
  return el(
    "li",
    {},
    el(
      "button",
      { type: "button", class: right ? "step right" : "step left", "data-frame": p.n },
      el("span", { class: "frame" }, `#${p.n}`),
      el("span", { class: "time" }, p.t === undefined ? "" : `${p.t.toFixed(6)} s`),
      el("span", { class: "unseen" }, right ? " client to server " : " server to client "),
      el("span", { class: "arrow" }, el("span", { class: "what" }, [what, data].filter((w) => w !== "").join(", ") || "no data")),
      el("span", { class: "size" }, place),
    ),
  );
}

/** Marks the selected frame, and scrolls to it where it was not marked already. */
function mark(list: HTMLElement, p: Packet | undefined, moved: boolean): void {
  const buttons = [...list.querySelectorAll<HTMLElement>("[data-frame]")];
  const focused = buttons.find((b) => b === document.activeElement);
  rove(buttons, focused ?? buttons.find((b) => Number(b.dataset["frame"]) === p?.n) ?? buttons[0]);
  for (const b of buttons) {
    const on = Number(b.dataset["frame"]) === p?.n;
    if (on && (moved || !b.classList.contains("on"))) {
      list.scrollTop = Math.max(0, b.offsetTop - list.clientHeight / 2);
    }
    b.classList.toggle("on", on);
    if (on) {
      b.setAttribute("aria-current", "true");
    } else {
      b.removeAttribute("aria-current");
    }
  }
}

function rove(buttons: HTMLElement[], to: HTMLElement | undefined): void {
  buttons.forEach((b) => (b.tabIndex = b === to ? 0 : -1));
}
