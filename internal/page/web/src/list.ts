// The packet list. Only the rows in sight are in the document, so that fifty thousand scroll as quickly as fifty.
import type { Packet } from "./data";
import { byId, count, el, some } from "./dom";
import { addressesOf, serviceOf, whatOf } from "./facts";
import { onPaper, PRINTED, printed, whenPaper } from "./paper";
import type { Model } from "./select";

const SPARE = 10; // rows drawn beyond each edge
const TALLEST = 16_000_000; // pixels: what is taller browsers cut off, Firefox at 17.8 million and Chromium at 33.5
const ADDRESS = [9, 22] as const; // letters at least and at most that a column of addresses has
const LETTER = 7.25; // pixels, in the list's type
const PROCESS = 15; // letters of a process's name and number
const REST = 140; // pixels for gaps, and for what a packet does

interface Column {
  key: string;
  head: string;
  by: (p: Packet, model: Model) => number | string;
}

const COLUMNS: Column[] = [
  { key: "number", head: "No.", by: (p) => p.n },
  { key: "time", head: "Time", by: (p) => p.t ?? -1 },
  { key: "src", head: "Source", by: (p, m) => addressesOf(m.data, p)[0] },
  { key: "sport", head: "Port", by: (p) => p.sport ?? -1 },
  { key: "dst", head: "Destination", by: (p, m) => addressesOf(m.data, p)[1] },
  { key: "dport", head: "Port", by: (p) => p.dport ?? -1 },
  { key: "process", head: "Process", by: (p) => p.process ?? "" },
  { key: "what", head: "What", by: (p, m) => `${serviceOf(m.data, p)} ${whatOf(m.data, p)}` },
];

/** Shows the packets that pass the filter in #list, under headings in #columns that sort. */
export function packetList(model: Model): void {
  new PacketList(model);
}

class PacketList {
  private readonly list = byId("list");
  private readonly space = el("div", { class: "space", role: "presentation" });
  private readonly pane = byId("list-pane");
  private readonly found = byId("found");
  private readonly note = el("p", { class: "hint" });
  private readonly heads = COLUMNS.map((c, i) => this.head(c, i));
  private rows: Packet[] = [];
  private column = 0;
  private falling = false;
  private drawn = "";
  private drawnRows = new Map<Packet, HTMLElement>();
  private follows = false; // the newest packet is kept in sight
  private unseen = 0; // packets that came since it is not
  private readonly newest = byId("newest");
  private wide = 0; // pixels that a row needs in one line
  private tall: number; // pixels that a row has: places are computed, not measured

  constructor(private readonly model: Model) {
    this.list.append(this.space);
    this.list.after(this.note);
    byId("columns").append(...this.heads);
    this.follows = model.data.live;
    this.list.addEventListener("scroll", () => {
      this.watch();
      this.draw();
    });
    this.newest.addEventListener("click", () => {
      this.follows = true;
      this.follow(0);
    });
    this.list.addEventListener("keydown", (e) => this.key(e));
    this.space.addEventListener("click", (e) => this.click(e));
    document.addEventListener("keydown", (e) => this.everywhere(e));
    new ResizeObserver(() => this.resize()).observe(this.list);
    whenPaper(() => this.draw());
    model.on((change) => {
      if (change === "data" || change === "filter" || change === "shown") {
        const newest = this.rows.at(-1)?.n ?? 0;
        this.update(change === "filter");
        this.follow(this.rows.length - this.rows.findLastIndex((p) => p.n <= newest) - 1);
      } else if (change === "frame" || change === "view") {
        if (change === "view" && this.follows) {
          this.follow(0);
        } else {
          this.reveal();
        }
      }
    });
    this.tall = this.rowHeight();
    this.update(true);
    this.reveal();
  }

  /** Keeps the newest packet in sight while nobody has scrolled away from it; else counts what came. */
  private follow(came: number): void {
    if (!this.model.data.live || this.column !== 0 || this.falling) {
      this.newest.hidden = true;
      return;
    }
    if (this.follows) {
      this.unseen = 0;
      this.list.scrollTop = this.list.scrollHeight;
      this.draw();
    } else {
      this.unseen += came;
    }
    this.newest.hidden = this.unseen === 0;
    this.newest.textContent = `▼ ${count(this.unseen)} new`;
  }

  /** Who scrolls up wants to read; who scrolls to the end wants what is new. */
  private watch(): void {
    const end = this.list.scrollHeight - this.list.clientHeight - this.list.scrollTop < this.tall;
    if (this.model.data.live && this.list.clientHeight > 0) {
      this.follows = end;
      if (end) {
        this.unseen = 0;
        this.newest.hidden = true;
      }
    }
  }

  private head(c: Column, i: number): HTMLElement {
    const button = el("button", { type: "button", class: c.key, "aria-label": `Sort by ${{ sport: "source port", dport: "destination port" }[c.key] ?? c.head.toLowerCase()}` }, c.head, el("span", { class: "arrow", "aria-hidden": "true" }));
    button.addEventListener("click", () => {
      this.falling = this.column === i && !this.falling;
      this.column = i;
      this.update(true);
    });
    return button;
  }

  /** Takes the packets that pass. A new filter begins at the top; new packets leave the place alone. */
  private update(toTop: boolean): void {
    const { packets } = this.model.data;
    const { shown } = this.model;
    this.rows = this.sorted(shown);
    this.found.setAttribute("aria-live", toTop ? "polite" : "off"); // while a capture runs the number changes twice a second
    this.found.textContent = shown.length === packets.length ? some(packets.length, "packet") : `${count(shown.length)} of ${some(packets.length, "packet")}`;
    this.list.style.setProperty("--rows", String(packets.length)); // of all packets: the page is not to jump while somebody types
    this.widths();
    this.tall = this.rowHeight();
    if (toTop) {
      this.list.scrollTop = 0;
    }
    this.lay();
  }

  private sorted(rows: Packet[]): Packet[] {
    const by = COLUMNS[this.column]?.by;
    this.heads.forEach((h, i) => {
      h.classList.toggle("sorted", i === this.column);
      h.classList.toggle("falling", i === this.column && this.falling);
      h.setAttribute("aria-pressed", i === this.column ? "true" : "false");
    });
    if (!by || (this.column === 0 && !this.falling)) {
      return rows;
    }
    const keys = new Map(rows.map((p) => [p, by(p, this.model)]));
    const compare = (a: number | string, b: number | string): number => (typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), "en", { numeric: true }));
    return [...rows].sort((a, b) => (this.falling ? -1 : 1) * compare(keys.get(a) ?? 0, keys.get(b) ?? 0));
  }

  /** Columns are as wide as the capture's addresses and times, within bounds. */
  private widths(): void {
    const { flows, packets } = this.model.data;
    const longest = Math.max(...flows.slice(0, 200).flatMap((f) => [f.client.length, f.server.length]), ...packets.slice(0, 100).map((p) => Math.max(p.src?.length ?? 0, p.dst?.length ?? 0)), 0);
    const letters = {
      "--address": Math.min(Math.max(longest, ADDRESS[0]), ADDRESS[1]),
      "--number": Math.max(String(packets.at(-1)?.n ?? 0).length, 3),
      "--time": Math.max((packets.at(-1)?.t ?? 0).toFixed(6).length, 8),
    };
    Object.entries(letters).forEach(([name, n]) => this.pane.style.setProperty(name, `${n}ch`));
    this.pane.classList.toggle("with-process", this.model.data.processes === true);
    this.wide = LETTER * ((this.model.data.processes ? PROCESS : 0) + 2 * letters["--address"] + letters["--number"] + letters["--time"] + 2 * "65535".length) + REST;
    this.stack();
  }

  /** A packet takes two lines where its columns do not fit. */
  private stack(): void {
    this.pane.classList.toggle("stacked", this.list.clientWidth < this.wide);
  }

  /** What app.css says for the page's width. */
  private rowHeight(): number {
    return parseFloat(getComputedStyle(this.list).getPropertyValue("--row"));
  }

  /** The first row in sight stays there, though rows may have another height now. */
  private resize(): void {
    this.stack();
    const tall = this.rowHeight();
    if (tall !== this.tall) {
      const first = this.top() / this.tall;
      this.tall = tall;
      this.lay();
      this.scroll(first * tall);
    }
    this.draw();
  }

  private lay(): void {
    this.space.style.height = `${Math.min(this.rows.length * this.tall, TALLEST)}px`;
    this.drawn = "";
    this.draw();
  }

  /** How many pixels of rows one pixel of scrolling is: 1, unless all rows together are taller than an element may be. */
  private scale(): number {
    const seen = this.list.clientHeight;
    return this.rows.length * this.tall <= TALLEST ? 1 : (this.rows.length * this.tall - seen) / (TALLEST - seen);
  }

  /** Pixels of rows above those in sight. */
  private top(): number {
    return this.list.scrollTop * this.scale();
  }

  private scroll(top: number): void {
    this.list.scrollTop = top / this.scale();
  }

  private draw(): void {
    const paper = onPaper();
    const top = this.top();
    const first = paper ? 0 : Math.max(0, Math.floor(top / this.tall) - SPARE);
    const end = paper ? PRINTED : Math.ceil((top + this.list.clientHeight) / this.tall) + SPARE;
    const shift = this.list.scrollTop - top; // from a row's place among all rows to its place in the list
    const key = [first, end, shift, this.model.packet?.n, paper].join();
    if (key === this.drawn) {
      return;
    }
    this.drawn = key;
    this.note.textContent = paper ? printed(this.rows.length, "packet") : "";
    this.drawnRows = new Map(this.rows.slice(first, end).map((p, i) => [p, this.row(p, first + i, shift)]));
    this.space.replaceChildren(...this.drawnRows.values());
    const active = this.model.packet && document.getElementById(`row${this.model.packet.n}`);
    if (active) {
      this.list.setAttribute("aria-activedescendant", active.id);
    } else {
      this.list.removeAttribute("aria-activedescendant");
    }
  }

  /** A packet keeps its row while it is in sight. */
  private row(p: Packet, i: number, shift: number): HTMLElement {
    const row = this.drawnRows.get(p) ?? el("div", { class: p.no_ports ? "row none" : "row", role: "option", id: `row${p.n}` }, ...cells(this.model, p));
    row.setAttribute("aria-selected", p === this.model.packet ? "true" : "false");
    row.setAttribute("aria-setsize", String(this.rows.length));
    row.setAttribute("aria-posinset", String(i + 1));
    row.style.top = `${i * this.tall + shift}px`;
    return row;
  }

  private click(e: Event): void {
    const id = (e.target as Element).closest(".row")?.id;
    if (id) {
      this.follows = false; // what is under the hand stays there
      this.model.select(Number(id.slice("row".length)));
    }
  }

  /** j and k move wherever nobody types. */
  private everywhere(e: KeyboardEvent): void {
    const step = { j: 1, k: -1 }[e.key];
    if (step === undefined || e.altKey || e.ctrlKey || e.metaKey || this.model.view !== "packets" || (e.target as Element).closest("input, textarea, select")) {
      return;
    }
    this.to(this.rows.findIndex((p) => p === this.model.packet) + step);
  }

  private key(e: KeyboardEvent): void {
    const page = Math.max(1, Math.floor(this.list.clientHeight / this.tall) - 1);
    const at = this.rows.findIndex((p) => p === this.model.packet);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + page, PageUp: at - page, Home: 0, End: this.rows.length - 1 }[e.key];
    if (to === undefined || e.altKey || e.ctrlKey || e.metaKey) {
      return;
    }
    e.preventDefault();
    this.to(to);
  }

  private to(i: number): void {
    const p = this.rows[Math.min(Math.max(i, 0), this.rows.length - 1)];
    if (p) {
      this.follows = false;
      this.model.select(p.n);
    }
  }

  /** Scrolls the selected row into the list's window; the page itself stays where it is. */
  private reveal(): void {
    const i = this.rows.findIndex((p) => p === this.model.packet);
    if (i >= 0) {
      const top = i * this.tall;
      if (top < this.top()) {
        this.scroll(top);
      } else if (top + this.tall > this.top() + this.list.clientHeight) {
        this.scroll(top + this.tall - this.list.clientHeight);
      }
    }
    this.draw();
  }
}

/** The cells of a row: a port is a port, and "no port" is a dash that is read as words. */
function cells(model: Model, p: Packet): HTMLElement[] {
  const [src, dst] = addressesOf(model.data, p);
  const port = (n: number | undefined, key: string): HTMLElement => (n === undefined ? el("span", { class: `${key} nothing` }, el("span", { "aria-hidden": "true" }, "–"), el("span", { class: "unseen" }, " no port ")) : el("span", { class: `${key} port` }, String(n)));
  const what = whatOf(model.data, p);
  const service = serviceOf(model.data, p);
  const size = p.payload ? some(p.payload, "byte").replace(/ bytes?$/, " B") : "";
  return [
    el("span", { class: "number" }, String(p.n)),
    el("span", { class: "time" }, p.t === undefined ? "no time" : p.t.toFixed(6)),
    el("span", { class: "src" }, src),
    port(p.sport, "sport"),
    el("span", { class: "to", "aria-hidden": "true" }, "→"),
    el("span", { class: "dst" }, dst),
    port(p.dport, "dport"),
    el("span", { class: "process", title: p.process }, p.process ?? ""),
    p.no_ports ? el("span", { class: "what" }, `${what}: ${p.no_ports}`) : el("span", { class: "what" }, [service, what === "" ? size || (p.proto ?? "").toUpperCase() : ""].filter((s) => s !== "").join(" "), what === "" ? undefined : el("span", { class: "tag" }, what), what !== "" && size !== "" ? ` ${size}` : undefined),
  ];
}
