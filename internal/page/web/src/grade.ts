// Grades an answer by the question itself, the same way as internal/quiz/answer.go and grade.go do; a test holds the two equal.
import { address, addressPort } from "./address";
import type { Part, Question } from "./data";
import { keyWords, noise, words } from "./words";

const MAX_ANSWER = 1000; // bytes
const MAX_NUMBER = 2 ** 32 - 1;

export interface Verdict {
  right: boolean;
  understood: boolean;
  blank: boolean;
  diagnoses: string[];
}

interface Token {
  kind: "word" | "number" | "dash" | "address" | "addressPort";
  text: string; // as it was written, in lower case
  address: string; // in its normal form, with the port if there is one
  n: number;
  hex: boolean;
}

/** Unclear is thrown for an answer that cannot be read. */
class Unclear extends Error {}

/** Grades an answer. Each part has to be right, and further text is wrong. */
export function grade(q: Question, answer: string): Verdict {
  if (/^[\t\n\v\f\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]*$/.test(answer)) {
    return { right: false, understood: true, blank: true, diagnoses: [] };
  }
  let got: string[];
  try {
    got = new Reader(q, answer).read();
  } catch (e) {
    if (!(e instanceof Unclear)) {
      throw e;
    }
    return { right: false, understood: false, blank: false, diagnoses: [`${sentence(e.message)} Write ${q.ask}.`] };
  }
  const fine = q.parts.filter((p, i) => p.right.includes(got[i] ?? ""));
  const diagnoses = q.parts.flatMap((p, i) => (p.right.includes(got[i] ?? "") ? [] : [whatIsWrong(p, got[i] ?? "")]));
  if (diagnoses.length > 0 && fine.length > 0 && !q.parts[0]?.unsaid) {
    diagnoses.unshift(sentence(`${fine.map((p) => p.name).join(", ")}: right`));
  }
  return { right: diagnoses.length === 0, understood: true, blank: false, diagnoses };
}

function whatIsWrong(p: Part, got: string): string {
  return got === "" ? sentence(`${p.name} is missing`) : (p.wrong?.find((w) => w.answer === got)?.diagnosis ?? p.otherwise);
}

function sentence(s: string): string {
  const whole = s.endsWith(".") ? s : `${s}.`;
  return whole.charAt(0).toUpperCase() + whole.slice(1);
}

/** Takes an answer apart. Whatever it does not know is a word, which no form will take. */
function lex(answer: string): Token[] {
  const plain = answer
    .replaceAll("\u0130", "i") // as Go's ToLower has it: one letter stays one letter
    .toLowerCase()
    .replaceAll(/->|=>|\u2192|>/g, " ")
    .replaceAll(/\u2013|\u2014|\.\.\./g, "-");
  return plain.split(/[ \t,;()"'`\u00a0]+/).flatMap((chunk) => takeChunk(chunk.replace(/[.!]+$/, "")));
}

const token = (kind: Token["kind"], text: string, address = ""): Token => ({ kind, text, address, n: 0, hex: false });

function takeChunk(chunk: string): Token[] {
  const a = address(chunk);
  if (a !== undefined) {
    return [token("address", chunk, a)];
  }
  const ap = addressPort(chunk);
  if (ap !== undefined) {
    return [token("addressPort", chunk, ap)];
  }
  return chunk.replaceAll("..", "-").split(/[=:/]+/).filter((s) => s !== "").flatMap(takePiece);
}

/** A number, a range of numbers, or a word. */
function takePiece(piece: string): Token[] {
  const cut = piece.indexOf("-");
  const a = number(cut < 0 ? piece : piece.slice(0, cut));
  const rest = cut < 0 ? "" : piece.slice(cut + 1);
  const b = number(rest);
  const dash = token("dash", "-");
  if (a && cut < 0) {
    return [a];
  }
  if (a && b) {
    return [a, dash, b];
  }
  if (a && rest === "") {
    return [a, dash];
  }
  return [piece === "-" ? dash : token("word", piece)];
}

/** Decimal digits, or hexadecimal ones after 0x; one "@" or "#" may come first. */
function number(text: string): Token | undefined {
  const [, decimal, hex] = /^[@#]?(?:(\d+)|0x([0-9a-f]+))$/.exec(text) ?? [];
  const n = hex === undefined ? Number(decimal) : parseInt(hex, 16);
  return n <= MAX_NUMBER ? { ...token("number", text), n, hex: hex !== undefined } : undefined;
}

/** Leaves out what people say around an answer: "first" before SYN, and a reason where none is asked for. */
function plain(parts: Part[], tokens: Token[]): Token[] {
  const reasons = parts.some((p) => p.form === "evidence" || p.form === "reason");
  const end = reasons ? -1 : tokens.findIndex((t) => t.kind === "word" && (t.text === "because" || t.text === "since"));
  return (end < 0 ? tokens : tokens.slice(0, end)).filter((t, i) => t.text !== "first" || words["evidence"]?.get(tokens[i + 1]?.text ?? "") !== "syn");
}

const ONLY_NAMED = "?"; // a part whose key the answer has, with nothing after it

class Reader {
  private readonly parts: Part[];
  private readonly got: string[];
  private tokens: Token[];

  constructor(q: Question, answer: string) {
    if (new TextEncoder().encode(answer).length > MAX_ANSWER) {
      throw new Unclear(`the answer is longer than ${MAX_ANSWER} bytes`);
    }
    this.parts = q.parts;
    this.got = q.parts.map(() => "");
    this.tokens = plain(this.parts, lex(answer));
  }

  /** What the answer says for each part, in normal form, "" where it says nothing. */
  read(): string[] {
    if (this.parts[0]?.key) {
      this.keyed(this.parts[0]);
    } else {
      this.sequence();
    }
    return this.got;
  }

  private sequence(): void {
    for (const [i, p] of this.parts.entries()) {
      this.skip(p.form);
      const first = this.tokens[0];
      if (!first) {
        return;
      }
      const [text, n] = normal(p, this.tokens);
      if (n === 0) {
        throw new Unclear(`${JSON.stringify(first.text)} is not understood as ${p.name}`);
      }
      this.got[i] = text;
      this.tokens = this.tokens.slice(n);
    }
    this.skip("");
    if (this.tokens[0]) {
      throw new Unclear(`${JSON.stringify(this.tokens[0].text)} is not part of the answer`);
    }
  }

  /** Passes over words that say nothing, unless the form has a meaning for them. */
  private skip(form: string): void {
    for (let t = this.tokens[0]; t?.kind === "word" && !words[form]?.has(t.text); t = this.tokens[0]) {
      const article = t.text === "a" && form !== "endpoint" && this.tokens.length > 1;
      const role = (form === "endpoint" || form === "evidence") && words["role"]?.get(t.text) === t.text;
      if (!article && !role && !noise.has(t.text)) {
        return;
      }
      this.tokens = this.tokens.slice(1);
    }
  }

  /** Parts that may have their key in front. Without any key they are taken in order, where that is allowed. */
  private keyed(first: Part): void {
    let key = first.unsaid ? "" : (first.key ?? "");
    let named = false;
    for (let t = this.tokens[0]; t; t = this.tokens[0]) {
      const k = this.key(t);
      if (k !== "") {
        key = k;
        named = true;
        this.tokens = this.tokens.slice(1);
        this.mention(k);
        continue;
      }
      const before = this.tokens.length;
      this.skip("");
      if (this.tokens.length < before || this.take(key)) {
        continue;
      }
      const next = this.after(key);
      if (!named && key !== "" && next !== "") {
        key = next;
        if (this.take(key)) {
          continue;
        }
      }
      throw new Unclear(`${JSON.stringify(t.text)} is not understood here`);
    }
    this.parts.forEach((p, i) => (this.got[i] ||= p.unsaid ?? ""));
  }

  private key(t: Token): string {
    const text = t.kind === "number" ? String(t.n) : (keyWords.get(t.text) ?? t.text);
    return this.parts.some((p) => (p.key ?? "") === text) ? text : "";
  }

  private mention(key: string): void {
    this.parts.forEach((p, i) => {
      if (p.key === key && p.unsaid) {
        this.got[i] ||= ONLY_NAMED;
      }
    });
  }

  /** Reads the next tokens as the first part under the key that they fit and that was not read yet. */
  private take(key: string): boolean {
    for (const [i, p] of this.parts.entries()) {
      if ((p.key ?? "") !== key || (this.got[i] !== "" && this.got[i] !== ONLY_NAMED)) {
        continue;
      }
      const [text, n] = normal(p, this.tokens);
      if (n > 0) {
        this.got[i] = text;
        this.tokens = this.tokens.slice(n);
        return true;
      }
    }
    return false;
  }

  /** The key of the parts after those with the given one. */
  private after(key: string): string {
    const from = this.parts.findIndex((p) => (p.key ?? "") === key);
    return from < 0 ? "" : (this.parts.slice(from).find((p) => (p.key ?? "") !== key)?.key ?? "");
  }
}

/** A part at the start of the tokens: its normal form, and how many tokens it took, 0 where they are no such thing. */
function normal(p: Part, tokens: Token[]): [string, number] {
  const t = tokens[0];
  if (!t) {
    return ["", 0];
  }
  switch (p.form) {
    case "number":
    case "decimal":
      return t.kind !== "number" ? ["", 0] : [t.hex && p.form === "decimal" ? `0x${t.n.toString(16)}` : String(t.n), 1];
    case "bytes":
      return normalBytes(t, tokens);
    case "protocol":
      return normalProtocol(p, t, tokens[1]);
    case "address":
      return t.kind === "address" ? [t.address, 1] : ["", 0];
    case "endpoint":
      return normalEndpoint(t);
    default: {
      const w = t.kind === "word" ? words[p.form]?.get(t.text) : undefined;
      return w === undefined ? ["", 0] : [w, 1];
    }
  }
}

/** One number, or two with something between that makes them a range. */
function normalBytes(t: Token, tokens: Token[]): [string, number] {
  if (t.kind !== "number") {
    return ["", 0];
  }
  let i = 1;
  while (tokens[i] && (tokens[i]?.kind === "dash" || tokens[i]?.text === "to" || tokens[i]?.text === "and")) {
    i++;
  }
  const second = tokens[i];
  return second?.kind === "number" && i <= 2 ? [`${t.n}-${second.n}`, i + 1] : [String(t.n), 1];
}

/** A number, a name, or a number with its name after it. A name that is not the number's makes the answer unclear. */
function normalProtocol(p: Part, t: Token, next: Token | undefined): [string, number] {
  if (t.kind === "word") {
    return [t.text, 1];
  }
  if (t.kind !== "number") {
    return ["", 0];
  }
  const both = next?.kind === "word" && p.right.includes(String(t.n)) && p.right.includes(next.text);
  return [String(t.n), both ? 2 : 1];
}

function normalEndpoint(t: Token): [string, number] {
  switch (t.kind) {
    case "address":
    case "addressPort":
      return [t.address, 1];
    case "number":
      return [String(t.n), 1];
    default:
      return t.text === "a" || t.text === "b" ? [t.text, 1] : ["", 0];
  }
}
