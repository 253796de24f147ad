// The quiz: questions that the program made from this capture, graded here as the command line grades them.
import type { Question } from "./data";
import { byId, el, some } from "./dom";
import { grade } from "./grade";
import { onPaper, whenPaper } from "./paper";
import { save, saver } from "./save";
import type { Model } from "./select";
import { showFrame } from "./tables";

/** Shows one question after the other in #questions, a way to each in #question-list, and the score in #score. */
export function quiz(model: Model): void {
  let shown: readonly Question[] | undefined;
  const draw = (): void => {
    const questions = model.data.quiz?.questions ?? [];
    if (questions === shown) {
      return; // an update of a running capture must not take away what somebody is typing
    }
    shown = questions;
    if (questions.length > 0) {
      new Round(model, questions);
      return;
    }
    byId("questions").replaceChildren(el("p", {}, model.data.live ? "There are no questions while a capture runs. Write it to a file: report and quiz ask about that." : "There are no questions for this capture."));
    byId("question-list").replaceChildren();
    byId("score").textContent = "";
  };
  model.on((change) => change === "data" && draw());
  draw();
}

/** Round is one go through questions. It counts those whose first understood answer was right: trying until it fits is practice, not a point. */
class Round {
  private readonly first = new Map<Question, boolean>();
  private readonly articles: HTMLElement[];
  private readonly buttons: HTMLElement[];
  private readonly next = el("button", { type: "button" }, "Next question");
  private readonly again = el("button", { type: "button" }, "Try the missed ones again");
  private at = 0;

  constructor(
    private readonly model: Model,
    private readonly questions: readonly Question[],
  ) {
    this.articles = questions.map((q) => question(model, q, this));
    this.buttons = questions.map((q, i) => {
      const button = el("button", { type: "button", "aria-label": `Question ${q.number}` }, String(q.number));
      button.addEventListener("click", () => this.go(i));
      return button;
    });
    this.next.addEventListener("click", () => this.go(Math.min(this.at + 1, questions.length - 1)));
    this.again.addEventListener("click", () => new Round(model, questions.filter((q) => this.first.get(q) === false)));
    byId("questions").replaceChildren(...this.articles);
    byId("question-list").replaceChildren(...this.buttons, this.next, this.again, saver("Save the score", () => this.save()));
    whenPaper(() => this.show());
    this.show();
  }

  answered(q: Question, right: boolean): void {
    if (!this.first.has(q)) {
      this.first.set(q, right);
    }
    this.show();
  }

  private go(i: number): void {
    this.at = i;
    this.show();
    this.articles[i]?.querySelector("input")?.focus({ preventScroll: true });
  }

  private show(): void {
    this.articles.forEach((a, i) => (a.hidden = i !== this.at && !onPaper()));
    this.buttons.forEach((b, i) => {
      const right = this.first.get(this.questions[i]!);
      b.className = right === undefined ? "" : right ? "right" : "wrong";
      b.setAttribute("aria-label", `Question ${this.questions[i]?.number}${right === undefined ? "" : right ? ", right" : ", missed"}`);
      if (i === this.at) {
        b.setAttribute("aria-current", "step");
      } else {
        b.removeAttribute("aria-current");
      }
    });
    const done = this.first.size === this.questions.length;
    const right = [...this.first.values()].filter((r) => r).length;
    this.next.hidden = this.at === this.questions.length - 1;
    this.again.hidden = !done || right === this.questions.length;
    byId("score").textContent = this.first.size === 0 ? some(this.questions.length, "question") : `${right} right of ${this.first.size} answered; ${some(this.questions.length, "question")}.`;
  }

  private save(): void {
    const answers = this.questions.map((q) => ({ number: q.number, kind: q.kind, right: this.first.get(q) ?? null }));
    save("score.json", "application/json", JSON.stringify({ source: this.model.data.source, seed: this.model.data.quiz?.seed, right: answers.filter((a) => a.right).length, of: answers.length, answers }, null, 1));
  }
}

function question(model: Model, q: Question, score: Round): HTMLElement {
  const input = el("input", { id: `answer${q.number}`, type: "text", autocomplete: "off", autocapitalize: "none", spellcheck: "false", maxlength: 1000, "aria-describedby": `ask${q.number}` });
  const state = el("div", { class: "verdict", role: "status" });
  const hint = el("button", { type: "button", class: "hint-button" }, "Hint");
  const solve = el("button", { type: "button", class: "solve" }, "Show the answer");
  const form = el(
    "form",
    {},
    el("label", { for: `answer${q.number}` }, "Your answer", el("span", { class: "unseen" }, ` to question ${q.number}`)),
    el("p", { class: "hint", id: `ask${q.number}` }, `Write ${q.ask}.`),
    el("div", { class: "answer" }, input, el("button", { type: "submit" }, "Check"), hint, solve),
    state,
  );
  form.addEventListener("submit", (e) => {
    e.preventDefault();
    const v = grade(q, input.value);
    if (!v.blank && v.understood) {
      score.answered(q, v.right);
    }
    state.replaceChildren(...verdict(q, v));
  });
  hint.addEventListener("click", () => {
    state.replaceChildren(el("p", {}, el("strong", {}, "Hint. "), q.hint), ...pointers(model, q));
  });
  solve.addEventListener("click", () => {
    score.answered(q, false);
    state.replaceChildren(el("p", {}, el("strong", {}, `Answer: ${q.answer}. `), q.why), source(q));
  });
  return el("article", { class: "question", "aria-labelledby": `question${q.number}` }, el("h3", { id: `question${q.number}` }, `Question ${q.number}`), el("p", {}, q.text), ...(q.exhibits ?? []).map((e) => (q.parts[0]?.form === "bytes" ? picked(e, input) : exhibit(e, q.number))), form);
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

/** The bytes of a packet where the answer is a range of them: two clicks give its ends. */
function picked(e: { frame: number; hex: string; more: number }, input: HTMLInputElement): HTMLElement {
  let from: number | undefined;
  const cells = (e.hex.match(/../g) ?? []).map((hex, i) => {
    const cell = el("button", { type: "button", class: "pick", "aria-label": `byte ${i}: ${hex}` }, hex);
    cell.addEventListener("click", () => {
      const start = from ?? i;
      from = from === undefined ? i : undefined;
      const [low, high] = [Math.min(start, i), Math.max(start, i)];
      input.value = `${low}-${high}`;
      cells.forEach((c, k) => c.classList.toggle("on", low <= k && k <= high));
    });
    return cell;
  });
  return el("figure", { class: "exhibit" }, el("figcaption", {}, `Frame ${e.frame}. Click the first and the last byte, or write them.`), el("div", { class: "picks", role: "group", "aria-label": `Bytes of frame ${e.frame}` }, ...cells), e.more > 0 ? el("p", { class: "hint" }, `… and ${some(e.more, "byte")} more`) : undefined);
}

/** The bytes of a packet that the question is about, as a hex dump. */
function exhibit(e: { frame: number; hex: string; more: number }, question: number): HTMLElement {
  const bytes = e.hex.match(/../g) ?? [];
  const rows = Array.from({ length: Math.ceil(bytes.length / 16) }, (_, i) => `${(16 * i).toString(16).padStart(4, "0")}  ${bytes.slice(16 * i, 16 * i + 16).join(" ")}`);
  if (e.more > 0) {
    rows.push(`… and ${some(e.more, "byte")} more`);
  }
  return el("figure", { class: "exhibit" }, el("figcaption", {}, `Frame ${e.frame}`), el("pre", { tabindex: 0, role: "region", "aria-label": `Question ${question}: bytes of frame ${e.frame}` }, rows.join("\n")));
}
