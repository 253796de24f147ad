// All port numbers on a line as a histogram: servers' ports above, clients' below, as high as the logarithm of their packets. Below it are IANA's ranges and
// what operating systems hand to clients.
import { named } from "./data";
import { count, svg } from "./dom";
import type { Drawn } from "./charts";
import { Figure, picture } from "./charts";
import type { Model } from "./select";

const LAST = 65535;
const LETTER = 7.4; // pixels, in the charts' type
const SIDE = 14; // pixels left and right, for the labels at the ends
const BAR = 6; // pixels at least that a bin is wide
const TALL = 64; // pixels of the highest bar
const LABELS = 40; // pixels above the bars for names

interface Mark {
  port: number;
  service: string;
  client: boolean;
  packets: number;
}

/** Two strips: all numbers, and the lowest range, which would be a sliver of the first. */
export function portStrip(model: Model): Figure[] {
  return [
    new Figure("chart-strip", "All port numbers: servers' above, clients' below", (w) => strip(model, w, 0, LAST)),
    new Figure("chart-system", "The first range magnified", (w) => {
      const first = model.data.ranges[0];
      return strip(model, w, first?.low ?? 0, first?.high ?? 1023);
    }),
  ];
}

/** The ports of the capture's flows, each once for each role. */
function marks(model: Model, low: number, high: number): Mark[] {
  const found = new Map<string, Mark>();
  const add = (port: number, service: string, client: boolean, packets: number): void => {
    const key = `${client}${port}`;
    found.set(key, { port, service, client, packets: packets + (found.get(key)?.packets ?? 0) });
  };
  for (const f of model.data.flows) {
    const packets = f.packets_sent + f.packets_received;
    add(f.client_port, f.client_service, true, packets);
    add(f.server_port, f.server_service, false, packets);
  }
  return [...found.values()].filter((m) => low <= m.port && m.port <= high).sort((a, b) => a.port - b.port);
}

function strip(model: Model, width: number, low: number, high: number): Drawn {
  const space = width - 2 * SIDE;
  const x = (port: number): number => SIDE + (space * (port - low)) / (high - low + 1);
  const all = marks(model, low, high);
  const bins = Math.max(1, Math.min(Math.floor(space / BAR), high - low + 1));
  const largest = Math.max(...[true, false].flatMap((client) => [...binned(all.filter((m) => m.client === client), bins, low, high).values()]), 1);
  const ranges = model.data.ranges.filter((r) => r.low <= high && r.high >= low);
  const brackets = model.data.ephemeral.filter((e) => e.low <= high && e.high >= low);
  const middle = LABELS + TALL;
  const under = middle + 20 + TALL + 20;
  return {
    picture: picture(
      width,
      under + brackets.length * 20 + 6,
      `Ports ${low} to ${high}: ${ranges.map((r) => `${r.name} ${r.low} to ${r.high}`).join(", ")}; given to clients by ${brackets.map((b) => `${b.os} ${b.low} to ${b.high}`).join(", ") || "no system"}; ${all.length} ports of the capture, the highest bar with ${largest} packets`,
      ...ranges.map((r, i) => range(r, i, x, middle, Math.max(r.low, low), Math.min(r.high, high))),
      ...bars(all.filter((m) => !m.client), bins, low, high, x, largest, (tall) => middle - tall, "server-bar"),
      ...bars(all.filter((m) => m.client), bins, low, high, x, largest, () => middle + 20, "client-bar"),
      ...labels(all.filter((m) => !m.client), x, width),
      ...[low, high].map((n) => svg("text", { x: x(n), y: middle + 20 + TALL + 12, "text-anchor": n === low ? "start" : "end", class: "soft" }, String(n))),
      ...brackets.map((b, i) => bracket(b, x, under + i * 20, Math.max(b.low, low), Math.min(b.high, high), width)),
    ),
    heads: ["Port", "Role", "Range", "Packets"],
    rows: all.map((m) => [named(m.port, m.service), m.client ? "client" : "server", model.data.ranges.find((r) => r.low <= m.port && m.port <= r.high)?.name ?? "", count(m.packets)]),
    note: `The height of a bar is the logarithm of its packets; the highest has ${count(largest)}.`,
  };
}

/** The packets of the ports in each bin. */
function binned(list: Mark[], bins: number, low: number, high: number): Map<number, number> {
  const sums = new Map<number, number>();
  for (const m of list) {
    const bin = Math.floor(((m.port - low) / (high - low + 1)) * bins);
    sums.set(bin, (sums.get(bin) ?? 0) + m.packets);
  }
  return sums;
}

/** A bar for each bin that has a port. */
function bars(list: Mark[], bins: number, low: number, high: number, x: (port: number) => number, largest: number, y: (tall: number) => number, look: string): SVGElement[] {
  const step = (high - low + 1) / bins;
  const full = Math.log1p(largest);
  return [...binned(list, bins, low, high)].map(([bin, packets]) => {
    const tall = Math.max(3, (TALL * Math.log1p(packets)) / full);
    const left = x(low + bin * step);
    return svg("rect", { x: left, y: y(tall), width: Math.max(3, x(low + (bin + 1) * step) - left - 1), height: tall, class: look }, svg("title", {}, `${Math.ceil(low + bin * step)} to ${Math.ceil(low + (bin + 1) * step) - 1}: ${count(packets)} packets`));
  });
}

/** A range as a band between both directions; with its name where that fits. */
function range(r: { name: string; low: number; high: number }, i: number, x: (port: number) => number, y: number, low: number, high: number): SVGElement {
  const left = x(low);
  const width = x(high + 1) - left;
  const words = [`${r.name} ${r.low}–${r.high}`, r.name].find((w) => w.length * LETTER < width);
  return svg("g", {}, svg("rect", { x: left, y, width, height: 20, class: `fill range${i % 3}` }), words && svg("text", { x: left + width / 2, y: y + 14, "text-anchor": "middle", class: "on" }, words));
}

/** Names of servers' ports, the busiest first, as many as fit above the bars. */
function labels(servers: Mark[], x: (port: number) => number, width: number): SVGElement[] {
  const taken: [row: number, from: number, to: number][] = [];
  const out: SVGElement[] = [];
  for (const m of [...servers].sort((a, b) => b.packets - a.packets)) {
    const text = named(m.port, m.service);
    const length = text.length * LETTER;
    const from = Math.min(Math.max(0, x(m.port) - 4), width - length);
    const row = [2, 1, 0].find((r) => !taken.some(([at, a, b]) => at === r && from < b + 8 && a - 8 < from + length));
    if (row !== undefined) {
      taken.push([row, from, from + length]);
      out.push(svg("text", { x: from, y: 11 + row * 13, class: "port-label" }, text));
    }
  }
  return out;
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
