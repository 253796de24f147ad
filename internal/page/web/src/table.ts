// A table that sorts and searches. A heading is a button; aria-sort says which column the rows are ordered by.
import { byId, count, el, some } from "./dom";
import type { Data } from "./data";
import { onPaper, PRINTED, printed, whenPaper } from "./paper";
import { csv, save, saver } from "./save";
import type { Model } from "./select";

const PAUSE = 200; // milliseconds without a key before the server is asked
const AGAIN = 2000; // and between two questions while a capture runs
const FIRST = 100; // rows shown until more are asked for

/** A column of rows. */
export interface Column<T> {
  head: string;
  text: (row: T) => string;
  by: (row: T) => number | string; // what is compared
  numeric?: boolean;
  port?: boolean;
  press?: (row: T) => void; // the cell is a button that does this
}

/** Shows rows in the element with an id. */
export class Table<T> {
  private readonly body = el("tbody");
  private readonly heads: HTMLElement[];
  private readonly found = el("p", { class: "hint", role: "status" });
  private readonly more = el("button", { type: "button" });
  private readonly search: HTMLInputElement;
  private readonly table: HTMLElement;
  private column = -1; // as the program orders them
  private falling = false;
  private limit = FIRST;
  private shown: T[] = []; // the rows in the document
  private passing: T[] = []; // those that pass the search
  private far: { text: string; found: number; of: number; rows: T[] } | undefined; // what the server found
  private wanted = ""; // the text that the server is asked for
  private asked: AbortController | undefined;
  private timer = 0;

  constructor(
    id: string,
    private readonly caption: string,
    how: string, // what the buttons in the rows do
    private readonly columns: Column<T>[],
    private readonly model: Model,
    private readonly rows: (model: Model) => T[],
    private readonly hidden: (model: Model) => number, // rows that the page was not given
    private readonly find?: (data: Data, text: string, signal: AbortSignal) => Promise<{ found: number; of: number; rows: T[] }>, // has the server search all rows
  ) {
    this.heads = columns.map((c, i) => this.head(c, i));
    this.search = el("input", { type: "search", autocomplete: "off", spellcheck: "false" });
    this.search.addEventListener("input", () => {
      this.draw(true);
      this.ask(PAUSE);
    });
    this.more.addEventListener("click", () => {
      this.limit = Infinity;
      this.draw();
    });
    this.table = el("table", {}, el("caption", {}, caption), el("thead", {}, el("tr", {}, ...this.heads)), this.body);
    byId(id).append(
      el("div", { class: "search" }, el("label", {}, `Search in "${caption}" `, this.search), this.found, saver("Save as CSV", () => this.save(true)), saver("JSON", () => this.save(false))),
      el("p", { class: "hint how" }, how),
      el("div", { class: "scroll", role: "region", tabindex: 0, "aria-label": `Table: ${caption}` }, this.table),
      this.more,
    );
    model.on((change) => {
      if (change === "data") {
        this.draw();
        this.ask(AGAIN);
      }
    });
    whenPaper(() => this.draw());
    this.draw();
  }

  /** Asks the server for the rows that the page was not given, after a pause; what is typed meanwhile goes first. */
  private ask(pause: number): void {
    const text = this.search.value.trim();
    if (this.wanted !== text) {
      this.wanted = text;
      this.asked?.abort();
      this.asked = this.far = undefined;
      clearTimeout(this.timer);
      this.timer = 0;
    }
    if (!this.find || text === "" || this.hidden(this.model) === 0 || this.model.data.capture === undefined || this.timer || this.asked) {
      return;
    }
    this.timer = window.setTimeout(() => void this.look(text), pause);
  }

  /** Shows what the server finds, unless something else was typed by then. */
  private async look(text: string): Promise<void> {
    const asked = (this.asked = new AbortController());
    this.timer = 0;
    const answer = await this.find!(this.model.data, text, asked.signal).catch(() => undefined); // the rows of the page stay, and say that others are left out
    if (asked.signal.aborted) {
      return;
    }
    this.asked = undefined;
    if (answer) {
      const first = this.far === undefined;
      this.far = { text, ...answer };
      this.draw(first);
    }
  }

  /** Saves the rows that pass the search. */
  private save(asCSV: boolean): void {
    const rows = this.passing;
    const name = this.caption.toLowerCase().replaceAll(" ", "-");
    if (asCSV) {
      save(`${name}.csv`, "text/csv", csv([this.columns.map((c) => c.head), ...rows.map((r) => this.columns.map((c) => c.text(r)))]));
    } else {
      save(`${name}.json`, "application/json", JSON.stringify(rows, null, 1));
    }
  }

  private head(c: Column<T>, i: number): HTMLElement {
    const button = el("button", { type: "button" }, c.head, el("span", { class: "arrow", "aria-hidden": "true" }));
    button.addEventListener("click", () => this.sort(i));
    return el("th", { scope: "col", class: c.numeric ? "numeric" : undefined }, button);
  }

  /** The first press puts the largest number or the first word on top, the next one turns it over. */
  private sort(i: number): void {
    this.falling = this.column === i ? !this.falling : this.columns[i]?.numeric === true;
    this.column = i;
    this.draw();
  }

  /** Draws the rows; a search has their number read aloud. */
  private draw(aloud = false): void {
    const words = this.search.value.toLowerCase().split(/\s+/).filter((w) => w !== "");
    const all = this.rows(this.model);
    const has = (r: T): boolean => {
      const text = this.columns.map((c) => c.text(r).toLowerCase()).join(" ");
      return words.every((w) => text.includes(w));
    };
    const far = this.far && this.far.text === this.search.value.trim() ? this.far : undefined;
    const rows = far ? [...far.rows] : words.length === 0 ? [...all] : all.filter(has);
    const by = this.columns[this.column]?.by;
    if (by) {
      rows.sort((a, b) => compare(by(a), by(b)) * (this.falling ? -1 : 1));
    }
    this.heads.forEach((h, i) => {
      if (i === this.column) {
        h.setAttribute("aria-sort", this.falling ? "descending" : "ascending");
      } else {
        h.removeAttribute("aria-sort");
      }
    });
    this.passing = rows;
    const paper = onPaper();
    const limit = paper ? PRINTED : this.limit;
    this.fill(rows.slice(0, limit));
    const hidden = this.hidden(this.model);
    const left = hidden > 0 ? `; ${count(hidden)} with less traffic are not in this page` : "";
    this.found.setAttribute("aria-live", aloud ? "polite" : "off");
    const near = (words.length === 0 ? some(all.length, "row") : `${count(rows.length)} of ${some(all.length, "row")}`) + left;
    const more = far && far.found > rows.length ? `; ${count(far.found - rows.length)} with less traffic are not shown` : "";
    this.found.textContent = (far ? `${count(far.found)} of ${some(far.of, "row")}${more}` : near) + (paper ? `. ${printed(rows.length, "row")}` : "");
    this.more.hidden = paper || rows.length <= limit;
    this.more.textContent = `Show all ${some(rows.length, "row")}`;
  }

  /** Writes the rows into those that are there: what has the focus keeps it while a capture runs. */
  private fill(rows: T[]): void {
    this.shown = rows;
    while (this.body.rows.length > rows.length) {
      this.body.deleteRow(-1);
    }
    const lines = [...this.body.rows];
    rows.forEach((r, i) => {
      const line = lines[i];
      this.columns.forEach((c, k) => {
        const cell = line?.cells[k];
        const place = cell?.querySelector("button") ?? cell;
        const text = c.text(r);
        if (place && place.textContent !== text) {
          place.textContent = text;
        }
      });
    });
    this.body.append(...rows.slice(lines.length).map((r, i) => this.row(r, lines.length + i)));
  }

  private row(r: T, i: number): HTMLElement {
    return el(
      "tr",
      {},
      ...this.columns.map((c) => {
        const { press } = c;
        if (!press) {
          return el("td", { class: c.numeric ? "numeric" : c.port ? "port" : undefined }, c.text(r));
        }
        const button = el("button", { type: "button", class: c.port ? "port" : undefined }, c.text(r));
        button.addEventListener("click", () => {
          const now = this.shown[i];
          if (now) {
            press(now);
          }
        });
        return el("th", { scope: "row" }, button);
      }),
    );
  }
}

function compare(a: number | string, b: number | string): number {
  return typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), "en", { numeric: true });
}
