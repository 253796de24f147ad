// Packets or bytes over time, stacked by service port. A brush over it filters the whole page by time.
import uPlot from "uplot";
import type { Data, Series } from "./data";
import { byId, count, el, size } from "./dom";
import { onPaper, whenPaper } from "./paper";
import { Numbers } from "./numbers";
import { save, saver } from "./save";
import type { Model } from "./select";

const SHOWN = 8; // ports with a layer of their own
const HEIGHT = 320; // pixels
const SHEET = 700;

type Unit = "packets" | "bytes";

/** A layer of the picture: a port, or all others together. */
interface Layer {
  name: string;
  counts: number[];
}

/** Shows the timeline in #chart-time. */
export function timeline(model: Model): void {
  new Timeline(model);
}

class Timeline {
  private unit: Unit = "packets";
  private log = false;
  private plot: uPlot | undefined;
  private width = 0;
  private readonly place = el("div", { class: "plot" });
  private readonly tip = el("p", { class: "tip hint", "aria-live": "off" });
  private readonly legend = el("p", { class: "legend" });
  private readonly clear = el("button", { type: "button" }, "All times");
  private readonly numbers = new Numbers("Packets over time");

  constructor(private readonly model: Model) {
    const bytes = toggle("Bytes instead of packets", (on) => ((this.unit = on ? "bytes" : "packets"), this.draw()));
    const log = toggle("Logarithmic", (on) => ((this.log = on), this.draw()));
    this.clear.addEventListener("click", () => void model.filter(model.query.text, null));
    byId("chart-time").append(el("figure", {}, el("figcaption", {}, "Traffic over time, by service port"), el("p", { class: "controls" }, bytes, log, this.clear, saver("Save as PNG", () => this.save())), this.place, this.tip, this.legend, this.numbers.root));
    new ResizeObserver(() => this.place.clientWidth !== this.width && this.draw()).observe(this.place);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
    byId("theme").addEventListener("click", () => this.draw());
    whenPaper(() => this.draw());
    model.on((change) => {
      if (change === "data") {
        this.count();
      }
      if (change === "data" || change === "filter" || change === "view") {
        this.draw();
      }
    });
    this.count();
    this.draw();
  }

  private count(): void {
    this.numbers.fill(["From second", "Port", "Packets", "Bytes"], rows(this.model.data.series));
  }

  private draw(): void {
    const { series } = this.model.data;
    this.width = onPaper() ? SHEET : this.place.clientWidth;
    this.clear.hidden = !this.model.span;
    if (this.width === 0) {
      return; // another part of the page is in sight
    }
    this.plot?.destroy();
    this.plot = undefined;
    if (!series || series.packets.length === 0) {
      this.place.replaceChildren(el("p", {}, "No packet has a time."));
      return;
    }
    const layers = stack(series, this.unit);
    this.place.replaceChildren();
    this.place.setAttribute("role", "img");
    this.place.setAttribute("aria-label", `${this.unit} over ${series.packets.length} spans of ${series.seconds} s: ${layers.map((l) => l.name).join(", ")}`);
    this.plot = new uPlot(options(this, layers, this.unit, this.log, this.width), columns(series, layers, this.log), this.place);
    this.legend.replaceChildren(...layers.map((l, i) => el("span", {}, swatch(i, layers.length), l.name)));
    this.show();
    this.showReading(undefined);
  }

  /** Marks the span that the page is filtered to. */
  private show(): void {
    const { plot } = this;
    const { span, data } = this.model;
    if (plot && span) {
      const from = base(data);
      const [left, right] = span.map((t) => plot.valToPos(from + t, "x")) as [number, number];
      plot.setSelect({ left, width: Math.max(right - left, 2), top: 0, height: plot.over.clientHeight }, false);
    }
  }

  /** Filters the page to what was brushed. */
  brush(from: number, to: number): void {
    const start = base(this.model.data);
    void this.model.filter(this.model.query.text, [from - start, to - start]);
  }

  private save(): void {
    this.place.querySelector("canvas")?.toBlob((image) => image && save("timeline.png", "image/png", image));
  }

  /** Says what is under the pointer. */
  showReading(i: number | undefined): void {
    const { series } = this.model.data;
    if (i === undefined || !series) {
      this.tip.textContent = "Drag over the picture to filter all of the page by time.";
      return;
    }
    const all = series[this.unit][i] ?? 0;
    const parts = series.rows.flatMap((r) => ((r[this.unit][i] ?? 0) > 0 ? [`${label(r)} ${text(r[this.unit][i] ?? 0, this.unit)}`] : []));
    this.tip.textContent = `${clock(wall(series.start) + i * series.seconds, series.seconds)}: ${text(all, this.unit)}${this.unit === "packets" ? (all === 1 ? " packet" : " packets") : ""}${parts.length > 0 ? ` (${parts.join(", ")})` : ""}`;
  }
}

const label = (r: { port: number; proto: string; service: string }): string => (r.service === "" ? `${r.port} ${r.proto}` : `${r.port}/${r.service} ${r.proto}`);
const text = (n: number, unit: Unit): string => (unit === "bytes" ? size(n) : count(n));

function toggle(words: string, set: (on: boolean) => void): HTMLElement {
  const box = el("input", { type: "checkbox" });
  box.addEventListener("change", () => set(box.checked));
  return el("label", { class: "check" }, box, words);
}

/** Seconds since 1970 as a clock of the page's zone would count them. */
function wall(time: string): number {
  const [, sign = "+", hours = "0", minutes = "0"] = /([+-])(\d\d):(\d\d)$/.exec(time) ?? [];
  return Date.parse(time) / 1000 + (sign === "-" ? -60 : 60) * (60 * Number(hours) + Number(minutes));
}

/** A time of a clock, as exactly as steps of so many seconds need. */
function clock(seconds: number, step: number): string {
  const iso = new Date(1000 * seconds).toISOString();
  return step < 1 ? iso.slice(11, 23) : step < 60 ? iso.slice(11, 19) : step < 86_400 ? iso.slice(11, 16) : iso.slice(0, 10);
}

/** The time of the clock from which packets count theirs. */
function base(data: Data): number {
  const first = data.packets.find((p) => p.time !== undefined);
  return first?.time === undefined ? 0 : wall(first.time) - (first.t ?? 0);
}

/** The busiest ports, and all that is in none of them. */
function stack(series: Series, unit: Unit): Layer[] {
  const ports = series.rows.slice(0, SHOWN).map((r) => ({ name: label(r), counts: r[unit] }));
  const others = series[unit].map((n, i) => Math.max(0, n - ports.reduce((sum, p) => sum + (p.counts[i] ?? 0), 0)));
  return others.some((n) => n > 0) ? [...ports, { name: "all others", counts: others }] : ports;
}

/** The columns that uPlot draws: each layer with all below it, the highest first. */
function columns(series: Series, layers: Layer[], log: boolean): uPlot.AlignedData {
  const start = wall(series.start);
  const x = series.packets.map((_, i) => start + i * series.seconds);
  let below: number[] = x.map(() => 0);
  const sums = layers.map((l) => (below = below.map((n, i) => n + (l.counts[i] ?? 0))));
  return [x, ...sums.reverse().map((s) => s.map((n) => (log && n === 0 ? null : n)))] as uPlot.AlignedData;
}

function options(view: Timeline, layers: Layer[], unit: Unit, log: boolean, width: number): uPlot.Options {
  const ink = color("--soft");
  const axis = { stroke: ink, grid: { stroke: color("--thin"), width: 1 }, ticks: { stroke: color("--thin"), width: 1 }, font: "12px system-ui, sans-serif" };
  const bars = uPlot.paths.bars!({ size: [1, Infinity], align: 1, gap: 0 });
  return {
    width,
    height: HEIGHT,
    legend: { show: false },
    tzDate: (ts) => uPlot.tzDate(new Date(1000 * ts), "Etc/UTC"),
    cursor: { drag: { x: true, y: false }, points: { show: false } },
    scales: { x: { time: true }, y: log ? { distr: 3, log: 10 } : { range: (_, __, max) => [0, Math.max(max, 1)] } },
    axes: [{ ...axis, values: (_, all, __, ___, step) => all.map((t) => clock(t, step)), space: 90 }, { ...axis, size: 64, values: (_, all) => all.map((n) => (n == null ? "" : text(n, unit))) }],
    series: [{}, ...layers.map((_, i) => ({ paths: bars, fill: color(tone(layers.length - 1 - i, layers.length)), stroke: color("--panel"), width: 0, points: { show: false } }))],
    hooks: {
      setCursor: [(u) => view.showReading(u.cursor.idx ?? undefined)],
      setSelect: [(u) => u.select.width > 2 && view.brush(u.posToVal(u.select.left, "x"), u.posToVal(u.select.left + u.select.width, "x"))],
    },
  };
}

/** The color of a layer; the last of several is what has no layer of its own. */
function tone(i: number, of: number): string {
  return i === of - 1 && of > SHOWN ? "--line" : `--layer${i % SHOWN}`;
}

function swatch(i: number, of: number): HTMLElement {
  const box = el("i", { "aria-hidden": "true" });
  box.style.background = `var(${tone(i, of)})`;
  return box;
}

/** A color of the style sheet as the canvas takes it. */
function color(name: string): string {
  const probe = document.body.appendChild(el("i"));
  probe.style.color = `var(${name})`;
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

function rows(series: Series | null): string[][] {
  return (series?.packets ?? []).flatMap((_, i) =>
    (series?.rows ?? []).flatMap((r) => (r.packets[i] ? [[((series?.seconds ?? 0) * i).toPrecision(3), label(r), count(r.packets[i] ?? 0), count(r.bytes[i] ?? 0)]] : [])),
  );
}
