// Making elements. Text goes in as text and attributes as attributes: nothing that a capture says is ever parsed as HTML.

type Value = string | number | boolean | undefined;
type Child = Node | string | undefined;

/** Makes an HTML element. A false or undefined attribute is left out, a true one is empty. */
export function el<K extends keyof HTMLElementTagNameMap>(tag: K, attributes: Record<string, Value> = {}, ...children: Child[]): HTMLElementTagNameMap[K] {
  return fill(document.createElement(tag), attributes, children);
}

/** Makes an SVG element. */
export function svg<K extends keyof SVGElementTagNameMap>(tag: K, attributes: Record<string, Value> = {}, ...children: Child[]): SVGElementTagNameMap[K] {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

function fill<E extends Element>(element: E, attributes: Record<string, Value>, children: Child[]): E {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) {
      element.setAttribute(name, value === true ? "" : String(value));
    }
  }
  for (const child of children) {
    if (child !== undefined) {
      element.append(child);
    }
  }
  return element;
}

/** The element of index.html with this id. It is there, or the page was not built right. */
export function byId(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (!found) {
    throw new Error(`the page has no element ${id}`);
  }
  return found;
}

/** A time of the page as people read it: its zone is named once, at the top. */
export const clock = (time: string): string => time.replace("T", " ").replace(/(Z|[+-]\d\d:\d\d)$/, "");

/** Seconds between two times of the page, to the nanosecond that they have. */
export function between(from: string, to: string): number {
  const fraction = (time: string): number => Number(`0${/\.\d+/.exec(time)?.[0] ?? ""}`);
  const whole = (time: string): number => Date.parse(time.replace(/\.\d+/, "")) / 1000;
  return whole(to) - whole(from) + fraction(to) - fraction(from);
}

const thousands = new Intl.NumberFormat("en-GB");

/** A count with separators: 26,756. */
export function count(n: number): string {
  return thousands.format(n);
}

/** A count with its noun, which gets an s unless there is one. */
export function some(n: number, noun: string): string {
  return `${count(n)} ${noun}${n === 1 ? "" : "s"}`;
}

/** A number of bytes in the largest unit that leaves a digit before the point: 26.8 kB. */
export function size(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let [n, i] = [bytes, 0];
  while (n >= 1000 && i < units.length - 1) {
    [n, i] = [n / 1000, i + 1];
  }
  return `${i === 0 || n >= 100 ? Math.round(n) : n.toFixed(1)} ${units[i]}`;
}

/** A duration in seconds as people read it: 102 µs, 0.76 ms, 21 s, 3 min, 2 h. */
export function duration(seconds: number): string {
  const units: [limit: number, by: number, unit: string][] = [[1e-3, 1e6, "µs"], [1, 1e3, "ms"], [120, 1, "s"], [7200, 1 / 60, "min"], [Infinity, 1 / 3600, "h"]];
  const [, by, unit] = units.find(([limit]) => seconds < limit) ?? [0, 1, "s"];
  const n = seconds * by;
  return `${n >= 10 || Number.isInteger(n) ? Math.round(n) : n.toPrecision(2)} ${unit}`;
}

/** Text that the program has not made safe, as a file's name: what does not print, or would turn the line around, as its number. */
export function printable(text: string): string {
  return text.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, (c) => `\\u{${(c.codePointAt(0) ?? 0).toString(16)}}`);
}
