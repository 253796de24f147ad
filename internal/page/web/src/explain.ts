// The field that is pointed at, or pinned, in the program's words. The box keeps its size, for else the page would move away under the pointer that asked.
import { byId, el } from "./dom";
import type { Model, Placed } from "./select";
import { range } from "./select";

/** Shows fields in #explanation, and writes a change of selection into #status for screen readers. */
export function explanation(model: Model): void {
  const root = byId("explanation");
  const draw = (): void => {
    const shown = model.pin.length > 0 ? model.pin : model.hover;
    root.classList.toggle("idle", shown.length === 0);
    root.replaceChildren(...(shown.length > 0 ? shown.map((i) => field(model, i)) : [el("p", { class: "hint how" }, "Point at a field or a byte to see what it means. A click or Enter pins it, Esc unpins it.")]));
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

function field(model: Model, i: number): HTMLElement {
  const f = model.fields[i];
  if (!f) {
    return el("div");
  }
  const { spec, bit, width, text, meaning, cut } = f.field;
  const at = f.header.at;
  const place = `${range(f.first, f.last)} of the frame, ${range(f.first - at, f.last - at)} of the ${f.header.kind.label} header, ${width === 1 ? "1 bit" : `${width} bits`} from bit ${bit - at * 8}`;
  return el(
    "div",
    { class: "about-field" },
    el("h4", {}, spec.name, " ", el("b", { class: spec.port ? "port" : undefined }, meaning ? `${text} = ${meaning}` : text), spec.port && f.header.quoted ? el("span", { class: "tag" }, "quoted port") : undefined),
    el("p", {}, spec.doc),
    cut ? el("p", { class: "why" }, "The capture ends inside this field.") : undefined,
    el("p", { class: "soft" }, place, spec.rfc ? ` · ${spec.rfc}` : ""),
  );
}

function title(f: Placed | undefined): string {
  return f ? `${f.field.spec.name} ${f.field.text}, ${range(f.first, f.last)}` : "";
}
