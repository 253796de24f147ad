// What a filter may ask of a packet.
import type { Data, Packet } from "./data";
import { told } from "./data";

/** What is wrong with a filter, in words. */
export class Mistake extends Error {}

/** Words for headers, and the keys that the program has for them. */
export const PROTOCOLS: Record<string, string> = { tcp: "tcp", udp: "udp", udplite: "udplite", sctp: "sctp", dccp: "dccp", icmp: "icmp", icmp6: "icmpv6", icmpv6: "icmpv6", igmp: "igmp", arp: "arp", ip: "ip", ip4: "ip", ip6: "ipv6", ipv6: "ipv6", vlan: "vlan", esp: "esp" };

/** What plain words are looked for in, of each packet that a filter asked about. */
const texts = new WeakMap<Packet, string>();

/** Facts of packets, worked out once. */
export class Facts {
  private readonly ranges: Data["ranges"];
  private readonly portsAt = new Map<number, number[]>(); // by shape: which of its fields are ports

  constructor(private readonly data: Data) {
    this.ranges = data.ranges;
  }

  /** The ports of every transport header that is the packet's own, source and destination in turn. */
  ports(p: Packet): number[] {
    const out: number[] = [];
    for (const h of p.headers ?? []) {
      if (!h.quoted) {
        for (const i of this.at(h.s, h.shape)) {
          const value = h.f[i];
          if (value !== undefined && !h.cut?.includes(i)) {
            out.push(Number(typeof value === "string" ? value : value[0]));
          }
        }
      }
    }
    return out.length === 0 && p.sport !== undefined && p.dport !== undefined ? [p.sport, p.dport] : out;
  }

  private at(shape: number, own: Data["shapes"][number] | undefined): number[] {
    const fields = own ?? this.data.shapes[shape] ?? [];
    const find = (): number[] => fields.flatMap(([spec], i) => (this.data.specs[spec]?.port ? [i] : []));
    if (own) {
      return find();
    }
    const known = this.portsAt.get(shape) ?? find();
    this.portsAt.set(shape, known);
    return known;
  }

  names(p: Packet): string[] {
    return (p.ends ?? []).flatMap((e) => (told(this.data, e[5]) === "" ? [] : [told(this.data, e[1]).toLowerCase(), told(this.data, e[5]).toLowerCase()]));
  }

  rangesOf(p: Packet): string[] {
    return this.ports(p).map((n) => this.ranges.find((r) => r.low <= n && n <= r.high)?.name ?? "");
  }

  protocols(p: Packet): string[] {
    return (p.headers ?? []).map((h) => this.data.kinds[h.k]?.key ?? "");
  }

  text(p: Packet): string {
    let text = texts.get(p);
    if (text === undefined) {
      text = `${p.line} ${this.names(p).join(" ")} ${told(this.data, p.what)} ${p.no_ports ?? ""}`.toLowerCase();
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
      throw new Mistake(/^\d+$/.test(word) ? `${word} is no port: the largest is 65535` : `"${word}" is no port number, and no service of this capture has that name`);
    }
    return n;
  }
}
