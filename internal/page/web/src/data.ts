// What the program puts into the page: schema portsniff.page/1. Numbers, names and sentences all come from there; the page knows no header.

/** Text, or the index of one that occurs often in Data.texts. */
export type TextRef = string | number;

/** Where a field is: index of its Spec, bit offset in its header, width in bits. */
export type Shape = [spec: number, bit: number, width: number];

/** A header as the data has it: Data.shapes has what headers of one kind share. */
export interface RawHeader {
  k: number; // index into kinds
  at: number; // byte of the frame
  len: number;
  level: number;
  quoted?: boolean; // inside an ICMP error: somebody else's header
  via?: number;
  checksum?: string;
  why?: string; // why a checksum is not known
  s: number; // index into shapes, or -1 where shape has it
  shape?: Shape[];
  f: (string | [text: string, meaning: TextRef])[];
  cut?: number[]; // indices in f of the fields that the capture ends in
}

/** A field in full, as views draw it. */
export interface Field {
  spec: Spec;
  bit: number; // in the frame
  width: number;
  text: string;
  meaning: string;
  cut: boolean;
}

/** A header in full. */
export interface Header {
  kind: Kind;
  at: number;
  len: number;
  level: number;
  quoted: boolean;
  checksum: string;
  fields: Field[];
}

/** What is known of one port; "" where nothing is. */
export type RawFacts = [range: TextRef, name: TextRef, role: TextRef, why: TextRef, systems: TextRef, service: TextRef];

/** Both ports of a transport header, with where they come from and go to. */
export interface Pair {
  proto?: string;
  src?: string;
  dst?: string;
  sport?: number; // absent is "no port", which is not the same as port 0
  dport?: number;
  ends?: [source: RawFacts, destination: RawFacts];
}

/** A packet; members without a value are absent. */
export interface Packet extends Pair {
  n: number;
  t?: number; // seconds since the first frame
  time?: string; // RFC 3339, in the page's zone
  len: number;
  caplen: number;
  bytes: string; // base64, the first 512 at most
  link: string;
  iface?: string;
  process?: string; // of this host, at the sender's end, the receiver's, or both
  line: string;
  flow: number;
  what?: TextRef; // what it does, in a few words
  seq?: [sequence: number, acknowledgment: number]; // counted from the first that was captured of each end
  payload?: number; // bytes after the transport header
  start?: TextRef; // of the header with the ports
  quoted?: Pair[]; // by an ICMP error
  notes?: TextRef[];
  no_ports?: string;
  why?: string;
  stop?: string;
  comments?: string[];
  client?: "src" | "dst";
  evidence?: string;
  more?: number; // headers that the page was not given
  headers?: RawHeader[];
}

export interface Spec {
  key: string;
  name: string;
  rfc: string;
  doc: string;
  port: boolean;
  use?: "next" | "src" | "dst" | "from" | "to" | "flag";
}

export interface Kind {
  key: string;
  name: string;
  rfc: string;
  label: string;
}

export interface Port {
  port: number;
  proto: string;
  service: string;
  description: string;
  range: string;
  flows: number;
  clients: number;
  servers: number;
  packets: number;
  bytes: number;
  packets_to: number;
  bytes_to: number;
  packets_from: number;
  bytes_from: number;
  share: number;
}

export interface Flow {
  proto: string;
  client: string;
  client_port: number;
  client_range: string;
  client_service: string;
  server: string;
  server_port: number;
  server_range: string;
  server_service: string;
  client_evidence: string;
  state: string;
  packets_sent: number;
  bytes_sent: number;
  packets_received: number;
  bytes_received: number;
  first_frame: number;
  start: string | null;
  end: string | null;
  client_payload: string;
  server_payload: string;
  contradiction?: string;
  rtt_ns?: number | null; // of the handshake
  retransmissions?: number | null;
  resets?: number | null;
  client_process?: { pid: number; name: string; confidence?: string };
  server_process?: { pid: number; name: string; confidence?: string };
}

/** What a host sent and received. */
export interface Host {
  host: string;
  flows: number;
  peers: number;
  packets: number;
  bytes: number;
  packets_sent: number;
  packets_received: number;
  open_ports: { port: number; proto: string; service: string }[];
}

/** A port of a host that somebody sent something to. */
export interface Service {
  host: string;
  port: number;
  proto: string;
  service: string;
  range: string;
  state: string;
  evidence: string;
  frame: number;
  flows: number;
  payload: string;
}

export interface Series {
  seconds: number;
  start: string;
  left?: number; // packets that are in no row
  packets: number[]; // of all packets, once each
  bytes: number[];
  rows: { port: number; proto: string; service: string; packets: number[]; bytes: number[] }[];
}

export interface Reason {
  key: string;
  words: string;
  count: number;
}

export interface Part {
  name: string;
  key?: string;
  form: string;
  right: string[];
  wrong: { answer: string; diagnosis: string }[] | null;
  otherwise: string;
  unsaid?: string;
}

export interface Question {
  number: number;
  kind: string;
  text: string;
  ask: string;
  exhibits: { frame: number; hex: string; more: number }[] | null;
  parts: Part[];
  answer: string;
  hint: string;
  why: string;
  ref: string;
}

export interface Lost {
  kernel: number;
  interface: number;
  page: number;
}

export interface Data {
  schema: string;
  program: string;
  source: string;
  live: boolean;
  quizOnly?: boolean; // a page with nothing but the quiz
  frames: number;
  bytes: number;
  shown: number;
  sampled: string;
  stop: string;
  first: string | null;
  last: string | null;
  zone: string; // of all times, "" if there are none
  ephemeral: { os: string; low: number; high: number }[];
  ranges: { name: string; low: number; high: number; doc: string }[];
  reasons: Reason[];
  evidence?: Record<string, Record<string, string>>; // a sentence for each kind of it and each protocol
  specs: Spec[];
  kinds: Kind[];
  shapes: Shape[][];
  texts: string[];
  packets: Packet[];
  ports: Port[];
  flows: Flow[];
  hosts: Host[];
  services: Service[];
  scans: string[];
  hiddenHosts?: number;
  hiddenServices?: number;
  hiddenPorts?: number;
  hiddenFlows?: number;
  interfaces?: string[]; // of a capture on all of them: one can be chosen
  processes?: boolean; // the processes of this host are looked up
  links?: Record<string, number>; // what capture files call the packets' links
  series: Series | null;
  totals: Record<string, unknown> | null;
  quiz: { seed: number; questions: Question[] | null } | null;
  lost?: Lost;
  capture?: string; // what the server calls it, "" for its own; absent if nothing compiles filters
}

const SCHEMA = "portsniff.page/1";

/** Go writes an empty slice as null now and then; the page would rather have one way to say "none". */
export function check(data: Data): Data {
  if (data.schema !== SCHEMA) {
    throw new Error(`This page reads schema ${SCHEMA}, but the data has ${String(data.schema)}.`);
  }
  for (const key of ["ephemeral", "ranges", "reasons", "specs", "kinds", "shapes", "texts", "packets", "ports", "flows", "hosts", "services", "scans"] as const) {
    (data as unknown as Record<string, unknown>)[key] ??= [];
  }
  return data;
}

/** The data in the page, or undefined where the page has to ask its server for it. */
export async function embedded(): Promise<Data | undefined> {
  const place = document.getElementById("portsniff-data");
  const text = place?.textContent ?? "";
  if (text === "") {
    return undefined;
  }
  const packed = new Blob([binary(text)]);
  return check((await new Response(packed.stream().pipeThrough(new DecompressionStream("gzip"))).json()) as Data);
}

/** Decodes base64. */
function binary(base64: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64);
  const out = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    out[i] = text.charCodeAt(i); // three times as fast as Uint8Array.from
  }
  return out;
}

/** The captured bytes of a packet that the page has. */
export const bytesOf = (p: Packet): Uint8Array => binary(p.bytes);

const UNKNOWN: Spec = { key: "", name: "Field", rfc: "", doc: "", port: false };

/** The headers of a packet with what the tables have of them. */
export function headersOf(data: Data, p: Packet): Header[] {
  return (p.headers ?? []).map((h) => {
    const shape = (h.s < 0 ? h.shape : data.shapes[h.s]) ?? [];
    return {
      kind: data.kinds[h.k] ?? { key: "", name: "Header", rfc: "", label: "Header" },
      at: h.at,
      len: h.len,
      level: h.level,
      quoted: h.quoted ?? false,
      checksum: [h.checksum ?? "", h.why ?? ""].filter((s) => s !== "").join(", "),
      fields: shape.flatMap(([spec, bit, width], i) => {
        const value = h.f[i];
        if (value === undefined) {
          return [];
        }
        const [text, meaning] = typeof value === "string" ? [value, ""] : value;
        const cut = h.cut?.includes(i) ?? false;
        return [{ spec: data.specs[spec] ?? UNKNOWN, bit: 8 * h.at + bit, width, text: cut ? "cut off" : text, meaning: textOf(data, meaning), cut }];
      }),
    };
  });
}

/** A sentence, from the table of texts or the packet itself. */
export function textOf(data: Data, t: TextRef | undefined): string {
  return typeof t === "number" ? (data.texts[t] ?? "") : (t ?? "");
}

/** A port with the name that is registered for it; both are always shown. */
export function named(port: number, service: string): string {
  return service === "" ? `${port} (no name)` : `${port}/${service}`;
}
