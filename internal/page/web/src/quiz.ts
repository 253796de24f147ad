// The quiz: questions that the program made from this capture, graded here as the command line grades them.
import type { Question } from "./data";
import { byId, el, some } from "./dom";
import { grade } from "./grade";
import type { Model } from "./select";
import { showFrame } from "./tables";

/** Shows the questions in #questions and the score in #score. */
export function quiz(model: Model): void {
  let shown: readonly Question[] | undefined;
  const draw = (): void => {
    const questions = model.data.quiz?.questions ?? [];
    if (questions === shown) {
      return; // an update of a running capture must not take away what somebody is typing
    }
    shown = questions;
    const score = new Score(questions.length);
    byId("questions").replaceChildren(...(questions.length > 0 ? questions.map((q) => question(model, q, score)) : [el("p", {}, model.data.live ? "There are no questions while a capture runs. Write it to a file: report and quiz ask about that." : "There are no questions for this capture.")]));
    score.show();
  };
  model.on((change) => change === "data" && draw());
  draw();
}

/** Score counts questions whose first understood answer was right: trying until it fits is practice, not a point. */
class Score {
  private readonly first = new Map<Question, boolean>();

  constructor(private readonly of: number) {}

  answered(q: Question, right: boolean): void {
    if (!this.first.has(q)) {
      this.first.set(q, right);
    }
    this.show();
  }

  show(): void {
    const right = [...this.first.values()].filter((r) => r).length;
    byId("score").textContent = this.first.size === 0 ? some(this.of, "question") : `${right} right of ${this.first.size} answered; ${some(this.of, "question")}.`;
  }
}

function question(model: Model, q: Question, score: Score): HTMLElement {
  const input = el("input", { id: `answer${q.number}`, type: "text", autocomplete: "off", autocapitalize: "none", spellcheck: "false", maxlength: 1000, "aria-describedby": `ask${q.number}` });
  const said = el("div", { class: "verdict", role: "status" });
  const hint = el("button", { type: "button", class: "hint-button" }, "Hint");
  const solve = el("button", { type: "button", class: "solve" }, "Show the answer");
  const form = el(
    "form",
    {},
    el("label", { for: `answer${q.number}` }, "Your answer", el("span", { class: "unseen" }, ` to question ${q.number}`)),
    el("p", { class: "hint", id: `ask${q.number}` }, `Write ${q.ask}.`),
    el("div", { class: "answer" }, input, el("button", { type: "submit" }, "Check"), hint, solve),
    said,
  );
  form.addEventListener("submit", (e) => {
    e.preventDefault();
    const v = grade(q, input.value);
    if (!v.blank && v.understood) {
      score.answered(q, v.right);
    }
    said.replaceChildren(...verdict(q, v));
  });
  hint.addEventListener("click", () => {
    said.replaceChildren(el("p", {}, el("strong", {}, "Hint. "), q.hint), ...pointers(model, q));
  });
  solve.addEventListener("click", () => {
    score.answered(q, false);
    said.replaceChildren(el("p", {}, el("strong", {}, `Answer: ${q.answer}. `), q.why), source(q));
  });
  return el("article", { class: "question", "aria-labelledby": `question${q.number}` }, el("h3", { id: `question${q.number}` }, `Question ${q.number}`), el("p", {}, q.text), ...(q.exhibits ?? []).map(exhibit), form);
}

function verdict(q: Question, v: ReturnType<typeof grade>): HTMLElement[] {
  if (v.right) {
    return [el("p", { class: "verdict-right" }, el("strong", {}, "✓ Right. "), q.why), source(q)];
  }
  const word = v.blank ? "No answer yet." : v.understood ? "✗ Not right." : "? Not understood.";
  return [el("p", { class: v.blank ? "verdict-blank" : "verdict-wrong" }, el("strong", {}, `${word} `), v.diagnoses.join(" "))];
}

function source(q: Question): HTMLElement {
  return el("p", { class: "hint" }, q.ref);
}

/** A hint points at the diagram: it selects the frame of the question, and offers the way there. */
function pointers(model: Model, q: Question): HTMLElement[] {
  const frames = (q.exhibits ?? []).map((e) => e.frame).filter((n) => model.find(n));
  if (frames[0] !== undefined) {
    model.select(frames[0]);
  }
  return frames.map((n) => {
    const button = el("button", { type: "button" }, `Look at frame ${n} in the diagram`);
    button.addEventListener("click", () => {
      showFrame(model, n);
    });
    return button;
  });
}

/** The bytes of a packet that the question is about, as a hex dump. */
function exhibit(e: { frame: number; hex: string; more: number }): HTMLElement {
  const bytes = e.hex.match(/../g) ?? [];
  const rows = Array.from({ length: Math.ceil(bytes.length / 16) }, (_, i) => `${(16 * i).toString(16).padStart(4, "0")}  ${bytes.slice(16 * i, 16 * i + 16).join(" ")}`);
  if (e.more > 0) {
    rows.push(`… and ${some(e.more, "byte")} more`);
  }
  return el("figure", { class: "exhibit" }, el("figcaption", {}, `Frame ${e.frame}`), el("pre", { tabindex: 0, role: "region", "aria-label": `Bytes of frame ${e.frame}` }, rows.join("\n")));
}
