// The one selection that the views share: a frame, the fields under the pointer or the keyboard's focus, and the fields that were pinned.
import type { Data, Field, Header, Packet } from "./data";
import { headersOf } from "./data";
import { find, Refused } from "./decoder";
import type { Query } from "./query";
import { compiled, everything, parse } from "./query";

/** A field in its place. */
export interface Placed {
  header: Header;
  field: Field;
  first: number; // bytes of the frame that hold it
  last: number;
}

export type Change = "data" | "filter" | "shown" | "frame" | "hover" | "pin" | "view" | "notice";
type Listener = (change: Change) => void;

/** Model is the data and what is selected of it. Views change it and get its changes; they never call each other. */
export class Model {
  data: Data;
  shown: Packet[] = []; // the packets that pass the filter
  query: Query = everything;
  span: [from: number, to: number] | null = null; // seconds: what the timeline's brush leaves
  view = "packets"; // the part of the page that is in sight
  notice = ""; // why a link could not be followed
  packet: Packet | undefined;
  headers: Header[] = []; // of the packet
  fields: Placed[] = []; // of all of them, in order
  hover: readonly number[] = []; // indices into fields
  pin: readonly number[] = [];
  private compiling: AbortController | undefined; // of the filter that the program compiles
  private asking = false; // which of the newest packets pass
  private readonly listeners: Listener[] = [];
  private byNumber = new Map<number, Packet>();

  constructor(data: Data) {
    this.data = data;
    this.index();
  }

  on(listener: Listener): void {
    this.listeners.push(listener);
  }

  /** Takes other data, as a whole or after an update. While a capture runs, the selected frame stays even when newer ones have pushed it out of the list. */
  replace(data: Data): void {
    const other = !data.live;
    this.data = data;
    if (other) {
      this.compiling?.abort();
      [this.query, this.span] = [everything, null]; // of the capture that was there before
    }
    this.index();
    this.notify("data");
    if (!this.packet || other) {
      this.show(this.shown[0]);
    }
    void this.more();
  }

  /** Filters the packets. What is selected is always one of those that pass. Where a server compiles filters, this ends when it has answered; the last filter holds until then. */
  async filter(text: string, span = this.span): Promise<void> {
    this.compiling?.abort();
    if (text === this.query.text && this.query.error === "") {
      this.apply(this.query, span);
    } else if (this.data.capture === undefined || /^\s*\d*\s*$/.test(text)) {
      this.apply(parse(text, this.data), span);
    } else {
      const compiling = (this.compiling = new AbortController());
      const query = await this.compile(text, compiling.signal);
      if (!compiling.signal.aborted) {
        this.apply(query, span);
      }
    }
  }

  /** Has the program compile a filter. What it refuses may be plain words, which the page looks for itself. */
  private async compile(text: string, signal: AbortSignal): Promise<Query> {
    try {
      return compiled(text, await find(this.data, text, 0, signal));
    } catch (e) {
      const own = parse(text, this.data);
      if (!(e instanceof Refused)) {
        return { ...own, otherwise: "portsniff does not answer" };
      }
      return own.error === "" ? { ...own, otherwise: e.message } : { ...own, error: e.message, place: e.place };
    }
  }

  private apply(query: Query, span: Model["span"]): void {
    this.query = query.error ? { ...query, match: this.query.match } : query; // while somebody types, the last filter that was one stays
    this.span = span;
    this.choose();
    this.notify("filter");
    if (!this.packet || !this.shown.includes(this.packet)) {
      this.show(this.shown[0]);
    }
    void this.more();
  }

  /** Asks which of the packets that came since pass a filter that the program compiled. */
  private async more(): Promise<void> {
    const { query } = this;
    const last = query.take?.({ last: 0, frames: [] });
    if (last === undefined || this.asking || (this.data.packets.at(-1)?.n ?? 0) <= last) {
      return;
    }
    this.asking = true;
    try {
      query.take?.(await find(this.data, query.text, last));
    } catch {
      return; // the next packets ask again; the page says elsewhere that the server does not answer
    } finally {
      this.asking = false;
    }
    if (query === this.query) {
      this.choose();
      this.notify("shown");
      if (!this.packet) {
        this.show(this.shown[0]);
      }
    }
  }

  /** Shows a part of the page. */
  open(view: string): void {
    if (view !== this.view) {
      this.view = view;
      this.notify("view");
    }
  }

  /** Says in sight what went wrong, "" for nothing. */
  say(notice: string): void {
    if (notice !== this.notice) {
      this.notice = notice;
      this.notify("notice");
    }
  }

  find(n: number): Packet | undefined {
    return this.byNumber.get(n);
  }

  /** Selects a frame by its number; false where the page does not have it, or the filter hides it. */
  select(n: number): boolean {
    const packet = this.byNumber.get(n);
    if (!packet || !this.passes(packet)) {
      return false;
    }
    this.say("");
    if (packet !== this.packet) {
      this.show(packet);
    }
    return true;
  }

  /** Goes to a frame that a button names: a filter that hides it is removed. */
  go(n: number): boolean {
    if (!this.byNumber.has(n)) {
      this.say(`Frame ${n} is not in this page.`);
      return false;
    }
    if (!this.select(n)) {
      void this.filter("", null); // which nobody has to compile
      this.select(n);
    }
    this.open("packets");
    return true;
  }

  private passes(p: Packet): boolean {
    const { span } = this;
    return this.query.match(p) && (!span || (p.t !== undefined && span[0] <= p.t && p.t < span[1]));
  }

  private show(packet: Packet | undefined): void {
    this.packet = packet;
    this.headers = packet ? headersOf(this.data, packet) : [];
    this.fields = place(this.headers);
    this.hover = [];
    this.pin = [];
    this.notify("frame");
  }

  setHover(fields: readonly number[]): void {
    if (!same(fields, this.hover)) {
      this.hover = fields;
      this.notify("hover");
    }
  }

  setPin(fields: readonly number[]): void {
    if (!same(fields, this.pin)) {
      this.pin = fields;
      this.notify("pin");
    }
  }

  /** The fields that have a bit in a byte of the frame: several where fields are narrower than a byte. */
  fieldsAt(byte: number): number[] {
    return this.fields.flatMap((f, i) => (f.first <= byte && byte <= f.last ? [i] : []));
  }

  private index(): void {
    this.byNumber = new Map(this.data.packets.map((p) => [p.n, p]));
    this.choose();
  }

  /** Takes the packets that pass the filter. */
  private choose(): void {
    this.shown = this.query === everything && !this.span ? this.data.packets : this.data.packets.filter((p) => this.passes(p));
  }

  private notify(change: Change): void {
    for (const listener of this.listeners) {
      listener(change);
    }
  }
}

function place(headers: Header[]): Placed[] {
  return headers.flatMap((header) =>
    header.fields.map((field) => ({ header, field, first: field.bit >> 3, last: (field.bit + Math.max(field.width, 1) - 1) >> 3 })),
  );
}

function same(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((n, i) => n === b[i]);
}

/** A range of bytes in words: "byte 23", "bytes 34-35". */
export function range(first: number, last: number): string {
  return first === last ? `byte ${first}` : `bytes ${first}-${last}`;
}
