// What a filter may ask of a packet.
import type { Data, Packet, RawHeader } from "./data";
import { textOf } from "./data";

/** What is wrong with a filter, in words. */
export class Mistake extends Error {}

/** Words for headers, and the keys that the program has for them. */
export const PROTOCOLS: Record<string, string> = { tcp: "tcp", udp: "udp", udplite: "udplite", sctp: "sctp", dccp: "dccp", icmp: "icmp", icmp6: "icmpv6", icmpv6: "icmpv6", igmp: "igmp", arp: "arp", ip: "ip", ip4: "ip", ip6: "ipv6", ipv6: "ipv6", vlan: "vlan", esp: "esp" };

/** What plain words are looked for in, of each packet that a filter asked about. */
const texts = new WeakMap<Packet, string>();

/** Facts of packets, worked out once. */
export class Facts {
  private readonly ranges: Data["ranges"];
  private readonly places = new Map<string, number[]>(); // by use and shape: which fields have it

  constructor(private readonly data: Data) {
    this.ranges = data.ranges;
  }

  /** The ports of every transport header that is the packet's own, source and destination in turn. */
  ports(p: Packet): number[] {
    const out = this.fields(p, "port").map(Number);
    return out.length === 0 && p.sport !== undefined && p.dport !== undefined ? [p.sport, p.dport] : out;
  }

  /** The addresses that every header of the packet's own is from or to. */
  hosts(p: Packet, way: "src" | "dst"): (string | undefined)[] {
    return [...this.fields(p, way), p[way]];
  }

  /** The texts of the packet's own fields of one use that are not cut off. */
  private fields(p: Packet, use: "port" | "src" | "dst"): string[] {
    const out: string[] = [];
    for (const h of p.headers ?? []) {
      if (!h.quoted) {
        for (const i of this.at(use, h)) {
          const value = h.f[i];
          if (value !== undefined && !h.cut?.includes(i)) {
            out.push(typeof value === "string" ? value : value[0]);
          }
        }
      }
    }
    return out;
  }

  private at(use: "port" | "src" | "dst", h: RawHeader): number[] {
    const key = `${use}${h.s}`;
    let found = h.shape ? undefined : this.places.get(key);
    if (!found) {
      const has = (spec: number): boolean => (use === "port" ? this.data.specs[spec]?.port === true : this.data.specs[spec]?.use === use);
      found = (h.shape ?? this.data.shapes[h.s] ?? []).flatMap(([spec], i) => (has(spec) ? [i] : []));
      if (!h.shape) {
        this.places.set(key, found);
      }
    }
    return found;
  }

  names(p: Packet): string[] {
    return (p.ends ?? []).flatMap((e) => (textOf(this.data, e[5]) === "" ? [] : [textOf(this.data, e[1]).toLowerCase(), textOf(this.data, e[5]).toLowerCase()]));
  }

  rangesOf(p: Packet): string[] {
    return this.ports(p).map((n) => this.ranges.find((r) => r.low <= n && n <= r.high)?.name ?? "");
  }

  /** The packet's own headers, and the one that is in another fragment. */
  protocols(p: Packet): string[] {
    return [...(p.headers ?? []).flatMap((h) => (h.quoted ? [] : [this.data.kinds[h.k]?.key ?? ""])), p.proto ?? ""];
  }

  text(p: Packet): string {
    let text = texts.get(p);
    if (text === undefined) {
      text = `${p.line} ${this.names(p).join(" ")} ${textOf(this.data, p.what)} ${p.no_ports ?? ""} ${p.process ?? ""}`.toLowerCase();
      texts.set(p, text);
    }
    return text;
  }

  /** The values of a fact, undefined where there is no fact of that name. */
  values(name: string): ((p: Packet) => (number | string)[]) | undefined {
    const of = (n: number | undefined): number[] => (n === undefined ? [] : [n]);
    const every = (i: number) => (p: Packet) => this.ports(p).filter((_, k) => k % 2 === i);
    return {
      port: (p: Packet) => this.ports(p),
      "src.port": every(0),
      "dst.port": every(1),
      "client.port": (p: Packet) => of(p.client === "src" ? p.sport : p.client === "dst" ? p.dport : undefined),
      "server.port": (p: Packet) => of(p.client === "src" ? p.dport : p.client === "dst" ? p.sport : undefined),
      service: (p: Packet) => this.names(p),
      range: (p: Packet) => this.rangesOf(p),
      proto: (p: Packet) => this.protocols(p),
      no_ports: (p: Packet) => [p.no_ports ?? ""],
      len: (p: Packet) => [p.len],
      captured: (p: Packet) => [p.caplen],
      frame: (p: Packet) => [p.n],
    }[name];
  }

  /** The port of a number or of a service's name. */
  port(word: string): number {
    const n = /^\d+$/.test(word) ? Number(word) : this.data.ports.find((p) => p.service.toLowerCase() === word.toLowerCase())?.port;
    if (n === undefined || n > 65535) {
      throw new Mistake(/^\d+$/.test(word) ? `${word} is not a port: the largest is 65535` : `"${word}" is neither a port number nor a service of this capture`);
    }
    return n;
  }
}
