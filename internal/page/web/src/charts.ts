// Charts: few enough and plain enough that SVG of our own is smaller than any library. Each has a title, labels in the picture and a table of its numbers.
import type { Port } from "./data";
import { byId, count, el, some, svg } from "./dom";
import { Numbers } from "./numbers";
import { save, saver, standalone } from "./save";
import { onPaper, whenPaper } from "./paper";
import type { Model } from "./select";
import { portStrip } from "./strip";

const TOP = 12; // ports in a chart
const LETTER = 7.4; // pixels, in the charts' type
const NARROW = 480; // pixels
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
  private readonly reading = el("p", { class: "hint" });
  private readonly numbers: Numbers;
  private width = 0;

  constructor(id: string, caption: string, private readonly draw: (width: number) => Drawn, ...controls: HTMLElement[]) {
    this.numbers = new Numbers(caption);
    byId(id).append(el("figure", {}, el("figcaption", {}, caption), ...controls, this.picture, this.reading, saver("Save as SVG", () => this.save(caption)), this.numbers.root));
    new ResizeObserver(() => !onPaper() && this.picture.clientWidth !== this.width && this.update()).observe(this.picture);
    whenPaper(() => this.update());
    this.update();
  }

  private save(caption: string): void {
    const picture = this.picture.querySelector("svg");
    if (picture) {
      save(`${caption.toLowerCase().replace(/[^a-z]+/g, "-")}.svg`, "image/svg+xml", standalone(picture));
    }
  }

  update(): void {
    this.width = onPaper() ? SHEET : this.picture.clientWidth;
    const { picture, heads, rows, note } = this.draw(Math.max(this.width, 280));
    this.picture.replaceChildren(picture ?? el("p", {}, "There is nothing to draw."));
    this.reading.textContent = note ?? "";
    this.numbers.fill(heads, rows);
  }
}

/** Shows the charts of ports. */
export function charts(model: Model): void {
  let unit: "packets" | "bytes" = "packets";
  const box = el("input", { type: "checkbox" });
  const busiest = new Figure("chart-ports", "The busiest ports", (w) => bars(model, w, unit), el("label", { class: "check" }, box, "Bytes instead of packets"));
  box.addEventListener("change", () => ((unit = box.checked ? "bytes" : "packets"), busiest.update()));
  const figures = [busiest, ...portStrip(model)];
  model.on((change) => change === "data" && figures.forEach((f) => f.update()));
}

/** A picture with the title that a screen reader reads. */
export function picture(width: number, height: number, title: string, ...children: SVGElement[]): SVGElement {
  return svg("svg", { role: "img", viewBox: `0 0 ${width} ${height}`, width, height }, svg("title", {}, title), ...children);
}

function name(p: { port: number; proto: string; service: string }): string {
  return p.service === "" ? `${p.port} ${p.proto}` : `${p.port}/${p.service} ${p.proto}`;
}

function bars(model: Model, width: number, key: "packets" | "bytes"): Drawn {
  const title = key === "packets" ? "Packets per service port" : "Bytes per service port";
  const ports = [...model.data.ports].sort((a, b) => b[key] - a[key]);
  const shown = ports.slice(0, TOP);
  const largest = Math.max(...shown.map((p) => p[key]), 1);
  const height = 26;
  const label = labelRoom(width);
  const space = width - label - 90;
  const bar = (p: Port, i: number): SVGElement =>
    svg(
      "g",
      { transform: `translate(0 ${i * height})` },
      svg("text", { x: label - 8, y: 18, "text-anchor": "end" }, clip(name(p), label)),
      svg("rect", { x: label, y: 3, width: Math.max(2, (space * p[key]) / largest), height: height - 7, class: "fill" }),
      svg("text", { x: label + Math.max(2, (space * p[key]) / largest) + 6, y: 18 }, count(p[key])),
    );
  return {
    picture: shown.length > 0 ? picture(width, shown.length * height + 4, `${title}: ${shown.map((p) => `${name(p)} ${count(p[key])}`).join(", ")}`, ...shown.map(bar)) : undefined,
    heads: ["Port", key === "packets" ? "Packets" : "Bytes"],
    rows: ports.map((p) => [name(p), count(p[key])]),
    note: ports.length > TOP ? `The ${TOP} busiest of ${some(ports.length + (model.data.hiddenPorts ?? 0), "port")}.` : "",
  };
}

/** A label that fits its column; the table has the whole name. */
function clip(text: string, space: number): string {
  const letters = Math.floor((space - 8) / LETTER);
  return text.length > letters ? `${text.slice(0, letters - 1)}…` : text;
}

/** Pixels for the names of ports, left of the bars. */
function labelRoom(width: number): number {
  return width < NARROW ? 120 : 170;
}
