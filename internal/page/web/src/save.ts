// Saves tables and pictures as files. Nothing leaves the browser.
import { el } from "./dom";

/** Gives the reader a file. */
export function save(name: string, type: string, data: BlobPart): void {
  const url = URL.createObjectURL(new Blob([data], { type }));
  const link = el("a", { href: url, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** CSV as RFC 4180 has it. What a spreadsheet would take for a formula gets an apostrophe in front. */
export function csv(rows: string[][]): string {
  const cell = (text: string): string => {
    const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
    return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  return rows.map((r) => `${r.map(cell).join(",")}\r\n`).join("");
}

const LOOKS = ["fill", "stroke", "stroke-width", "stroke-dasharray", "font", "text-anchor", "paint-order"];

/** A picture of the page as a file of its own: its looks are written into it. */
export function standalone(picture: SVGElement): string {
  const copy = picture.cloneNode(true) as SVGElement;
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  const from = [picture, ...picture.querySelectorAll("*")];
  [copy, ...copy.querySelectorAll<SVGElement>("*")].forEach((e, i) => {
    const look = getComputedStyle(from[i] as Element);
    LOOKS.forEach((name) => e.setAttribute(name, look.getPropertyValue(name)));
    e.removeAttribute("class");
  });
  return new XMLSerializer().serializeToString(copy);
}

/** A button that saves. */
export function saver(words: string, make: () => void): HTMLElement {
  const button = el("button", { type: "button", class: "link how" }, words);
  button.addEventListener("click", make);
  return button;
}
