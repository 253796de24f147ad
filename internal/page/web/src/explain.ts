// The explanation panel: what the pinned (or else the outlined) fields and the selected frame mean, in the program's words. The panel keeps its size, for
// else the page would move away under the pointer that asked.
import type { Packet } from "./data";
import { told } from "./data";
import { byId, clock, count, el, some } from "./dom";
import type { Model, Placed } from "./select";
import { range } from "./select";

/** Shows the explanation in #explanation, and says a change of selection in #status for who cannot see it. */
export function explanation(model: Model): void {
  const draw = (): void => {
    const { packet } = model;
    const shown = model.pin.length > 0 ? model.pin : model.hover;
    byId("explanation").replaceChildren(...(packet ? [...shown.map((i) => field(model, i)), frame(model, packet)] : [el("p", {}, "No frame is selected.")]));
  };
  model.on((change) => {
    draw();
    // Hovering says nothing aloud: what has the focus is read anyway.
    if (change === "frame" && model.packet) {
      // Whoever goes through the list hears the line there.
      const heard = document.activeElement?.id === "list";
      byId("status").textContent = `${heard ? "" : `Frame ${model.packet.n}. ${model.packet.line}. `}${model.packet.why ?? ""}`;
    } else if (change === "pin") {
      byId("status").textContent = model.pin.length === 0 ? "Nothing is pinned." : `Pinned: ${model.pin.map((i) => title(model.fields[i])).join("; ")}`;
    }
  });
  draw();
}

function frame(model: Model, p: Packet): HTMLElement {
  const size = p.caplen < p.len ? `${some(p.len, "byte")} on the wire, ${count(p.caplen)} captured` : some(p.len, "byte");
  return el(
    "div",
    { class: "about-frame" },
    el("h3", {}, `Frame ${p.n}`),
    el("p", { class: "line" }, p.line),
    el("p", { class: "facts" }, [p.time ? clock(p.time) : "no time", size, p.link, p.iface ? `interface ${p.iface}` : ""].filter((s) => s !== "").join(" · ")),
    p.no_ports ? el("p", { class: "why" }, el("strong", {}, `No ports: ${p.no_ports}. `), p.why) : undefined,
    p.stop ? el("p", { class: "why" }, p.stop) : undefined,
    ...(p.comments ?? []).map((c) => el("p", {}, `Comment: ${c}`)),
    el("ul", { class: "roles" }, ...(p.roles ?? []).map((r) => el("li", {}, told(model.data, r)))),
  );
}

function field(model: Model, i: number): HTMLElement {
  const f = model.fields[i];
  if (!f) {
    return el("div");
  }
  const { spec, bit, width, text, meaning, cut } = f.field;
  const rows: [string, string][] = [
    ["value", meaning ? `${text} = ${meaning}` : text],
    ["place", `frame ${range(f.first, f.last)}, header ${range(f.first - f.header.at, f.last - f.header.at)}`],
    ["bits", `${width} from bit ${bit - f.header.at * 8} of the header`],
    ["header", f.header.kind.name],
    ["source", spec.rfc],
  ];
  return el(
    "div",
    { class: spec.port ? "about-field port" : "about-field" },
    el("h4", {}, spec.name, spec.port ? el("span", { class: f.header.quoted ? "tag port quoted" : "tag port" }, f.header.quoted ? "quoted port" : "port") : undefined),
    el("p", {}, spec.doc),
    cut ? el("p", { class: "why" }, "The capture ends inside this field.") : undefined,
    el("dl", {}, ...rows.filter(([, value]) => value !== "").flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)])),
  );
}

function title(f: Placed | undefined): string {
  return f ? `${f.field.spec.name} ${f.field.text}, ${range(f.first, f.last)}` : "";
}
