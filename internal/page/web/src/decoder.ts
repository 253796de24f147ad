// Who decodes captures for the page: portsniff's server, or in the playground the decoder that the page has loaded. The page itself knows no header.
import type { Data } from "./data";
import { check } from "./data";

export interface Decoder {
  readonly readsText: boolean; // bytes in hex, not only captures
  start(): Promise<Data>; // what the page shows first
  decode(capture: Blob, name: string): Promise<Data>;
}

/** The server that the page came from. */
const server: Decoder = {
  readsText: false,
  async start() {
    const response = await fetch("data.json");
    if (!response.ok) {
      throw new Error(`the server says ${response.status}`);
    }
    return check((await response.json()) as Data);
  },
  async decode(capture, name) {
    const response = await fetch("capture", { method: "POST", headers: { "X-Portsniff": "1" }, body: capture }).catch((e: unknown) => {
      throw new Error(`portsniff does not answer; it may have ended, or the file cannot be read any more (${e instanceof Error ? e.message : String(e)})`);
    });
    const answer = (await response.json()) as Data & { error?: string };
    if (!response.ok) {
      throw new Error(answer.error ?? `the server says ${response.status}`);
    }
    return { ...check(answer), source: name }; // which the server was not told
  },
};

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
