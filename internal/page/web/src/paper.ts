// On paper everything is open: nobody can press on it. A long list ends, and says so.
import { count, some } from "./dom";

/** Rows of a list on paper. */
export const PRINTED = 1000;

/** The note for a list that is longer than the paper, "" for a shorter one. */
export function printed(rows: number, noun: string): string {
  return rows > PRINTED ? `The first ${count(PRINTED)} of ${some(rows, noun)} are printed.` : "";
}

const print = matchMedia("print");
const listeners: (() => void)[] = [];
let called = false; // between beforeprint and afterprint
let reported = false; // what the listeners know

/** Whether the page is being laid out for paper. */
export function onPaper(): boolean {
  return reported;
}

/** Calls the listener when the page goes to paper, and when it comes back. */
export function whenPaper(listener: () => void): void {
  listeners.push(listener);
}

/**
 * Opens what is folded while the page is printed, and folds it again. The page has to have its length before the browser counts the sheets, which comes after
 * beforeprint and before the media query changes: what is added later falls off the last sheet.
 */
export function paper(): void {
  let opened: HTMLDetailsElement[] = [];
  const report = (): void => {
    const now = called || print.matches;
    if (now !== reported) {
      reported = now;
      if (now) {
        opened = [...document.querySelectorAll<HTMLDetailsElement>("details:not([open])")];
      }
      opened.forEach((d) => (d.open = now));
      listeners.forEach((l) => l());
    }
  };
  addEventListener("beforeprint", () => ((called = true), report()));
  addEventListener("afterprint", () => ((called = false), report()));
  print.addEventListener("change", report);
  report();
}
