// What decodes captures for the page: portsniff's server, or in the playground the decoder that the page has loaded. The page itself knows no header.
import type { Data, Flow } from "./data";
import { check } from "./data";

export interface Decoder {
  readonly readsText: boolean; // bytes in hex, not only captures
  start(): Promise<Data>; // what the page shows first
  decode(capture: Blob, name: string, keep: boolean): Promise<Data>; // keep: filters and save are to work on it
}

/** Packets that a filter selects: numbers, the first and the last of each run in turn. last is the last one that was looked at. */
export interface Found {
  last: number;
  frames: number[];
}

/** What is wrong with a filter, and where. */
export class Refused extends Error {
  constructor(
    message: string,
    readonly place = "",
  ) {
    super(message);
  }
}

/** Asks the server of something, from this page alone. */
async function post(path: string, body: BodyInit, signal: AbortSignal | null = null): Promise<Response> {
  const response = await fetch(path, { method: "POST", headers: { "X-Portsniff": "1" }, body, signal });
  if (!response.ok) {
    const { error, place } = (await response.json()) as { error?: string; place?: string };
    throw new Refused(error ?? `the server returned status ${response.status}`, place);
  }
  return response;
}

/** Has the program compile a filter and find the packets after one. */
export async function find(data: Data, text: string, after: number, signal: AbortSignal | null = null): Promise<Found> {
  return (await (await post(`filter?after=${after}${which(data)}`, text, signal)).json()) as Found;
}

/** Packets as a pcapng file: their numbers, as in Found. count is how many the server has kept of them. */
export async function pcapng(data: Data, runs: number[]): Promise<{ file: Blob; count: number }> {
  const response = await post(`save?${which(data)}`, JSON.stringify(runs));
  return { file: await response.blob(), count: Number(response.headers.get("X-Portsniff-Packets")) };
}

/** Flows with the words of a search, of all that the server has counted. */
export interface FoundFlows {
  found: number;
  of: number;
  rows: Flow[]; // those with the most packets
}

/** Has the server search all its flows. */
export async function findFlows(data: Data, text: string, signal: AbortSignal): Promise<FoundFlows> {
  return (await (await post(`flows?${which(data)}`, text, signal)).json()) as FoundFlows;
}

/** What pages chose of a capture that goes on. */
export interface Chosen {
  stopped: boolean; // no packet counts
  filter: string; // packets that count, "" for all
  left: number; // packets that did not count for that
  failed: string; // why the filter was removed, "" if it was not
  interface?: string; // whose packets count; absent for every one
}

/** Chooses for all pages which packets of the capture count from now on. */
export async function choose(want: Pick<Chosen, "stopped" | "filter" | "interface">): Promise<Chosen> {
  return (await (await post("control", JSON.stringify(want))).json()) as Chosen;
}

/** A capture that portsniff brings. */
export interface Sample {
  name: string;
  lesson: string;
  title: string;
  learn: string;
}

/** The captures that the server brings. */
export async function samples(): Promise<Sample[]> {
  const response = await fetch("samples");
  if (!response.ok) {
    throw new Error(`the server returned status ${response.status}`);
  }
  return (await response.json()) as Sample[];
}

/** One of them. */
export const sample = async (name: string): Promise<Data> => opened(await post(`sample?keep&name=${encodeURIComponent(name)}`, ""), `${name}.pcap`);

/** Says which capture the server is asked about. */
const which = (data: Data): string => (data.capture === "" ? "" : `&capture=${data.capture}`);

/** The server that the page came from. */
const server: Decoder = {
  readsText: false,
  async start() {
    const response = await fetch("data.json");
    if (!response.ok) {
      throw new Error(`the server returned status ${response.status}`);
    }
    return { ...check((await response.json()) as Data), capture: "" };
  },
  async decode(capture, name, keep) {
    const response = await post(keep ? "capture?keep" : "capture", capture).catch((e: unknown) => {
      throw e instanceof Refused ? e : new Error(`portsniff does not answer; it may have ended, or the file cannot be read any more (${e instanceof Error ? e.message : String(e)})`);
    });
    return opened(response, name);
  },
};

/** A capture that the server has read; it does not know the name. */
async function opened(response: Response, name: string): Promise<Data> {
  const data = { ...check((await response.json()) as Data), source: name };
  const capture = response.headers.get("X-Portsniff-Capture");
  return capture === null ? data : { ...data, capture };
}

/** What Go's support for browsers and the program leave in the page. */
interface Wasm {
  Go?: new () => { importObject: WebAssembly.Imports; run(instance: WebAssembly.Instance): Promise<void> };
  portsniff?: { decode(bytes: Uint8Array, name: string): string; sample(name: string): string };
}

/** The program compiled to WebAssembly. It runs in this tab: nothing leaves the browser. */
class Local implements Decoder {
  readonly readsText = true;

  constructor(private readonly program: Required<Wasm>["portsniff"]) {}

  start(): Promise<Data> {
    return Promise.resolve(parse(this.program.sample("http")));
  }

  async decode(capture: Blob, name: string): Promise<Data> {
    return parse(this.program.decode(new Uint8Array(await capture.arrayBuffer()), name));
  }
}

function parse(text: string): Data {
  const answer = JSON.parse(text) as Data & { error?: string };
  if (answer.error !== undefined) {
    throw new Error(answer.error);
  }
  return check(answer);
}

/** The decoder of this page: its own if it has one, else the server. */
export async function decoder(): Promise<Decoder> {
  const wasm = globalThis as unknown as Wasm;
  if (!wasm.Go) {
    return server;
  }
  const response = await fetch("portsniff.wasm.gz");
  if (!response.ok || !response.body) {
    throw new Error(`the decoder could not be loaded: ${response.status}`);
  }
  const unpacked = new Response(response.body.pipeThrough(new DecompressionStream("gzip")), { headers: { "Content-Type": "application/wasm" } });
  const go = new wasm.Go();
  const { instance } = await WebAssembly.instantiateStreaming(unpacked, go.importObject);
  void go.run(instance); // it ends with the page
  if (!wasm.portsniff) {
    throw new Error("the decoder did not start");
  }
  return new Local(wasm.portsniff);
}
