// The numbers of a picture, as a table that folds.
import { count, el, some } from "./dom";

const LISTED = 500; // rows of a table

/** A table of the values in a picture, for screen readers and for exact numbers. */
export class Numbers {
  readonly root: HTMLElement;
  private readonly table = el("div", { class: "scroll", role: "region", tabindex: 0 });
  private readonly note = el("p", { class: "hint" });

  constructor(caption: string) {
    this.table.setAttribute("aria-label", `Numbers: ${caption}`);
    this.root = el("details", {}, el("summary", {}, "The numbers", el("span", { class: "unseen" }, `: ${caption}`)), this.table, this.note);
  }

  fill(heads: string[], rows: string[][]): void {
    this.table.replaceChildren(
      el("table", {}, el("thead", {}, el("tr", {}, ...heads.map((h) => el("th", { scope: "col" }, h)))), el("tbody", {}, ...rows.slice(0, LISTED).map((r) => el("tr", {}, ...r.map((c, i) => (i === 0 ? el("th", { scope: "row" }, c) : el("td", { class: "numeric" }, c))))))),
    );
    this.note.textContent = rows.length > LISTED ? `The first ${count(LISTED)} of ${some(rows.length, "row")}.` : "";
  }
}
