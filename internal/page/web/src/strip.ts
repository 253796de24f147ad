// All port numbers on a line: IANA's three ranges, what operating systems hand to clients, and the ports that the capture has.
import { named } from "./data";
import { svg } from "./dom";
import type { Drawn } from "./charts";
import { Figure, picture } from "./charts";
import type { Model } from "./select";

const LAST = 65535;
const LETTER = 7.4; // pixels, in the charts' type
const SIDE = 14; // pixels left and right, for the labels at the ends

interface Mark {
  port: number;
  service: string;
  client: boolean;
}

/** Two strips: all numbers, and the lowest range, which would be a sliver of the first. */
export function portStrip(model: Model): Figure[] {
  return [
    new Figure("chart-strip", "All port numbers, 0 to 65535: servers' ports above, clients' below, and under them what operating systems hand to clients", (w) => strip(model, w, 0, LAST)),
    new Figure("chart-system", "The first range by itself", (w) => {
      const first = model.data.ranges[0];
      return strip(model, w, first?.low ?? 0, first?.high ?? 1023);
    }),
  ];
}

function marks(model: Model, low: number, high: number): Mark[] {
  const found = new Map<string, Mark>();
  for (const f of model.data.flows) {
    found.set(`c${f.client_port}`, { port: f.client_port, service: f.client_service, client: true });
    found.set(`s${f.server_port}`, { port: f.server_port, service: f.server_service, client: false });
  }
  return [...found.values()].filter((m) => low <= m.port && m.port <= high).sort((a, b) => a.port - b.port);
}

function strip(model: Model, width: number, low: number, high: number): Drawn {
  const x = (port: number): number => SIDE + ((width - 2 * SIDE) * (port - low)) / (high - low + 1);
  const all = marks(model, low, high);
  const { elements: labels, height: top } = serverMarks(all.filter((m) => !m.client), x, width);
  const band = top + 4;
  const ranges = model.data.ranges.filter((r) => r.low <= high && r.high >= low);
  const brackets = model.data.ephemeral.filter((e) => e.low <= high && e.high >= low);
  const under = band + 62;
  return {
    picture: picture(
      width,
      under + brackets.length * 20 + 6,
      `Ports ${low} to ${high}: ${ranges.map((r) => `${r.name} ${r.low} to ${r.high}`).join(", ")}; handed to clients by ${brackets.map((b) => `${b.os} ${b.low} to ${b.high}`).join(", ") || "nobody"}; ${all.length} ports of the capture are marked`,
      ...ranges.map((r, i) => range(r, i, x, band, Math.max(r.low, low), Math.min(r.high, high))),
      ...labels,
      ...all.filter((m) => m.client).map((m) => svg("line", { x1: x(m.port), x2: x(m.port), y1: band + 32, y2: band + 44, class: "client" })),
      ...[low, high].map((n) => svg("text", { x: x(n), y: band + 57, "text-anchor": n === low ? "start" : "end", class: "soft" }, String(n))),
      ...brackets.map((b, i) => bracket(b, x, under + i * 20, Math.max(b.low, low), Math.min(b.high, high), width)),
    ),
    heads: ["Port", "Role", "Range"],
    rows: all.map((m) => [named(m.port, m.service), m.client ? "client" : "server", model.data.ranges.find((r) => r.low <= m.port && m.port <= r.high)?.name ?? ""]),
  };
}

/** A range as a band; the pattern differs as well as the colour, and the name stands in it where there is room. */
function range(r: { name: string; low: number; high: number }, i: number, x: (port: number) => number, y: number, low: number, high: number): SVGElement {
  const left = x(low);
  const width = x(high + 1) - left;
  const words = [`${r.name} ${r.low}–${r.high}`, r.name].find((w) => w.length * LETTER < width);
  return svg(
    "g",
    {},
    svg("rect", { x: left, y, width, height: 32, class: `fill range${i % 3}` }),
    words && svg("text", { x: left + width / 2, y: y + 20, "text-anchor": "middle", class: "on" }, words),
  );
}

/** Marks of the servers' ports with as many labels as fit in three rows, the lowest ports first. */
function serverMarks(servers: Mark[], x: (port: number) => number, width: number): { elements: SVGElement[]; height: number } {
  const rows = [-Infinity, -Infinity, -Infinity];
  const height = rows.length * 16 + 8;
  const lines: SVGElement[] = [];
  const labels: SVGElement[] = [];
  for (const m of servers) {
    const text = named(m.port, m.service);
    const at = x(m.port);
    const length = text.length * LETTER;
    const left = Math.min(at + 4, width - length);
    const row = rows.findIndex((end) => end < left);
    if (row >= 0) {
      rows[row] = left + length + 8;
      labels.push(svg("text", { x: left, y: 12 + row * 16, class: "port-label" }, text));
    }
    lines.push(svg("line", { x1: at, x2: at, y1: row >= 0 ? 15 + row * 16 : height - 8, y2: height + 4, class: "server" }));
  }
  return { elements: [...lines, ...labels], height };
}

/** What an operating system hands out, as a bracket with its name. */
function bracket(e: { os: string; low: number; high: number }, x: (port: number) => number, y: number, low: number, high: number, width: number): SVGElement {
  const left = x(low);
  const right = x(high + 1);
  const text = `${e.os} ${e.low}–${e.high}`;
  const before = left > text.length * LETTER + 10;
  return svg(
    "g",
    {},
    svg("path", { d: `M${left} ${y + 3}v8H${right}v-8`, class: "bracket" }),
    svg("text", before ? { class: "port-label", x: left - 6, y: y + 13, "text-anchor": "end" } : { class: "port-label", x: Math.min(left + 4, width - text.length * LETTER), y: y + 7 }, text),
  );
}
