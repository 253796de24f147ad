// The layers of a frame: a strip to scale, and a box for each header that folds.
import type { Header } from "./data";
import { textOf } from "./data";
import { byId, el, some } from "./dom";
import { portFields, tint } from "./facts";
import type { Model } from "./select";
import { range } from "./select";

const opened = new Map<string, boolean>(); // by kind of header: what the reader opened or closed

/** Shows the strip in #stack and the frame's name in #anatomy-title, and makes #open-all open everything. */
export function layers(model: Model): void {
  const draw = (): void => {
    const p = model.packet;
    byId("anatomy-title").textContent = p ? `Frame ${p.n} · ${some(p.len, "byte")}` : "No frame";
    byId("stack").replaceChildren(...strip(model));
  };
  model.on((change) => change === "frame" && draw());
  const button = byId("open-all");
  const all = (): HTMLDetailsElement[] => [...byId("diagram").querySelectorAll("details")];
  const closed = (): boolean => all().some((d) => !d.open);
  button.addEventListener("click", () => {
    const open = closed();
    all().forEach((d) => (d.open = open));
  });
  byId("diagram").addEventListener("toggle", () => (button.textContent = closed() ? "Open all" : "Close all"), { capture: true }); // it does not bubble
  draw();
}

/** A part for each header, as wide as it is long, and one for what no header holds. */
function strip(model: Model): HTMLElement[] {
  const p = model.packet;
  if (!p) {
    return [];
  }
  const parts = model.headers.map((h) => ({ text: `${h.kind.label} ${h.len}`, length: h.len, look: tint(h), ports: h.fields.some((f) => f.spec.port), quoted: h.quoted }));
  const end = Math.max(...model.headers.map((h) => h.at + h.len), 0);
  const rest = p.caplen - end;
  const boxes = parts.map((s) => {
    const box = el("span", { class: `${s.look}${s.quoted ? " quoted" : ""}`, title: s.text }, s.text, s.ports ? el("b", { class: "port" }, s.quoted ? " quoted" : " ports") : undefined);
    box.style.flexGrow = String(s.length);
    return box;
  });
  if (rest > 0) {
    const box = el("span", { class: "payload" }, `data ${rest}`);
    box.style.flexGrow = String(rest);
    boxes.push(box);
  }
  return boxes;
}

/** A header that folds: its name, its gist, its place. The one with the ports is open, or else the last one of the packet itself. */
export function headerBox(model: Model, h: Header, ...inside: HTMLElement[]): HTMLElement {
  const ports = h.fields.some((f) => f.spec.port);
  const own = portFields(model)[0]?.header; // of a tunnel's transport headers the innermost
  const quoted = model.headers.some((x) => x.quoted && x.fields.some((f) => f.spec.port));
  const first = own ? h === own : quoted ? ports : h === model.headers.at(-1);
  const notes = [h.kind.rfc, range(h.at, h.at + Math.max(h.len, 1) - 1), h.quoted ? "quoted by the error above" : h.level > 1 ? `tunnel level ${h.level}` : "", h.checksum ? `checksum ${h.checksum}` : ""].filter((s) => s !== "").join(" · ");
  const key = `${h.kind.key}${h.quoted}${ports}`;
  const box = el(
    "details",
    { class: `header ${tint(h)}${h.quoted ? " quoted" : ""}${ports ? " with-ports" : ""}`, open: opened.get(key) ?? first },
    el("summary", {}, el("h4", {}, h.kind.label), " ", el("span", { class: "gist" }, gist(h, ports, h === own ? textOf(model.data, model.packet?.start) : "")), " ", el("span", { class: "notes" }, h.kind.label === h.kind.name ? undefined : el("span", { class: "long" }, `${h.kind.name} · `), notes)),
    el("div", { class: "fields" }, ...inside),
  );
  box.querySelector("summary")?.addEventListener("click", () => opened.set(key, !box.open));
  return box;
}

/** What a header says, in a line. */
function gist(h: Header, ports: boolean, start: string): string {
  const value = (use: string): string | undefined => h.fields.find((f) => f.spec.use === use && !f.cut)?.text;
  const [from, to] = [value("src") ?? value("from"), value("dst") ?? value("to")];
  const next = h.fields.find((f) => f.spec.use === "next" && !f.cut);
  const says = next ?? (from === undefined && !ports ? h.fields.find((f) => f.meaning !== "") : undefined);
  const parts = [
    from !== undefined && to !== undefined ? `${from} → ${to}` : "",
    ports ? h.fields.filter((f) => f.spec.port).map((f) => f.text).join(" → ") : "",
    says ? `${says.spec.name} ${says.text}${says.meaning ? ` = ${says.meaning}` : ""}` : "",
    start.replace(/^The \S+ header /, ""),
    !ports && value("src") !== undefined ? "no port field" : "",
  ];
  return parts.filter((s) => s !== "").join(", ");
}
