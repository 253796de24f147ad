// The answer, first thing on the page: both ends with their ports, and where the bytes are.
import type { Packet } from "./data";
import { textOf } from "./data";
import { byId, el, some } from "./dom";
import type { End } from "./facts";
import { addressesOf, capital, endsOf, hexOf, portFields, rangeWord, replyTo, tint, whatOf } from "./facts";
import { term } from "./glossary";
import type { Model } from "./select";
import { range } from "./select";

/** Shows the answer for the selected frame in #answer. */
export function answer(model: Model): void {
  const root = byId("answer");
  const draw = (): void => root.replaceChildren(...(model.packet ? band(model, model.packet) : [el("p", { class: "nothing" }, nothing(model))]));
  model.on((change) => (change === "frame" || change === "filter") && draw());
  root.addEventListener("click", (e) => {
    const n = (e.target as Element).closest<HTMLElement>("[data-frame]")?.dataset["frame"];
    if (n !== undefined) {
      model.go(Number(n));
    }
  });
  draw();
}

function nothing(model: Model): string {
  if (model.query.text !== "" && model.data.packets.length > 0) {
    return "No packet passes the filter.";
  }
  return model.data.live ? "No packet has come yet." : "There are no packets.";
}

function band(model: Model, p: Packet): HTMLElement[] {
  const ends = endsOf(model.data, p);
  if (!ends) {
    return without(model, p);
  }
  const proto = model.headers.filter((h) => !h.quoted && h.fields.some((f) => f.spec.port)).at(-1)?.kind.label ?? (p.proto ?? "").toUpperCase();
  const what = whatOf(model.data, p);
  return [side(ends[0], "left"), wire(what.startsWith(proto) ? what : [proto, what || `${some(p.payload ?? 0, "byte")} of data`].join(" · "), reply(model, p)), side(ends[1], "right"), el("p", { class: "where" }, ...where(model, p, proto))];
}

function side(e: End, place: "left" | "right"): HTMLElement {
  const rest = [e.service, `${rangeWord(e.range)} port`].filter((s) => s !== "").join(" · ");
  return el("div", { class: `side ${place}` }, el("span", { class: "address" }, e.address), el("span", { class: "unseen" }, ` ${e.word} port `), el("span", { class: "number" }, String(e.port)), el("span", { class: "role" }, term(capital(e.role === "unknown" ? "role unknown" : e.role)), ` · ${rest}`));
}

function wire(above: string, below: (Node | string)[]): HTMLElement {
  return el("div", { class: "wire" }, el("span", {}, above), el("i", { "aria-hidden": "true" }), el("span", {}, ...below));
}

function reply(model: Model, p: Packet): (Node | string)[] {
  const back = replyTo(model, p);
  return back ? [`the reply goes to port ${p.sport}: `, el("button", { type: "button", class: "link", "data-frame": back.n }, `frame ${back.n}`)] : [`a reply would go to port ${p.sport}`];
}

/** Where the bytes are. */
function where(model: Model, p: Packet, proto: string): (Node | string)[] {
  const fields = portFields(model);
  const [first, last] = fields;
  if (!first || !last) {
    return [el("b", {}, "Where is it? "), `${textOf(model.data, p.start)}. This one has none of its own.`];
  }
  const codes = fields.flatMap((f, i) => [i > 0 ? ", " : "", el("code", { class: "hx" }, hexOf(model, f)), ` = ${f.field.text}`]);
  const before = model.headers.filter((h) => !h.quoted && h.at < first.header.at && tint(h) === "net").at(-1);
  return [
    el("b", {}, "Where is it? "),
    `In the ${proto} header, ${range(first.first, last.last)} of the frame: `,
    ...codes,
    ". ",
    before ? `The ${before.kind.label} header before it has addresses and no port field.` : "",
  ];
}

/** A packet without ports: both addresses, and the reason. */
function without(model: Model, p: Packet): HTMLElement[] {
  const [from, to] = addressesOf(model.data, p);
  const none = (address: string, place: string): HTMLElement => el("div", { class: `side ${place}` }, el("span", { class: "address" }, address || "no address"), el("span", { class: "number none" }, "no port"));
  const quoted = p.quoted?.[0];
  return [
    none(from, "left"),
    wire(whatOf(model.data, p) || (p.proto ?? "").toUpperCase(), [`reason: ${p.no_ports ?? "none"}`]),
    none(to, "right"),
    el(
      "p",
      { class: "where" },
      el("b", {}, "Why is there no port? "),
      p.why,
      quoted ? el("span", {}, " It quotes ", el("code", { class: "hx" }, String(quoted.sport)), " → ", el("code", { class: "hx" }, String(quoted.dport)), ".") : undefined,
    ),
  ];
}
