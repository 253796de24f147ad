// What views say of a packet and its ports, put together from the program's facts.
import type { Data, Header, Packet, Pair } from "./data";
import { bytesOf, headersOf, textOf } from "./data";
import type { Model, Placed } from "./select";

/** One end of a packet with all that is known of its port. */
export interface End {
  word: "Source" | "Destination";
  address: string;
  port: number;
  range: string;
  name: string;
  role: string;
  why: string;
  systems: string;
  service: string;
}

/** Both ends of a pair of ports, or undefined where there are none. */
export function endsOf(data: Data, p: Pair): [End, End] | undefined {
  if (!p.ends || p.sport === undefined || p.dport === undefined) {
    return undefined;
  }
  const end = (word: End["word"], address: string, port: number, i: 0 | 1): End => {
    const [range, name, role, why, systems, service] = p.ends![i].map((t) => textOf(data, t)) as [string, string, string, string, string, string];
    return { word, address, port, range, name, role, why, systems, service };
  };
  return [end("Source", p.src ?? "", p.sport, 0), end("Destination", p.dst ?? "", p.dport, 1)];
}

/** What people call the service that a packet is for, "" for none. The server's end goes first. */
export function serviceOf(data: Data, p: Packet): string {
  if (!p.ends) {
    return "";
  }
  const [source, destination] = p.ends.map((e) => textOf(data, e[5])) as [string, string];
  return p.client === "dst" ? source || destination : destination || source;
}

/** Both addresses of a packet: the hosts', else the stations' on its link. */
export function addressesOf(data: Data, p: Packet): [string, string] {
  if (p.src || p.dst) {
    return [p.src ?? "", p.dst ?? ""];
  }
  const fields = headersOf(data, { ...p, headers: (p.headers ?? []).slice(0, 1) }).flatMap((h) => h.fields);
  const text = (use: string): string => fields.find((f) => f.spec.use === use)?.text ?? "";
  return [text("from"), text("to")];
}

/** The color group of a header, from what its fields are for. */
export function tint(h: Header): "link" | "net" | "transport" | "other" {
  if (h.fields.some((f) => f.spec.port)) {
    return "transport";
  }
  if (h.fields.some((f) => f.spec.use === "src")) {
    return "net";
  }
  return h.at === 0 ? "link" : "other";
}

/** The two fields with a packet's own ports, none where they are not in this frame. */
export function portFields(model: Model): Placed[] {
  return model.fields.filter((f) => f.field.spec.port && !f.header.quoted).slice(-2);
}

/** The bytes of a field in hexadecimal. */
export function hexOf(model: Model, f: Placed): string {
  const bytes = model.packet ? bytesOf(model.packet).subarray(f.first, f.last + 1) : [];
  return Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join(" ");
}

/** How the two bytes of a port make its number. */
export function sum(hex: string): string {
  const [high = 0, low = 0] = hex.split(" ").map((h) => parseInt(h, 16));
  return `${hex} = ${high} × 256 + ${low} = ${high * 256 + low}`;
}

/** The frame that answers a packet: the next one of its flow that goes the other way. */
export function replyTo(model: Model, p: Packet): Packet | undefined {
  if (p.sport === undefined || p.quoted) {
    return undefined;
  }
  const { packets } = model.data;
  const from = packets.indexOf(p) + 1;
  for (let i = from; i < packets.length; i++) {
    const q = packets[i];
    if (q && q.proto === p.proto && q.sport === p.dport && q.dport === p.sport && q.src === p.dst && q.dst === p.src) {
      return q;
    }
  }
  return undefined;
}

/** What a packet does, in a few words for a list. */
export function whatOf(data: Data, p: Packet): string {
  return textOf(data, p.what);
}

/** A range without its bounds: "dynamic (private)". */
export const rangeWord = (range: string): string => range.split(",")[0] ?? "";

/** The first letter in upper case. */
export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
