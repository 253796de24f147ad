// The packet list. Only the rows in sight are in the document, so that fifty thousand scroll as quickly as fifty.
import type { Packet } from "./data";
import { byId, count, el, some } from "./dom";
import { PRINTED, printed } from "./paper";
import type { Model } from "./select";

const ROW = 28; // pixels, the same as --row in app.css: places are computed, not measured
const SPARE = 10; // rows drawn beyond each edge
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

  constructor(private readonly model: Model) {
    this.list.append(this.space);
    this.list.after(this.note);
    this.list.addEventListener("scroll", () => this.draw());
    this.list.addEventListener("keydown", (e) => this.key(e));
    this.space.addEventListener("click", (e) => this.click(e));
    this.input.addEventListener("input", () => this.filter(true));
    new ResizeObserver(() => this.draw()).observe(this.list);
    matchMedia("print").addEventListener("change", () => this.draw());
    model.on((change) => {
      if (change === "data") {
        this.filter(false);
      } else if (change === "frame") {
        this.reveal();
      }
    });
    this.filter(true);
  }

  /** Rows that have all the words. A new filter begins at the top; new packets leave the place alone. */
  private filter(toTop: boolean): void {
    const words = this.input.value.toLowerCase().split(/\s+/).filter((w) => w !== "");
    const { packets } = this.model.data;
    this.rows = words.length === 0 ? packets : packets.filter((p) => words.every((w) => this.has(p, w)));
    this.found.textContent = words.length === 0 ? some(packets.length, "packet") : `${count(this.rows.length)} of ${some(packets.length, "packet")}`;
    this.space.style.height = `${this.rows.length * ROW}px`;
    if (toTop) {
      this.list.scrollTop = 0;
    }
    this.drawn = "";
    this.draw();
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
    const paper = matchMedia("print").matches;
    const first = paper ? 0 : Math.max(0, Math.floor(this.list.scrollTop / ROW) - SPARE);
    const end = Math.min(this.rows.length, paper ? PRINTED : Math.ceil((this.list.scrollTop + this.list.clientHeight) / ROW) + SPARE);
    const wanted = `${first} ${end} ${this.model.packet?.n}`;
    if (wanted === this.drawn) {
      return;
    }
    this.drawn = wanted;
    this.note.textContent = paper ? printed(this.rows.length, "packet") : "";
    this.space.replaceChildren(...this.rows.slice(first, end).map((p, i) => this.row(p, first + i)));
    const active = this.model.packet && document.getElementById(`row${this.model.packet.n}`);
    if (active) {
      this.list.setAttribute("aria-activedescendant", active.id);
    } else {
      this.list.removeAttribute("aria-activedescendant");
    }
  }

  private row(p: Packet, i: number): HTMLElement {
    const row = el(
      "div",
      { class: p.no_ports ? "row none" : "row", role: "option", id: `row${p.n}`, "aria-selected": p === this.model.packet ? "true" : "false", "aria-setsize": this.rows.length, "aria-posinset": i + 1 },
      el("span", { class: "number" }, String(p.n)),
      el("span", { class: "time" }, p.t === undefined ? "no time" : p.t.toFixed(6)),
      el("span", { class: "line" }, p.line),
    );
    row.style.top = `${i * ROW}px`;
    return row;
  }

  private click(e: Event): void {
    const id = (e.target as Element).closest(".row")?.id;
    if (id) {
      this.model.select(Number(id.slice("row".length)));
    }
  }

  private key(e: KeyboardEvent): void {
    const page = Math.max(1, Math.floor(this.list.clientHeight / ROW) - 1);
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
      const top = i * ROW;
      if (top < this.list.scrollTop) {
        this.list.scrollTop = top;
      } else if (top + ROW > this.list.scrollTop + this.list.clientHeight) {
        this.list.scrollTop = top + ROW - this.list.clientHeight;
      }
    }
    this.draw();
  }
}
