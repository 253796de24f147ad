// The parts of the page, one in sight at a time; on paper all of them.
import { byId, el } from "./dom";
import { onPaper, whenPaper } from "./paper";
import type { Model } from "./select";

/** Shows the part that the model has open, and marks its link in #tabs. */
export function tabs(model: Model): void {
  const anatomy = byId("anatomy");
  const reading = byId("reading");
  const links = [...byId("tabs").querySelectorAll<HTMLAnchorElement>("a")];
  const views = [...document.querySelectorAll<HTMLElement>("main > section")];
  const draw = (): void => {
    for (const v of views) {
      v.hidden = (!onPaper() && v.id !== model.view) || (v.id === "overview" && !model.data.live);
    }
    for (const a of links) {
      a.hidden = a.hash === "#overview" && !model.data.live;
      if (a.hash === `#${model.view}`) {
        a.setAttribute("aria-current", "page");
        const nav = byId("tabs"); // it scrolls sideways on a phone
        nav.scrollLeft = a.offsetLeft - nav.offsetLeft - (nav.clientWidth - a.offsetWidth) / 2;
      } else {
        a.removeAttribute("aria-current");
      }
    }
    document.body.dataset["view"] = model.view;
    const beside = model.view === "conversations" && !onPaper(); // the headers of a flow's frames go beside its ladder
    if (beside !== (anatomy.parentElement === byId("flow"))) {
      if (beside) {
        byId("flow").append(anatomy);
      } else {
        reading.before(anatomy);
      }
    }
  };
  for (const a of links) {
    a.addEventListener("click", (e) => {
      e.preventDefault(); // the address has the filter too
      model.open(a.hash.slice(1));
      byId(a.hash.slice(1)).focus({ preventScroll: true });
    });
  }
  model.on((change) => {
    if (change === "data" && model.view === "overview" && !model.data.live) {
      model.open("packets"); // a capture was dropped on the page
    }
    if (change === "view" || change === "data") {
      draw();
    }
  });
  model.on((change) => change === "notice" && byId("notice").replaceChildren(...(model.notice === "" ? [] : [el("p", { class: "why" }, model.notice)])));
  whenPaper(draw);
  draw();
}
