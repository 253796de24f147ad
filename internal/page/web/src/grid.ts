// The bytes of the frame, sixteen a row as in a hex dump. A byte shows whether it is selected; which fields it belongs to, the model says.
import { bytesOf } from "./data";
import { byId, el } from "./dom";
import { tint } from "./facts";
import type { Model } from "./select";

const WIDE = 16;
const KINDS = [
  ["port", "port"],
  ["port quoted", "quoted port"],
  ["known link", "link"],
  ["known net", "addresses"],
  ["known transport", "transport"],
  ["known other", "another header"],
  ["", "payload, padding"],
] as const;

/** Shows the selected frame's bytes in #bytes. */
export function byteGrid(model: Model): void {
  new ByteGrid(model);
}

class ByteGrid {
  private readonly root = byId("bytes");
  private cells: HTMLElement[] = [];
  private cursor = 0;

  constructor(private readonly model: Model) {
    this.root.addEventListener("pointerover", (e) => this.hover(this.at(e)));
    this.root.addEventListener("pointerleave", () => this.hover(document.activeElement?.closest("#bytes") ? this.cursor : -1));
    this.root.addEventListener("click", (e) => this.choose(this.at(e)));
    this.root.addEventListener("keydown", (e) => this.key(e));
    this.root.addEventListener("focusin", (e) => this.hover(this.at(e)));
    this.root.addEventListener("focusout", () => this.hover(-1));
    model.on((change) => {
      if (change === "frame") {
        this.draw();
      } else if (change === "pin") {
        this.mark();
        if (this.root.scrollHeight > this.root.clientHeight) { // else the page would leave the field that was touched
          this.cells[this.model.fields[this.model.pin[0] ?? -1]?.first ?? -1]?.scrollIntoView({ block: "nearest" });
        }
      } else if (change !== "data") {
        this.mark();
      }
    });
    this.draw();
  }

  private draw(): void {
    this.cursor = 0;
    this.cells = [];
    this.root.replaceChildren();
    const { packet } = this.model;
    const bytes = packet ? bytesOf(packet) : new Uint8Array();
    for (let at = 0; at < bytes.length; at += WIDE) {
      this.root.append(this.row(at, bytes.subarray(at, at + WIDE)));
    }
    if (bytes.length === 0) {
      this.root.append(el("div", { role: "row", class: "bytes" }, el("span", { role: "gridcell", class: "empty" }, packet ? "No byte of this frame was captured." : "No frame is selected.")));
    }
    byId("bytes-key").replaceChildren(...this.legend());
    byId("bytes-more").textContent = packet && packet.caplen > bytes.length ? `The first ${bytes.length} of ${packet.caplen} captured bytes are in this page.` : "";
    this.mark();
  }

  /** What the looks of the bytes mean, of those that this frame has. */
  private legend(): HTMLElement[] {
    const looks = new Set(this.cells.map((c) => c.className));
    const shown = KINDS.filter(([kind]) => looks.has(look(kind)));
    return shown.map(([kind, words]) => el("span", { class: "key" }, el("span", { class: look(kind) }, "ff"), ` ${words}`));
  }

  private row(at: number, bytes: Uint8Array): HTMLElement {
    const cells = Array.from(bytes, (b, i) => this.cell(at + i, b));
    this.cells.push(...cells);
    const ascii = Array.from(bytes, (b) => (b >= 0x20 && b < 0x7f ? String.fromCharCode(b) : ".")).join("");
    return el(
      "div",
      { role: "row", class: "bytes" },
      el("span", { role: "rowheader", class: "offset" }, at.toString(16).padStart(4, "0")),
      el("span", { role: "presentation", class: "hex" }, ...cells),
      el("span", { role: "presentation", class: "ascii", "aria-hidden": "true" }, ascii),
    );
  }

  private cell(at: number, byte: number): HTMLElement {
    const hex = byte.toString(16).padStart(2, "0");
    const fields = this.model.fieldsAt(at).flatMap((i) => this.model.fields[i] ?? []);
    let kind = "";
    if (fields.some((f) => f.field.spec.port)) {
      kind = fields.some((f) => f.header.quoted) ? "port quoted" : "port";
    } else if (fields[0]) {
      kind = `known ${tint(fields[0].header)}`;
    }
    const what = fields.length > 0 ? fields.map((f) => (f.header.quoted ? `quoted ${f.field.spec.name}` : f.field.spec.name)).join(", ") : "in no header";
    return el("span", { role: "gridcell", class: look(kind), tabindex: at === 0 ? 0 : -1, "data-at": at, "aria-label": `byte ${at}: ${hex}, ${what}` }, hex);
  }

  private at(e: Event): number {
    const at = (e.target as Element).closest<HTMLElement>("[data-at]")?.dataset["at"];
    return at === undefined ? -1 : Number(at);
  }

  private hover(at: number): void {
    this.model.setHover(at < 0 ? [] : this.model.fieldsAt(at));
  }

  /** Pins what a byte belongs to, or lets go of it. */
  private choose(at: number): void {
    if (at < 0) {
      return;
    }
    this.move(at);
    const fields = this.model.fieldsAt(at);
    this.model.setPin(fields.join() === this.model.pin.join() ? [] : fields);
  }

  private move(to: number): void {
    const cell = this.cells[to];
    if (!cell) {
      return;
    }
    this.cells[this.cursor]?.setAttribute("tabindex", "-1");
    this.cursor = to;
    cell.setAttribute("tabindex", "0");
    cell.focus({ preventScroll: false });
  }

  private key(e: KeyboardEvent): void {
    if (e.altKey || e.metaKey) {
      return;
    }
    const line = this.cursor - (this.cursor % WIDE);
    const last = this.cells.length - 1;
    const to = {
      ArrowRight: this.cursor + 1,
      ArrowLeft: this.cursor - 1,
      ArrowDown: this.cursor + WIDE,
      ArrowUp: this.cursor - WIDE,
      Home: e.ctrlKey ? 0 : line,
      End: e.ctrlKey ? last : Math.min(line + WIDE - 1, last),
    }[e.key];
    if (to !== undefined) {
      e.preventDefault();
      this.move(to);
    } else if (e.key === "Enter" || e.key === " ") {
      e.preventDefault();
      this.choose(this.cursor);
    }
  }

  private mark(): void {
    mark(this.cells, this.model.hover, this.model, "hover");
    mark(this.cells, this.model.pin, this.model, "pin");
    this.cells.forEach((c) => c.setAttribute("aria-selected", c.classList.contains("pin") ? "true" : "false"));
  }
}

/** The classes of a byte of a kind. */
function look(kind: string): string {
  return kind === "" ? "byte" : `byte ${kind}`;
}

/** Outlines exactly the bytes of some fields. */
function mark(cells: HTMLElement[], fields: readonly number[], model: Model, name: "hover" | "pin"): void {
  const marked = new Set<number>();
  for (const i of fields) {
    const f = model.fields[i];
    for (let at = f?.first ?? 0; f && at <= f.last; at++) {
      marked.add(at);
    }
  }
  cells.forEach((c, at) => c.classList.toggle(name, marked.has(at)));
}
