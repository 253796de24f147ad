// Charts: few enough and plain enough that SVG of our own is smaller than any library. Each has a title, labels in the picture and a table of its numbers.
import type { Port, Series } from "./data";
import { byId, count, el, some, svg } from "./dom";
import { onPaper, whenPaper } from "./paper";
import type { Model } from "./select";
import { portStrip } from "./strip";

const TOP = 12; // ports in a chart
const LETTER = 7.4; // pixels, in the charts' type
const NARROW = 480; // pixels
const LISTED = 500; // rows of a table
const SHEET = 700; // pixels of a sheet of paper, for its letters to be as large as those around

/** What a figure shows: a picture, and a table with the numbers in it. */
export interface Drawn {
  picture: SVGElement | undefined;
  heads: string[];
  rows: string[][];
  note?: string; // how the picture is to be read
}

/** A figure has a picture that is drawn again when its room changes, and a table. */
export class Figure {
  private readonly picture = el("div", { class: "picture" });
  private readonly table = el("div", { class: "scroll", role: "region", tabindex: 0 });
  private readonly reading = el("p", { class: "hint" });
  private readonly note = el("p", { class: "hint" });
  private width = 0;

  constructor(id: string, caption: string, private readonly draw: (width: number) => Drawn) {
    this.table.setAttribute("aria-label", `Numbers: ${caption}`);
    byId(id).append(el("figure", {}, el("figcaption", {}, caption), this.picture, this.reading, el("details", {}, el("summary", {}, "The numbers", el("span", { class: "unseen" }, `: ${caption}`)), this.table, this.note)));
    new ResizeObserver(() => !onPaper() && this.picture.clientWidth !== this.width && this.update()).observe(this.picture);
    whenPaper(() => this.update());
    this.update();
  }

  update(): void {
    this.width = onPaper() ? SHEET : this.picture.clientWidth;
    const { picture, heads, rows, note } = this.draw(Math.max(this.width, 280));
    this.picture.replaceChildren(picture ?? el("p", {}, "There is nothing to draw."));
    this.reading.textContent = note ?? "";
    this.table.replaceChildren(
      el("table", {}, el("thead", {}, el("tr", {}, ...heads.map((h) => el("th", { scope: "col" }, h)))), el("tbody", {}, ...rows.slice(0, LISTED).map((r) => el("tr", {}, ...r.map((c, i) => (i === 0 ? el("th", { scope: "row" }, c) : el("td", { class: "numeric" }, c))))))),
    );
    this.note.textContent = rows.length > LISTED ? `The first ${count(LISTED)} of ${some(rows.length, "row")}.` : "";
  }
}

/** Shows all charts in #charts. */
export function charts(model: Model): void {
  const figures = [
    new Figure("chart-packets", "Packets per service port", (w) => bars(model, w, "Packets per service port", "packets", "orange")),
    new Figure("chart-bytes", "Bytes per service port", (w) => bars(model, w, "Bytes per service port", "bytes", "sky")),
    new Figure("chart-time", "Packets over time, per service port", (w) => overTime(model.data.series, w)),
    ...portStrip(model),
  ];
  model.on((change) => change === "data" && figures.forEach((f) => f.update()));
}

/** A picture with the title that a screen reader reads. */
export function picture(width: number, height: number, title: string, ...children: SVGElement[]): SVGElement {
  return svg("svg", { role: "img", viewBox: `0 0 ${width} ${height}`, width, height }, svg("title", {}, title), ...children);
}

function name(p: { port: number; proto: string; service: string }): string {
  return p.service === "" ? `${p.port} ${p.proto}` : `${p.port}/${p.service} ${p.proto}`;
}

function bars(model: Model, width: number, title: string, key: "packets" | "bytes", color: string): Drawn {
  const ports = [...model.data.ports].sort((a, b) => b[key] - a[key]);
  const shown = ports.slice(0, TOP);
  const most = Math.max(...shown.map((p) => p[key]), 1);
  const height = 26;
  const label = labelRoom(width);
  const room = width - label - 90;
  const bar = (p: Port, i: number): SVGElement =>
    svg(
      "g",
      { transform: `translate(0 ${i * height})` },
      svg("text", { x: label - 8, y: 18, "text-anchor": "end" }, clip(name(p), label)),
      svg("rect", { x: label, y: 3, width: Math.max(2, (room * p[key]) / most), height: height - 7, class: `fill ${color}` }),
      svg("text", { x: label + Math.max(2, (room * p[key]) / most) + 6, y: 18 }, count(p[key])),
    );
  return {
    picture: shown.length > 0 ? picture(width, shown.length * height + 4, `${title}: ${shown.map((p) => `${name(p)} ${count(p[key])}`).join(", ")}`, ...shown.map(bar)) : undefined,
    heads: ["Port", key === "packets" ? "Packets" : "Bytes"],
    rows: ports.map((p) => [name(p), count(p[key])]),
    note: ports.length > TOP ? `The ${TOP} busiest of ${some(ports.length + (model.data.hiddenPorts ?? 0), "port")}.` : "",
  };
}

/** A label that fits its column; the whole name stands in the table. */
function clip(text: string, room: number): string {
  const letters = Math.floor((room - 8) / LETTER);
  return text.length > letters ? `${text.slice(0, letters - 1)}…` : text;
}

/** Pixels for the names of ports, left of the bars. */
function labelRoom(width: number): number {
  return width < NARROW ? 120 : 170;
}

/** A band for each port, all on one scale: bands need no colours to be told apart. */
function overTime(series: Series | null, width: number): Drawn {
  const rows = series?.rows ?? [];
  const steps = Math.max(0, ...rows.map((r) => r.packets.length));
  if (!series || steps === 0) {
    return { picture: undefined, heads: ["Port"], rows: [] };
  }
  const most = Math.max(1, ...rows.flatMap((r) => r.packets));
  const band = 44;
  const label = labelRoom(width);
  const room = width - label - 70;
  const x = (i: number): number => label + (room * i) / steps;
  const bands = rows.map((r, i) => {
    const y = (n: number): number => band - 6 - ((band - 10) * n) / most;
    const points = r.packets.map((n, k) => `L${x(k).toFixed(1)} ${y(n).toFixed(1)}L${x(k + 1).toFixed(1)} ${y(n).toFixed(1)}`).join("");
    return svg(
      "g",
      { transform: `translate(0 ${i * band})` },
      svg("text", { x: label - 8, y: band / 2 + 6, "text-anchor": "end" }, clip(name(r), label)),
      svg("path", { d: `M${label} ${y(0)}${points}L${x(r.packets.length).toFixed(1)} ${y(0)}Z`, class: "fill green" }),
      svg("text", { x: label + room + 6, y: band / 2 + 6, class: "soft" }, `max ${count(Math.max(...r.packets))}`),
    );
  });
  const bottom = rows.length * band;
  const step = seconds(series.seconds);
  const length = seconds(series.seconds * steps);
  return {
    picture: picture(
      width,
      bottom + 24,
      `Packets per ${step} over ${length} for ${rows.map(name).join(", ")}`,
      ...bands,
      svg("line", { x1: label, x2: label + room, y1: bottom, y2: bottom, class: "axis" }),
      svg("text", { x: label, y: bottom + 18 }, "0 s"),
      svg("text", { x: label + room, y: bottom + 18, "text-anchor": "end" }, length),
    ),
    heads: ["From second", "Port", "Packets", "Bytes"],
    rows: Array.from({ length: steps }, (_, i) => rows.flatMap((r) => (r.packets[i] ? [[number(series.seconds * i), name(r), count(r.packets[i] ?? 0), count(r.bytes[i] ?? 0)]] : []))).flat(),
    note: `A step is ${step}. All bands have one scale, up to ${some(most, "packet")}.${series.left ? ` ${some(series.left, "packet")} of other ports, or without a time, ${series.left === 1 ? "is" : "are"} in no band.` : ""}`,
  };
}

/** Three digits of a number, and all digits before the point. */
function number(n: number): string {
  return n < 1000 ? String(Number(n.toPrecision(3))) : count(Math.round(n));
}

function seconds(n: number): string {
  return `${number(n)} s`;
}

