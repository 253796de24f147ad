// Saves the packets that the list shows as a capture file, in `serve`: the server has them whole.
import type { Packet } from "./data";
import { pcapng } from "./decoder";
import { byId, el, some } from "./dom";
import { save } from "./save";
import type { Model } from "./select";

/** Turns on #save-packets. */
export function packetsFile(model: Model): void {
  const button = byId("save-packets") as HTMLButtonElement;
  const draw = (): void => {
    button.hidden = model.data.capture === undefined;
    button.disabled = model.shown.length === 0;
  };
  button.addEventListener("click", () => void store(model));
  model.on((change) => ["data", "filter", "shown"].includes(change) && draw());
  draw();
}

async function store(model: Model): Promise<void> {
  const state = byId("drop-state");
  const { data, shown } = model;
  try {
    const { file, count } = await pcapng(data, runs(shown));
    const name = `${data.source.replace(/\.[A-Za-z0-9]{1,8}$/, "").replaceAll(/[^\w.-]+/g, "-")}${shown.length < data.packets.length ? "-filtered" : ""}.pcapng`;
    save(name, "application/x-pcapng", file);
    const gone = shown.length - count;
    state.textContent = `${some(count, "packet")} saved as ${name}.${gone > 0 ? ` ${some(gone, "older packet")} of the list were no longer in memory.` : ""}`;
  } catch (e) {
    state.replaceChildren(el("strong", {}, `The packets could not be saved: ${e instanceof Error ? e.message : String(e)}.`));
  }
}

/** The numbers of packets: the first and the last of each run. */
function runs(packets: Packet[]): number[] {
  const out: number[] = [];
  for (const { n } of packets) {
    if (out.at(-1) === n - 1) {
      out[out.length - 1] = n;
    } else {
      out.push(n, n);
    }
  }
  return out;
}
