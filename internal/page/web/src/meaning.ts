// What the ports mean: a table with the source left and the destination right, and details folded below it.
import type { Packet, Pair } from "./data";
import { textOf } from "./data";
import { byId, clock, count, el, some } from "./dom";
import type { End } from "./facts";
import { endsOf, hexOf, portFields, sum } from "./facts";
import { term } from "./glossary";
import type { Model, Placed } from "./select";
import { range } from "./select";

/** Shows what the selected frame's ports mean in #meaning, and facts of the frame in #frame-facts. */
export function meaning(model: Model): void {
  const draw = (): void => {
    const { packet } = model;
    byId("meaning").replaceChildren(...(packet ? [...reasons(model, packet), ...tables(model, packet)] : []));
    byId("frame-facts").replaceChildren(...(packet ? facts(model, packet) : []));
  };
  model.on((change) => (change === "frame" || change === "filter") && draw());
  draw();
}

function reasons(model: Model, p: Packet): HTMLElement[] {
  return [
    p.no_ports ? el("p", { class: "why" }, el("strong", {}, `No ports: ${p.no_ports}. `), p.why) : undefined,
    p.stop ? el("p", { class: "why" }, p.stop) : undefined,
    ...(p.notes ?? []).map((n) => el("p", { class: "why" }, textOf(model.data, n))),
  ].filter((e) => e !== undefined);
}

function tables(model: Model, p: Packet): HTMLElement[] {
  const own = endsOf(model.data, p);
  const fields = portFields(model);
  const quotedFields = model.fields.filter((f) => f.field.spec.port && f.header.quoted);
  return [
    ...(own ? [table(model, "Both ports, fact by fact", own, fields), ...details(model, p, own, fields)] : []),
    ...(p.quoted ?? []).flatMap((q, i) => quotedTable(model, q, quotedFields.slice(2 * i, 2 * i + 2))),
  ];
}

function quotedTable(model: Model, q: Pair, fields: Placed[]): HTMLElement[] {
  const ends = endsOf(model.data, q);
  return ends ? [table(model, `Quoted ports (${(q.proto ?? "").toUpperCase()}): those of another packet`, ends, fields)] : [];
}

function table(model: Model, caption: string, ends: [End, End], fields: Placed[]): HTMLElement {
  const bytes = (i: 0 | 1): Node => {
    const f = fields[i];
    return f ? el("span", {}, el("code", { class: "hx" }, hexOf(model, f)), ` ${range(f.first, f.last)}`) : el("span", { class: "soft" }, "in another frame");
  };
  const name = (e: End): Node => (e.name === "" ? el("span", { class: "soft" }, "none registered") : el("span", {}, `${e.name} (IANA)`, e.service && e.service.toLowerCase() !== e.name.toLowerCase() ? `, commonly ${e.service}` : ""));
  const rows: [string, (e: End, i: 0 | 1) => Node | string][] = [
    ["Number", (e) => el("b", { class: "port" }, String(e.port))],
    ["Address", (e) => el("span", { class: "address" }, e.address)],
    ["Bytes", (_, i) => bytes(i)],
    ["Range", (e) => e.range],
    ["Name", name],
    ["Role", (e) => e.role],
    ["Evidence", (e) => e.why],
  ];
  const same = ends[0].why === ends[1].why;
  return el(
    "table",
    { class: "meaning" },
    el("caption", {}, caption),
    el("thead", {}, el("tr", {}, el("td", {}), ...ends.map((e) => el("th", { scope: "col" }, e.word)))),
    el(
      "tbody",
      {},
      ...rows.map(([head, cell]) =>
        el("tr", {}, el("th", { scope: "row" }, term(head)), ...(head === "Evidence" && same ? [el("td", { colspan: 2 }, cell(ends[0], 0))] : ends.map((e, i) => el("td", {}, cell(e, i as 0 | 1))))),
      ),
    ),
  );
}

/** What not everybody wants to know at once. */
function details(model: Model, p: Packet, ends: [End, End], fields: Placed[]): HTMLElement[] {
  const systems = ends.filter((e) => e.systems !== "");
  return [
    fold("The arithmetic", el("p", {}, `${textOf(model.data, p.start)}.`), ...fields.map((f) => el("p", { class: "mono" }, `${f.field.spec.name}: ${sum(hexOf(model, f))}`))),
    ...systems.map((e) => fold(`Which systems give ${e.port} to clients?`, el("p", {}, `${e.systems}.`))),
    fold("What a name and a number do not prove", el("p", {}, "A registered name proves nothing about the bytes: any program may use any port."), el("p", {}, "The program that owns a port is not in the packet: no field of any header names it.")),
  ];
}

function fold(title: string, ...inside: HTMLElement[]): HTMLElement {
  return el("details", {}, el("summary", {}, title), ...inside);
}

/** Time, size and link of the frame. */
function facts(model: Model, p: Packet): HTMLElement[] {
  const rows: [string, string][] = [
    ["Time", p.time ? `${clock(p.time)} ${model.data.zone}` : "none"],
    ["Size", p.caplen < p.len ? `${some(p.len, "byte")} on the wire, ${count(p.caplen)} captured` : some(p.len, "byte")],
    ["Payload", p.payload === undefined ? "" : some(p.payload, "byte")],
    ["Link", [p.link, p.iface ? `interface ${p.iface}` : ""].filter((s) => s !== "").join(", ")],
    ...(p.comments ?? []).map((c): [string, string] => ["Comment", c]),
    ["Process", p.process ?? ""],
    ["As a line", p.line],
  ];
  return [el("dl", {}, ...rows.filter(([, value]) => value !== "").flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]))];
}
