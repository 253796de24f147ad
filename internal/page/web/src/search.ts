// The one search of the page. What is typed is applied a moment later; a mistake is shown below it.
import { byId, el } from "./dom";
import { KEYWORDS } from "./query";
import type { Model } from "./select";

const PAUSE = 120; // milliseconds without a key before the filter is applied
const SUGGESTIONS = 12;

/** Makes #filter filter, with suggestions and mistakes. */
export function search(model: Model): void {
  const input = byId("filter") as HTMLInputElement;
  const error = byId("filter-error");
  const span = byId("filter-span");
  let timer = 0;
  let typed = false; // the text is not applied yet: updates of a running capture must not replace it
  const apply = async (): Promise<void> => {
    clearTimeout(timer);
    const text = input.value;
    await model.filter(text);
    if (input.value === text) {
      typed = false;
      draw();
    }
  };
  input.addEventListener("input", () => {
    typed = true;
    suggest(model, input.value);
    clearTimeout(timer);
    timer = setTimeout(() => void apply(), PAUSE);
  });
  input.addEventListener("keydown", (e) => {
    if (e.key === "Enter") {
      void apply();
      byId("list").focus({ preventScroll: true });
    }
  });
  span.addEventListener("click", () => void model.filter(model.query.text, null));
  document.addEventListener("keydown", (e) => {
    const typing = (e.target as Element).closest("input, textarea, select");
    if (e.key === "/" && !typing && !e.ctrlKey && !e.metaKey && !e.altKey) {
      e.preventDefault();
      input.focus();
      input.select();
    }
  });
  const draw = (): void => {
    if (!typed && input.value.trim() !== model.query.text.trim()) {
      input.value = model.query.text;
    }
    error.replaceChildren(...wrong(model));
    input.setAttribute("aria-invalid", String(model.query.error !== ""));
    span.hidden = !model.span;
    span.textContent = model.span ? `${model.span[0].toFixed(3)}–${model.span[1].toFixed(3)} s ✕` : "";
    span.setAttribute("aria-label", "Show packets of all times");
  };
  model.on((change) => {
    typed &&= change !== "data" || model.data.live; // another capture begins without a filter
    if (change === "filter" || change === "data") {
      draw();
    }
  });
  draw();
}

/** What is wrong with the filter, and where; or why it is plain words, where no packet has them. */
function wrong(model: Model): (Node | string)[] {
  const { error, place, otherwise } = model.query;
  if (error === "") {
    return otherwise !== undefined && model.shown.length === 0 ? [`No packet has these words. Read as a filter: ${otherwise}.`] : [];
  }
  return [`Not applied: ${error}.`, ...(place ? [el("code", { class: "spot" }, place)] : [])];
}

/** Offers what may complete the last word: words of the language, services, ports and hosts of the capture. */
function suggest(model: Model, text: string): void {
  const [, before = "", last = ""] = /^(.*?)([^\s()]*)$/s.exec(text) ?? [];
  const { ports, flows } = model.data;
  const words = [...KEYWORDS, ...ports.flatMap((p) => (p.service === "" ? [] : [p.service])), ...ports.map((p) => `:${p.port}`), ...new Set(flows.slice(0, 50).flatMap((f) => [f.client, f.server]))];
  const fitting = last === "" ? [] : words.filter((w) => w.toLowerCase().startsWith(last.toLowerCase()) && w !== last);
  byId("suggestions").replaceChildren(...[...new Set(fitting)].slice(0, SUGGESTIONS).map((w) => el("option", { value: before + w })));
}
