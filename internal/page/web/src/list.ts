// The packet list. Only the rows in sight are in the document, so that fifty thousand scroll as quickly as fifty.
import type { Packet } from "./data";
import { byId, count, el, some } from "./dom";
import { onPaper, PRINTED, printed, whenPaper } from "./paper";
import type { Model } from "./select";

const SPARE = 10; // rows drawn beyond each edge
const TALLEST = 16_000_000; // pixels: what is taller browsers cut off, Firefox at 17.8 million and Chromium at 33.5

/** Shows the packets in #list, filtered by #filter. */
export function packetList(model: Model): void {
  new PacketList(model);
}

class PacketList {
  private readonly list = byId("list");
  private readonly space = el("div", { class: "space", role: "presentation" });
  private readonly input = byId("filter") as HTMLInputElement;
  private readonly found = byId("found");
  private readonly note = el("p", { class: "hint" });
  private rows: Packet[] = [];
  private lower = new WeakMap<Packet, string>();
  private drawn = "";
  private tall: number; // pixels that a row has: places are computed, not measured

  constructor(private readonly model: Model) {
    this.list.append(this.space);
    this.list.after(this.note);
    this.list.addEventListener("scroll", () => this.draw());
    this.list.addEventListener("keydown", (e) => this.key(e));
    this.space.addEventListener("click", (e) => this.click(e));
    this.input.addEventListener("input", () => this.filter(true));
    new ResizeObserver(() => this.resize()).observe(this.list);
    whenPaper(() => this.draw());
    model.on((change) => {
      if (change === "data") {
        this.filter(false);
      } else if (change === "frame") {
        this.reveal();
      }
    });
    this.tall = this.rowHeight();
    this.filter(true);
  }

  /** Rows that have all the words. A new filter begins at the top; new packets leave the place alone. */
  private filter(toTop: boolean): void {
    const words = this.input.value.toLowerCase().split(/\s+/).filter((w) => w !== "");
    const { packets } = this.model.data;
    this.rows = words.length === 0 ? packets : packets.filter((p) => words.every((w) => this.has(p, w)));
    this.found.setAttribute("aria-live", toTop ? "polite" : "off"); // while a capture runs the number changes twice a second
    this.found.textContent = words.length === 0 ? some(packets.length, "packet") : `${count(this.rows.length)} of ${some(packets.length, "packet")}`;
    this.list.style.setProperty("--rows", String(packets.length)); // of all packets: the page is not to jump while somebody types
    if (toTop) {
      this.list.scrollTop = 0;
    }
    this.lay();
  }

  /** What app.css says for the page's width. */
  private rowHeight(): number {
    return parseFloat(getComputedStyle(this.list).getPropertyValue("--row"));
  }

  /** The first row in sight stays there, though rows may have another height now. */
  private resize(): void {
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

  /** A word with a colon in front is a port number and fits no longer number; any other fits anywhere in the line. */
  private has(p: Packet, word: string): boolean {
    if (/^:\d+$/.test(word)) {
      const port = Number(word.slice(1));
      return p.sport === port || p.dport === port;
    }
    let text = this.lower.get(p);
    if (text === undefined) {
      text = `${p.line} ${p.proto ?? ""} ${p.no_ports ?? ""} ${(p.comments ?? []).join(" ")}`.toLowerCase();
      this.lower.set(p, text);
    }
    return text.includes(word);
  }

  private draw(): void {
    const paper = onPaper();
    const top = this.top();
    const first = paper ? 0 : Math.max(0, Math.floor(top / this.tall) - SPARE);
    const end = Math.min(this.rows.length, paper ? PRINTED : Math.ceil((top + this.list.clientHeight) / this.tall) + SPARE);
    const shift = this.list.scrollTop - top; // from a row's place among all rows to its place in the element
    const wanted = `${first} ${end} ${shift} ${this.model.packet?.n}`;
    if (wanted === this.drawn) {
      return;
    }
    this.drawn = wanted;
    this.note.textContent = paper ? printed(this.rows.length, "packet") : "";
    this.space.replaceChildren(...this.rows.slice(first, end).map((p, i) => this.row(p, first + i, shift)));
    const active = this.model.packet && document.getElementById(`row${this.model.packet.n}`);
    if (active) {
      this.list.setAttribute("aria-activedescendant", active.id);
    } else {
      this.list.removeAttribute("aria-activedescendant");
    }
  }

  private row(p: Packet, i: number, shift: number): HTMLElement {
    const row = el(
      "div",
      { class: p.no_ports ? "row none" : "row", role: "option", id: `row${p.n}`, "aria-selected": p === this.model.packet ? "true" : "false", "aria-setsize": this.rows.length, "aria-posinset": i + 1 },
      el("span", { class: "number" }, String(p.n)),
      el("span", { class: "time" }, p.t === undefined ? "no time" : p.t.toFixed(6)),
      el("span", { class: "line" }, p.line),
    );
    row.style.top = `${i * this.tall + shift}px`;
    return row;
  }

  private click(e: Event): void {
    const id = (e.target as Element).closest(".row")?.id;
    if (id) {
      this.model.select(Number(id.slice("row".length)));
    }
  }

  private key(e: KeyboardEvent): void {
    const page = Math.max(1, Math.floor(this.list.clientHeight / this.tall) - 1);
    const at = this.rows.findIndex((p) => p === this.model.packet);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + page, PageUp: at - page, Home: 0, End: this.rows.length - 1 }[e.key];
    if (to === undefined || e.altKey || e.ctrlKey || e.metaKey) {
      return;
    }
    e.preventDefault();
    const p = this.rows[Math.min(Math.max(to, 0), this.rows.length - 1)];
    if (p) {
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
