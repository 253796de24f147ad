// The headers drawn as RFCs draw them, 32 bits a row.
import type { Box } from "./boxes";
import { LETTER, NARROW, WORD, lastPart, rowsOf, words } from "./boxes";
import type { Header } from "./data";
import { bytesOf } from "./data";
import { byId, el, some } from "./dom";
import { headerBox } from "./layers";
import type { Model } from "./select";
import { range } from "./select";

/** The id of a field's button. */
const fieldId = (index: number): string => `field${index}`;

/** Shows the selected frame's headers in #diagram. */
export function fieldDiagram(model: Model): void {
  new FieldDiagram(model);
}

class FieldDiagram {
  private readonly root = byId("diagram");
  private boxes: HTMLElement[][] = []; // of each field, its button first
  private bytes: Uint8Array = new Uint8Array();

  constructor(private readonly model: Model) {
    this.root.addEventListener("pointerover", (e) => this.hover(this.index(e)));
    this.root.addEventListener("pointerleave", () => this.hover(Number(document.activeElement?.closest<HTMLElement>("#diagram [data-field]")?.dataset["field"] ?? -1)));
    this.root.addEventListener("focusin", (e) => this.hover(this.index(e)));
    this.root.addEventListener("focusout", () => this.hover(-1));
    this.root.addEventListener("click", (e) => this.choose(this.index(e)));
    this.root.addEventListener("keydown", (e) => this.key(e));
    this.root.addEventListener("toggle", () => this.reachable(), { capture: true }); // it does not bubble
    model.on((change) => {
      if (change === "frame") {
        this.draw();
      } else if (change !== "data") {
        this.mark();
      }
      if (change === "pin") {
        this.reveal(this.model.pin[0]);
      }
    });
    this.draw();
  }

  /** Opens the header of a field, and scrolls to it where it is out of sight. Where the page would leave the byte that was touched, it stays. */
  private reveal(i: number | undefined): void {
    const box = i === undefined ? undefined : this.boxes[i]?.[0];
    const header = box?.closest("details");
    if (box && header) {
      header.open = true;
      const pane = byId("anatomy");
      if (pane.scrollHeight > pane.clientHeight || !document.activeElement?.closest("#bytes")) {
        box.scrollIntoView({ block: "nearest" });
      }
    }
  }

  private draw(): void {
    const { packet } = this.model;
    this.bytes = packet ? bytesOf(packet) : new Uint8Array();
    this.boxes = this.model.fields.map(() => []);
    this.root.replaceChildren();
    let next = 0;
    for (const header of this.model.headers) {
      this.root.append(this.header(header, next));
      next += header.fields.length;
    }
    if (packet && next === 0) {
      this.root.append(el("p", {}, "Nothing of this frame could be decoded."));
    }
    if (packet?.more) {
      this.root.append(el("p", { class: "why" }, `${some(packet.more, "further header")} of this frame ${packet.more === 1 ? "is" : "are"} not in this page: it has too many fields.`));
    }
    this.reachable();
    this.mark();
  }

  /** Puts a field in sight on the Tab key's way where the one that was on it is folded away. */
  private reachable(): void {
    const now = this.root.querySelector('.fields [tabindex="0"]');
    if (!now?.closest("details")?.open) {
      const open = this.boxes.findIndex(([box]) => box?.closest("details")?.open);
      this.rove(open);
    }
  }

  private header(h: Header, first: number): HTMLElement {
    return headerBox(this.model, h, this.ruler(), ...rowsOf(h, first, this.model.fields).map(([row, list]) => this.row(h, row, list)));
  }

  private ruler(): HTMLElement {
    const ticks = Array.from({ length: WORD }, (_, i) => el("span", {}, String(i % 10)));
    return el("div", { class: "ruler", "aria-hidden": "true" }, el("span", { class: "place" }, "bit"), el("span", { class: "ticks" }, ...ticks));
  }

  private row(h: Header, row: number, boxes: Box[]): HTMLElement {
    const ports = boxes.some((b) => b.placed.field.spec.port);
    const narrow = boxes.filter((b) => b.head && b.bits <= NARROW);
    const flags = narrow.filter((b) => b.placed.field.spec.use === "flag");
    const buttons = [narrow.filter((b) => !flags.includes(b)), flags].filter((list) => list.length > 0).map((list) => el("div", { class: "narrow-fields" }, ...list.map((b) => this.control(b))));
    // After their buttons, which are the first of a field's boxes.
    const word = el("div", { class: "word" }, ...boxes.map((b) => this.box(b)));
    // Read aloud, fields come in the order of their bits, wherever their buttons stand.
    const owns = boxes.filter((b) => b.head).map((b) => fieldId(b.index));
    const place = el("span", { class: "place", "aria-hidden": "true" }, `@${h.at + row * 4}`);
    return el(
      "div",
      { class: ports ? "word-row ports" : "word-row", "aria-owns": narrow.length > 0 ? owns.join(" ") : undefined },
      place,
      word,
      ...buttons,
    );
  }

  /** A narrow field's button, below its row: in the row itself it would be too small to hit and to name. */
  private control(b: Box): HTMLElement {
    const { spec, text, meaning } = b.placed.field;
    const flag = spec.use === "flag";
    const button = el(
      "button",
      { type: "button", class: `field${flag && text === "1" ? " set" : ""}`, id: fieldId(b.index), tabindex: -1, "data-field": b.index, "data-short": flag ? lastPart(spec.key).toUpperCase() : undefined, "aria-pressed": "false" },
      el("span", { class: flag ? "unseen" : undefined }, meaning ? `${spec.name} ${text} = ${meaning}` : `${spec.name} ${text}`),
      el("span", { class: "unseen" }, this.spoken(b)),
    );
    this.boxes[b.index]?.push(button);
    return button;
  }

  private box(b: Box): HTMLElement {
    const { spec, cut } = b.placed.field;
    const wide = b.head && b.bits > NARROW;
    const classes = ["box", spec.use === "flag" && b.placed.field.text === "1" ? "on" : "", spec.port ? "port" : "", cut ? "cut" : "", b.bits <= LETTER || !wide && b.head ? "narrow" : "", b.head ? "" : "rest"].filter((c) => c !== "");
    const label = this.label(b);
    const box = el(
      wide ? "button" : "span",
      wide
        ? { type: "button", class: classes.join(" "), id: fieldId(b.index), tabindex: -1, "data-field": b.index, "aria-pressed": "false" }
        : { class: classes.join(" "), "data-field": b.index, "aria-hidden": "true" },
      ...label,
      wide ? el("span", { class: "unseen" }, this.spoken(b)) : undefined,
    );
    box.style.gridColumn = `${b.from + 1} / span ${b.bits}`;
    this.boxes[b.index]?.push(box);
    return box;
  }

  /** The text of a box: name and value, the ports in brackets, quoted ones in quotes. */
  private label(b: Box): Node[] {
    const [name, value] = words(b, this.bytes);
    const [open, close] = !b.placed.field.spec.port || !b.head ? ["", ""] : b.placed.header.quoted ? ["“", "”"] : ["[", "]"];
    const parts: Node[] = name === "" ? [] : [el("span", { class: "name" }, `${open}${name}`)];
    if (name !== "" && value !== "") {
      parts.push(document.createTextNode(" "));
    }
    return value === "" ? parts : [...parts, el("span", { class: "value" }, `${value}${close}`)];
  }

  /** What a screen reader says beyond what is seen: the place. */
  private spoken(b: Box): string {
    const { bit, width } = b.placed.field;
    const { first, last, header } = b.placed;
    const where = width % 8 === 0 && bit % 8 === 0 ? range(first, last) : `${range(first, last)}, ${width === 1 ? "1 bit" : `${width} bits`}`;
    return `, ${header.quoted ? "quoted, " : ""}${where}`;
  }

  private index(e: Event): number {
    const at = (e.target as Element).closest<HTMLElement>("[data-field]")?.dataset["field"];
    return at === undefined ? -1 : Number(at);
  }

  private hover(i: number): void {
    this.model.setHover(i < 0 ? [] : [i]);
  }

  private choose(i: number): void {
    if (i >= 0) {
      this.rove(i);
      this.model.setPin(this.model.pin.length === 1 && this.model.pin[0] === i ? [] : [i]);
    }
  }

  /** One field alone is on the Tab key's way; the arrow keys go to the others. */
  private rove(to: number): void {
    this.root.querySelectorAll('[tabindex="0"]').forEach((b) => b.setAttribute("tabindex", "-1"));
    this.boxes[to]?.[0]?.setAttribute("tabindex", "0");
  }

  private key(e: KeyboardEvent): void {
    const at = this.index(e);
    const last = this.boxes.length - 1;
    const to = { ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1, Home: 0, End: last }[e.key];
    if (to === undefined || at < 0 || e.altKey || e.ctrlKey || e.metaKey) {
      return;
    }
    e.preventDefault();
    const box = this.boxes[to]?.[0];
    if (box) {
      this.rove(to);
      this.reveal(to);
      box.focus();
    }
  }

  private mark(): void {
    const hover = new Set(this.model.hover);
    const pin = new Set(this.model.pin);
    this.boxes.forEach((list, i) => {
      for (const box of list) {
        box.classList.toggle("hover", hover.has(i));
        box.classList.toggle("pin", pin.has(i));
      }
      list[0]?.setAttribute("aria-pressed", pin.has(i) ? "true" : "false");
    });
  }
}
