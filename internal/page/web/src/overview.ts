// What a running capture does now: rates, the busiest ports with their last minute, ports that are new, refusals, and losses if there are any.
import type { Port } from "./data";
import { byId, count, el, size, svg } from "./dom";
import type { Model } from "./select";

const MOMENTS = 60; // seconds that a sparkline has
const TOP = 10; // ports
const NEW = 12; // ports that are shown as new

/** What was counted at one moment. */
interface Moment {
  at: number; // milliseconds
  frames: number;
  bytes: number;
  ports: Map<string, number>; // packets
}

const keyOf = (p: Port): string => `${p.port}/${p.proto}`;

/** Shows a running capture in #overview. */
export function overview(model: Model): void {
  new Overview(model);
}

class Overview {
  private moments: Moment[] = []; // one a second, the newest last
  private readonly fresh: Port[] = []; // the ports that came last, the newest first
  private readonly known = new Set<string>();
  private readonly cards = el("div", { class: "cards" });
  private readonly ports = el("tbody");
  private readonly lists = el("div");

  constructor(private readonly model: Model) {
    const heads = ["Port", "Packets a second", "Last minute", "Packets", "Bytes", "Flows"];
    byId("now").append(this.cards, el("div", { class: "scroll", role: "region", tabindex: 0, "aria-label": "The busiest ports" }, el("table", {}, el("caption", {}, "The busiest ports"), el("thead", {}, el("tr", {}, ...heads.map((h, i) => el("th", { scope: "col", class: i === 0 || i === 2 ? undefined : "numeric" }, h)))), this.ports)), this.lists);
    model.on((change) => change === "data" && this.take());
    this.take();
  }

  private take(): void {
    const d = this.model.data;
    if (!d.live) {
      return;
    }
    const now = Date.now();
    const moment = { at: now, frames: d.frames, bytes: d.bytes, ports: new Map(d.ports.map((p) => [keyOf(p), p.packets])) };
    const last = this.moments.at(-1);
    if (last && now - last.at < 1000) {
      this.draw();
      return;
    }
    const first = this.moments.length === 0;
    this.moments = [...this.moments, moment].slice(-MOMENTS - 1);
    for (const p of d.ports) {
      if (!this.known.has(keyOf(p))) {
        this.known.add(keyOf(p));
        if (!first) {
          this.fresh.unshift(p);
        }
      }
    }
    this.fresh.length = Math.min(this.fresh.length, NEW);
    this.draw();
  }

  /** How many of something came in the last seconds, a second. */
  private rate(of: (m: Moment) => number): number {
    const to = this.moments.at(-1);
    const from = this.moments.at(-4) ?? this.moments[0];
    return to && from && to.at > from.at ? (1000 * (of(to) - of(from))) / (to.at - from.at) : 0;
  }

  private draw(): void {
    const d = this.model.data;
    const closed = d.services.filter((s) => s.state === "closed");
    const card = (number: string, words: string, look = ""): HTMLElement => el("div", { class: `card ${look}` }, el("b", {}, number), el("span", {}, words));
    const lost = (d.lost?.kernel ?? 0) + (d.lost?.interface ?? 0);
    this.cards.replaceChildren(
      card(count(Math.round(this.rate((m) => m.frames))), "packets a second"),
      card(`${size(Math.round(this.rate((m) => m.bytes)))}/s`, "on the wire"),
      card(count(d.frames), "packets"),
      card(count(d.flows.length + (d.hiddenFlows ?? 0)), "conversations"),
      ...(closed.length > 0 ? [card(count(closed.length), closed.length === 1 ? "port refuses" : "ports refuse")] : []),
      ...(lost > 0 ? [card(count(lost), "packets lost", "bad")] : []),
    );
    this.ports.replaceChildren(...d.ports.slice(0, TOP).map((p) => this.row(p)));
    this.lists.replaceChildren(
      ...d.scans.map((s) => el("p", { class: "why" }, s)),
      ...list("New ports", this.fresh.map((p) => `${p.port}${p.service ? `/${p.service}` : ""} ${p.proto}`)),
      ...list("Refused", closed.slice(0, NEW).map((s) => `${s.host} ${s.port}${s.service ? `/${s.service}` : ""} ${s.proto}: ${s.evidence}`)),
    );
  }

  private row(p: Port): HTMLElement {
    const packets = (m: Moment): number => m.ports.get(keyOf(p)) ?? 0;
    return el(
      "tr",
      {},
      el("th", { scope: "row", class: "port" }, `${p.port}${p.service ? `/${p.service}` : ""} ${p.proto}`),
      el("td", { class: "numeric" }, count(Math.round(this.rate(packets)))),
      el("td", {}, this.spark(this.moments.map(packets))),
      el("td", { class: "numeric" }, count(p.packets)),
      el("td", { class: "numeric" }, size(p.bytes)),
      el("td", { class: "numeric" }, count(p.flows)),
    );
  }

  /** The packets of each of the last seconds, the newest at the right. */
  private spark(sums: number[]): SVGElement {
    const steps = sums.slice(1).map((n, i) => Math.max(0, n - (sums[i] ?? 0)));
    const largest = Math.max(...steps, 1);
    return svg("svg", { class: "spark", viewBox: `0 0 ${2 * MOMENTS} 24`, width: 2 * MOMENTS, height: 24, role: "img", "aria-label": `at most ${count(largest)} packets between two seconds` }, ...steps.map((n, i) => svg("rect", { x: 2 * (MOMENTS - steps.length + i), y: 24 - (22 * n) / largest, width: 1.6, height: (22 * n) / largest })));
  }
}

function list(title: string, rows: string[]): HTMLElement[] {
  return rows.length === 0 ? [] : [el("h3", {}, title), el("ul", { class: "facts-list" }, ...rows.map((r) => el("li", {}, r)))];
}
