// On paper everything is open: nobody can press on it. A long list ends, and says so.
import { count, some } from "./dom";

/** Rows of a list on paper. */
export const PRINTED = 1000;

/** What is said of a list that goes on beyond the paper, "" of one that does not. */
export function printed(rows: number, noun: string): string {
  return rows > PRINTED ? `The first ${count(PRINTED)} of ${some(rows, noun)} are printed.` : "";
}

/** Opens what is folded while the page is printed, and folds it again. */
export function paper(): void {
  let opened: HTMLDetailsElement[] = [];
  const print = matchMedia("print");
  const set = (): void => {
    if (print.matches) {
      opened = [...document.querySelectorAll<HTMLDetailsElement>("details:not([open])")];
    }
    opened.forEach((d) => (d.open = print.matches));
  };
  print.addEventListener("change", set);
}
