// The explanation panel: what the selected frame and the pinned (or else the outlined) fields mean, in the program's words.
import type { Packet } from "./data";
import { byId, count, el, some } from "./dom";
import type { Model, Placed } from "./select";
import { range } from "./select";

/** Shows the explanation in #explanation, and says a change of selection in #status for who cannot see it. */
export function explanation(model: Model): void {
  const draw = (): void => {
    const { packet } = model;
    const shown = model.pin.length > 0 ? model.pin : model.hover;
    byId("explanation").replaceChildren(...(packet ? [frame(packet), ...shown.map((i) => field(model, i))] : [el("p", {}, "No frame is selected.")]));
  };
  model.on((change) => {
    draw();
    // Hovering says nothing aloud: what has the focus is read anyway.
    if (change === "frame" && model.packet) {
      byId("status").textContent = `Frame ${model.packet.n}. ${model.packet.line}. ${model.packet.why}`;
    } else if (change === "pin") {
      byId("status").textContent = model.pin.length === 0 ? "Nothing is pinned." : `Pinned: ${model.pin.map((i) => title(model, model.fields[i])).join("; ")}`;
    }
  });
  draw();
}

function frame(p: Packet): HTMLElement {
  const size = p.caplen < p.len ? `${some(p.len, "byte")} on the wire, ${count(p.caplen)} captured` : some(p.len, "byte");
  return el(
    "div",
    { class: "about-frame" },
    el("h3", {}, `Frame ${p.n}`),
    el("p", { class: "line" }, p.line),
    el("p", { class: "facts" }, [p.time ?? "no time", size, p.link].filter((s) => s !== "").join(" · ")),
    p.no_ports || p.why ? el("p", { class: "why" }, el("strong", {}, `No ports: ${p.no_ports}. `), p.why) : undefined,
    el("ul", { class: "roles" }, ...(p.roles ?? []).map((r) => el("li", {}, r))),
  );
}

function field(model: Model, i: number): HTMLElement {
  const f = model.fields[i];
  if (!f) {
    return el("div");
  }
  const [spec, bit, width, text, meaning, cut] = f.field;
  const s = model.data.specs[spec];
  const rows: [string, string][] = [
    ["value", meaning ? `${text} = ${meaning}` : text],
    ["place", `frame ${range(f.first, f.last)}, header ${range(f.first - f.header.at, f.last - f.header.at)}`],
    ["bits", `${width} from bit ${bit - f.header.at * 8} of the header`],
    ["header", model.data.kinds[f.header.k]?.name ?? ""],
    ["source", s?.rfc ?? ""],
  ];
  return el(
    "div",
    { class: s?.port ? "about-field port" : "about-field" },
    el("h4", {}, s?.name ?? "Field", s?.port ? el("span", { class: "tag port" }, f.header.quoted ? "quoted port" : "port") : undefined),
    el("p", {}, s?.doc ?? ""),
    cut ? el("p", { class: "why" }, "The capture ends inside this field.") : undefined,
    el("dl", {}, ...rows.filter(([, value]) => value !== "").flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)])),
  );
}

function title(model: Model, f: Placed | undefined): string {
  return f ? `${model.data.specs[f.field[0]]?.name ?? ""} ${f.field[3]}, ${range(f.first, f.last)}` : "";
}
