// Changing bytes of the selected frame: the decoder reads the changed frame, as a capture of one packet, and the page shows where its port is now.
import type { Data } from "./data";
import { bytesOf } from "./data";
import type { Decoder } from "./decoder";
import { byId, el } from "./dom";
import type { Model } from "./select";

/** Edits turns on that a byte of #bytes can be given another value: by typing two digits on it, or, where there are no keys, in a field above the bytes. */
export function edits(model: Model, decoder: Decoder): void {
  new Edits(model, decoder);
}

class Edits {
  private before: { data: Data; frame: number } | undefined; // what "undo" goes back to
  private changed: string[] = []; // each change in words
  private readonly grid = byId("bytes");
  private readonly state = byId("edit-state");
  private digit = ""; // the first one that was typed
  private at = -1; // of the byte that it is for
  private picked = -1; // the byte that the field is for

  constructor(
    private readonly model: Model,
    private readonly decoder: Decoder,
  ) {
    this.grid.addEventListener("keydown", (e) => this.key(e));
    this.grid.addEventListener("click", (e) => this.pick(placeOf(e)));
    this.grid.addEventListener("focusout", () => this.forget());
    model.on((change) => {
      if (change === "data" || change === "frame") {
        this.digit = "";
        this.picked = -1;
        this.show();
      }
    });
    this.show();
  }

  /** While packets come there is nothing to go back to. */
  private get possible(): boolean {
    return !this.model.data.live && this.model.packet !== undefined && this.link !== undefined;
  }

  /** The number that a capture file has for what the frame begins with. */
  private get link(): number | undefined {
    return this.model.data.links?.[this.model.packet?.link ?? ""];
  }

  /** Offers a field for a byte. */
  private pick(at: number): void {
    if (at >= 0 && at !== this.picked && this.possible) {
      this.picked = at;
      this.show();
    }
  }

  /** Takes back a first digit that no second one followed. */
  private forget(): void {
    const cell = this.grid.querySelector(`[data-at="${this.at}"]`);
    if (this.digit !== "" && cell && this.model.packet) {
      cell.textContent = hex(bytesOf(this.model.packet)[this.at] ?? 0);
    }
    this.digit = "";
  }

  private key(e: KeyboardEvent): void {
    const cell = (e.target as Element).closest<HTMLElement>("[data-at]");
    if (e.key === "Escape") {
      this.forget();
    }
    if (!cell || !this.possible || e.altKey || e.ctrlKey || e.metaKey || !/^[0-9a-f]$/i.test(e.key)) {
      return;
    }
    e.preventDefault();
    const at = Number(cell.dataset["at"]);
    if (this.digit === "" || this.at !== at) {
      [this.digit, this.at] = [e.key, at];
      cell.textContent = `${e.key}_`;
      return;
    }
    void this.change(at, parseInt(this.digit + e.key, 16));
  }

  private async change(at: number, value: number, byField = false): Promise<void> {
    const { packet, data } = this.model;
    const link = this.link;
    if (!packet || link === undefined) {
      return;
    }
    const bytes = bytesOf(packet);
    const old = bytes[at] ?? 0;
    bytes[at] = value;
    try {
      const answer = await this.decoder.decode(capture(bytes, packet.len, link, packet.time), data.source, false);
      this.before ??= { data, frame: packet.n };
      this.changed.push(`byte ${at} from ${hex(old)} to ${hex(value)}`);
      this.model.replace({ ...answer, source: this.before.data.source });
      this.picked = byField ? at : -1;
      this.show();
      (byField ? this.state.querySelector("input") : this.grid.querySelector<HTMLElement>(`[data-at="${at}"]`))?.focus({ preventScroll: byField });
    } catch (e) {
      this.state.replaceChildren(el("strong", {}, `The changed frame could not be read: ${e instanceof Error ? e.message : String(e)}`));
    }
  }

  /** Says what was changed, or how to. */
  private show(): void {
    const { before } = this;
    if (before && this.model.data.source === before.data.source && this.model.data.frames === 1 && this.model.data !== before.data) {
      const undo = el("button", { type: "button" }, "Undo all");
      undo.addEventListener("click", () => this.undo());
      this.state.replaceChildren(...this.field(), `Frame ${before.frame} alone, changed: ${this.changed.join(", ")}. `, undo);
      return;
    }
    [this.before, this.changed] = [undefined, []];
    const field = this.field();
    this.state.replaceChildren(...(field.length > 0 ? field : this.possible ? ["Pick a byte and type two hex digits: where does the port go?"] : []));
  }

  /** A field for a new value of the byte that was picked, which a phone has keys for. */
  private field(): HTMLElement[] {
    const { packet } = this.model;
    const at = this.picked;
    if (at < 0 || !packet || !this.possible) {
      return [];
    }
    const input = el("input", { type: "text", maxlength: 2, pattern: "[0-9A-Fa-f]{2}", required: true, autocomplete: "off", autocapitalize: "none", spellcheck: "false", title: "two hex digits" });
    const form = el("form", {}, el("label", {}, `Byte ${at}, now ${hex(bytesOf(packet)[at] ?? 0)}: `, input), el("button", { type: "submit" }, "Change"));
    form.addEventListener("submit", (e) => {
      e.preventDefault();
      void this.change(at, parseInt(input.value, 16), true);
    });
    return [form];
  }

  private undo(): void {
    const { before } = this;
    if (before) {
      this.before = undefined;
      this.model.replace(before.data);
      this.model.select(before.frame);
    }
  }
}

/** The place of the byte that an event is about, -1 for none. */
function placeOf(e: Event): number {
  return Number((e.target as Element).closest<HTMLElement>("[data-at]")?.dataset["at"] ?? -1);
}

const hex = (byte: number): string => byte.toString(16).padStart(2, "0");

/** A pcap file of one frame: 24 bytes of file header, 16 of packet header, the frame. */
function capture(frame: Uint8Array, wire: number, link: number, time: string | undefined): Blob {
  const head = new DataView(new ArrayBuffer(40));
  head.setUint32(0, 0xa1b2c3d4);
  head.setUint16(4, 2);
  head.setUint16(6, 4);
  head.setUint32(16, 0x40000); // longest frame
  head.setUint32(20, link);
  const seconds = time === undefined ? 0 : Math.max(Date.parse(time.replace(/\.\d+/, "")) / 1000, 0);
  head.setUint32(24, seconds);
  head.setUint32(28, Number((/\.(\d{6})/.exec(time ?? "")?.[1] ?? 0))); // microseconds
  head.setUint32(32, frame.length);
  head.setUint32(36, Math.max(wire, frame.length));
  return new Blob([head.buffer, frame as Uint8Array<ArrayBuffer>]);
}
