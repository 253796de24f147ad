// The fields of a header as boxes in rows of 32 bits, from nothing but each field's bit and width.
import type { Header } from "./data";
import type { Placed } from "./select";

export const WORD = 32; // bits a row
export const NARROW = 4; // bits: a box that is too small for its value and what that means
export const LETTER = 3; // bits: a box with room for one letter

/** A box is the part of a field that is in one row. */
export interface Box {
  index: number; // into model.fields
  placed: Placed;
  from: number; // bit in the row
  bits: number;
  head: boolean; // the field begins here
}

/** The last word of a field's key: "syn". */
export const lastPart = (key: string): string => key.split(".").pop() ?? "?";

/** The rows of a header in their order; first is the index of its first field. */
export function rowsOf(h: Header, first: number, fields: readonly Placed[]): [row: number, boxes: Box[]][] {
  const rows = new Map<number, Box[]>();
  h.fields.forEach((_, i) => {
    for (const { row, box } of split(first + i, fields[first + i])) {
      rows.set(row, [...(rows.get(row) ?? []), box]);
    }
  });
  return [...rows].sort(([a], [b]) => a - b);
}

/** Divides a field at the ends of rows. */
function split(index: number, placed: Placed | undefined): { row: number; box: Box }[] {
  const out: { row: number; box: Box }[] = [];
  if (placed) {
    const start = placed.field.bit - placed.header.at * 8;
    for (let bit = start, end = start + placed.field.width; bit < end; ) {
      const from = bit % WORD;
      const bits = Math.min(WORD - from, end - bit);
      out.push({ row: Math.floor(bit / WORD), box: { index, placed, from, bits, head: bit === start } });
      bit += bits;
    }
  }
  return out;
}

/** The name and the value in a box: a letter alone where the box is small, a port also in hexadecimal. */
export function words(b: Box, bytes: Uint8Array): [name: string, value: string] {
  const { spec, width, text, meaning, cut } = b.placed.field;
  if (!b.head) {
    return [`${spec.name}, continued`, ""];
  }
  if (b.bits <= LETTER) {
    // Letter for a flag that is set, as the terminal shows it: the last word of its key begins with it.
    const letter = lastPart(spec.key).charAt(0).toUpperCase();
    return ["", cut ? "?" : width > 1 ? text : text === "1" ? letter : "·"];
  }
  if (b.bits <= NARROW) {
    return [spec.name, cut ? "?" : text];
  }
  if (spec.port) {
    const hex = Array.from(bytes.subarray(b.placed.first, b.placed.last + 1), (n) => n.toString(16).padStart(2, "0")).join("");
    return [spec.name, cut || hex === "" ? text : `${text} = 0x${hex}`];
  }
  return [spec.name, meaning ? `${text} = ${meaning}` : text];
}
