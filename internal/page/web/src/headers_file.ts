// The headers of a frame as a picture of their own, SVG or PNG: rows of 32 bits on white, whatever colors the page has. It says what the page's data says.
import type { Box } from "./boxes";
import { NARROW, WORD, rowsOf, words } from "./boxes";
import { picture } from "./charts";
import type { Header } from "./data";
import { bytesOf } from "./data";
import { byId, printable, some, svg } from "./dom";
import { tint } from "./facts";
import { save, saver } from "./save";
import type { Model } from "./select";
import { range } from "./select";

const SIDE = 12; // pixels of white on all sides
const PLACE = 56; // pixels left of the rows, for their place in the frame
const BIT = 28;
const WIDTH = PLACE + WORD * BIT + SIDE;
const [ROW, LINE] = [40, 16]; // pixels
const LETTER = 0.61; // width of a letter, of its size
const [INK, SOFT, THIN] = ["#14181f", "#56606e", "#b9c0ca"];
const PORT = "#b93a08"; // the page's light colors
const PORT_BACK = "#ffedd5";
const SET = "#e4edfd";
const TINTS = { link: "#e2e8f0", net: "#dbeafe", transport: "#fef3c7", other: "#f3e8ff" };
const [AREA, TALL] = [16_000_000, 32_000]; // pixels of a PNG that every browser can draw

type Look = Record<string, string | number | undefined>;

/** Fills #save-headers: two buttons that save the selected frame's headers. */
export function headersFile(model: Model): void {
  const root = byId("save-headers");
  const text = (): string => new XMLSerializer().serializeToString(new Drawing(model).picture());
  const name = (ending: string): string => `frame-${model.packet?.n ?? 0}.${ending}`;
  root.append(
    saver("Save as SVG", () => save(name("svg"), "image/svg+xml", text())),
    " ",
    saver("Save as PNG", () => {
      const to = name("png");
      png(text()).then((image) => save(to, "image/png", image), () => model.say("This browser cannot draw the picture. Save it as SVG."));
    }),
  );
  root.hidden = !model.packet;
  model.on(() => (root.hidden = !model.packet));
}

/** Draws SVG twice as large as it is, or smaller where a browser could not. */
async function png(text: string): Promise<Blob> {
  const image = new Image();
  image.src = `data:image/svg+xml,${encodeURIComponent(text)}`;
  await image.decode();
  const scale = Math.min(2, Math.sqrt(AREA / (image.width * image.height)), TALL / image.height);
  const canvas = document.createElement("canvas");
  canvas.width = image.width * scale;
  canvas.height = image.height * scale;
  canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) => canvas.toBlob((b) => (b ? resolve(b) : reject(new Error("no picture")))));
}

/** Drawing draws from top to bottom; y is where the next part goes. */
class Drawing {
  private readonly parts: SVGElement[] = [];
  private y = SIDE;

  constructor(private readonly model: Model, private readonly bytes = model.packet ? bytesOf(model.packet) : new Uint8Array()) {}

  picture(): SVGElement {
    const { packet, data, headers, fields } = this.model;
    const title = printable(`Frame ${packet?.n} of ${data.source}`);
    this.lines(title, SIDE, 15, { "font-weight": 700 });
    this.lines(packet?.line ?? "", SIDE, 12, { fill: SOFT });
    let next = 0;
    for (const h of headers) {
      this.header(h);
      rowsOf(h, next, fields).forEach(([row, boxes]) => this.row(h.at + (row * WORD) / 8, boxes));
      next += h.fields.length;
    }
    if (next === 0 || packet?.more) {
      this.y += LINE;
      this.lines(packet?.more ? `${some(packet.more, "further header")} not drawn` : "Nothing of this frame could be decoded.", SIDE, 12);
    }
    const height = this.y + SIDE;
    return picture(WIDTH, height, title, svg("rect", { width: WIDTH, height, fill: "#fff" }), svg("g", { "font-family": "ui-monospace, DejaVu Sans Mono, Menlo, Consolas, monospace", fill: INK }, ...this.parts));
  }

  private header(h: Header): void {
    this.y += 10;
    this.rect(PLACE, this.y, WORD * BIT, 24, { fill: TINTS[tint(h)], stroke: THIN });
    const notes = [h.kind.label, h.kind.name === h.kind.label ? "" : h.kind.name, h.kind.rfc, range(h.at, h.at + Math.max(h.len, 1) - 1), h.quoted ? "quoted by the error above" : ""];
    this.text(notes.filter((s) => s !== "").join(" · "), PLACE + 8, this.y + 16, 12, { "font-weight": 700 });
    // One text, with a place for each digit.
    const ticks = Array.from({ length: WORD }, (_, i) => i);
    this.y += 24;
    this.text(ticks.map((i) => i % 10).join(""), ticks.map((i) => PLACE + (i + 0.4) * BIT).join(" "), this.y + 10, 9, { fill: SOFT });
    this.y += 13;
  }

  /** A row, and below it in full what has not enough space in it. */
  private row(at: number, boxes: Box[]): void {
    this.text(`@${at}`, PLACE - 6, this.y + ROW / 2 + 4, 11, { fill: SOFT, "text-anchor": "end" });
    const small = boxes.filter((b) => !this.box(b) && b.head);
    this.y += ROW;
    const rest = small.map(({ placed: { field: f } }) => `${f.spec.name} ${f.text}${f.meaning ? ` = ${f.meaning}` : ""}`);
    if (rest.length > 0) {
      this.lines(rest.join(" · "), PLACE + 4, 11);
      this.y += 4;
    }
  }

  /** Draws a box; false where it has no space for all of its field. */
  private box(b: Box): boolean {
    const { spec, text, meaning, cut } = b.placed.field;
    const { quoted } = b.placed.header;
    const [x, width] = [PLACE + b.from * BIT, b.bits * BIT];
    const set = spec.use === "flag" && text === "1";
    const dashes = (spec.port && quoted) || cut ? "5 3" : undefined;
    const inset = spec.port ? 1 : 0; // its border is inside, where no neighbor covers it
    this.rect(x + inset, this.y + inset, width - 2 * inset, ROW - 2 * inset, { fill: spec.port ? PORT_BACK : set ? SET : "#fff", stroke: spec.port ? PORT : THIN, "stroke-width": 1 + inset, "stroke-dasharray": dashes });
    const [name, plain] = words(b, this.bytes);
    const value = spec.port && b.head ? (quoted ? `“${plain}”` : `[${plain}]`) : plain;
    const size = spec.port ? 15 : 12;
    const fits = (words: string, size: number): boolean => words.length * size * LETTER < width - 6;
    if (name !== "" && fits(name, 11) && fits(value, size)) {
      this.text(name, x + 6, this.y + 15, 11, { fill: SOFT });
      this.text(value, x + 6, this.y + 32, size, spec.port ? { fill: PORT, "font-weight": 700 } : {});
      return b.bits > NARROW || meaning === "";
    }
    this.text(fits(value, 12) ? value : "…", x + width / 2, this.y + 24, 12, { "text-anchor": "middle", "font-weight": set ? 700 : undefined });
    return false;
  }

  private rect(x: number, y: number, width: number, height: number, look: Look): void {
    this.parts.push(svg("rect", { x, y, width, height, ...look }));
  }

  /** Text that no character makes anything but text, nor invalid XML. */
  private text(words: string, x: number | string, y: number, size: number, look: Look = {}): void {
    if (words !== "") {
      this.parts.push(svg("text", { x, y, "font-size": size, ...look }, printable(words)));
    }
  }

  /** Text from x to the right side, on as many lines as it takes. */
  private lines(words: string, x: number, size: number, look: Look = {}): void {
    const letters = Math.floor((WIDTH - SIDE - x) / (size * LETTER));
    for (const line of printable(words).match(new RegExp(`(?! ).{1,${letters}}(?= |$)|\\S{${letters}}`, "gu")) ?? []) {
      this.y += LINE;
      this.text(line, x, this.y - 4, size, look);
    }
  }
}
