// The one selection that the views share: a frame, the fields under the pointer or the keyboard's focus, and the fields that were pinned.
import type { Data, Field, Header, Packet } from "./data";
import { headersOf } from "./data";

/** A field in its place. */
export interface Placed {
  header: Header;
  field: Field;
  first: number; // bytes of the frame that hold it
  last: number;
}

export type Change = "data" | "frame" | "hover" | "pin";
type Listener = (change: Change) => void;

/** Model is the data and what is selected of it. Views change it and are told; they never talk to each other. */
export class Model {
  data: Data;
  packet: Packet | undefined;
  headers: Header[] = []; // of the packet
  fields: Placed[] = []; // of all of them, in order
  hover: readonly number[] = []; // indices into fields
  pin: readonly number[] = [];
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
    this.data = data;
    this.index();
    this.tell("data");
    if (!this.packet || !data.live) {
      this.show(data.packets[0]);
    }
  }

  find(n: number): Packet | undefined {
    return this.byNumber.get(n);
  }

  /** Selects a frame by its number; false where the page does not have it. */
  select(n: number): boolean {
    const packet = this.byNumber.get(n);
    if (packet && packet !== this.packet) {
      this.show(packet);
    }
    return packet !== undefined;
  }

  private show(packet: Packet | undefined): void {
    this.packet = packet;
    this.headers = packet ? headersOf(this.data, packet) : [];
    this.fields = place(this.headers);
    this.hover = [];
    this.pin = [];
    this.tell("frame");
  }

  setHover(fields: readonly number[]): void {
    if (!same(fields, this.hover)) {
      this.hover = fields;
      this.tell("hover");
    }
  }

  setPin(fields: readonly number[]): void {
    if (!same(fields, this.pin)) {
      this.pin = fields;
      this.tell("pin");
    }
  }

  /** The fields that have a bit in a byte of the frame: several where fields are narrower than a byte. */
  fieldsAt(byte: number): number[] {
    return this.fields.flatMap((f, i) => (f.first <= byte && byte <= f.last ? [i] : []));
  }

  private index(): void {
    this.byNumber = new Map(this.data.packets.map((p) => [p.n, p]));
  }

  private tell(change: Change): void {
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
