// The captures that portsniff brings, in `serve`: one click opens one, nothing is uploaded.
import type { Sample } from "./decoder";
import { sample, samples } from "./decoder";
import { byId, el } from "./dom";
import type { Model } from "./select";

/** Turns #samples on. The list is asked for when it is opened first. */
export function gallery(model: Model): void {
  const [show, box] = [byId("samples"), byId("samples-box")];
  show.hidden = false;
  const toggle = (open: boolean): void => {
    box.hidden = !open;
    show.setAttribute("aria-expanded", String(open));
  };
  const fill = async (): Promise<void> => {
    try {
      box.replaceChildren(...lessons(await samples()));
      box.querySelector<HTMLElement>("button")?.focus();
    } catch (e) {
      box.replaceChildren(el("p", { class: "why" }, `The samples could not be listed: ${messageOf(e)}.`));
    }
  };
  show.addEventListener("click", () => {
    toggle(box.hidden !== false);
    if (!box.hidden && box.childElementCount === 0) {
      void fill();
    }
  });
  box.addEventListener("keydown", (e) => {
    if (e.key === "Escape") {
      toggle(false);
      show.focus();
    }
  });
  box.addEventListener("click", (e) => {
    const name = (e.target as Element).closest<HTMLElement>("[data-sample]")?.dataset["sample"];
    if (name !== undefined) {
      toggle(false);
      show.focus();
      void open(model, name);
    }
  });
}

async function open(model: Model, name: string): Promise<void> {
  const state = byId("drop-state");
  try {
    model.replace(await sample(name));
    document.title = `${model.data.source} - portsniff`;
    state.textContent = `The sample ${name} is shown. To come back to what was here first, load the page again.`;
  } catch (e) {
    state.replaceChildren(el("strong", {}, `The sample ${name} could not be opened: ${messageOf(e)}.`));
  }
}

/** A heading for each lesson, and a button for each sample. */
function lessons(list: Sample[]): HTMLElement[] {
  return [...new Set(list.map((s) => s.lesson))].map((lesson) =>
    el("section", {}, el("h2", {}, lesson.charAt(0).toUpperCase() + lesson.slice(1)), ...list.filter((s) => s.lesson === lesson).map((s) => el("button", { type: "button", "data-sample": s.name, title: s.learn }, el("b", {}, s.name), ` ${s.title}`))),
  );
}

const messageOf = (e: unknown): string => (e instanceof Error ? e.message : String(e));
