// The page's own filter, which a report has alone: plain words, the commonest words of tcpdump's language, and comparisons as --where has them. All of them ask decoded facts, as
// --where does. In `serve` the program compiles filters, and plain words are left to the page.
import type { Data, Packet } from "./data";
import type { Found } from "./decoder";
import { Facts, Mistake, PROTOCOLS } from "./query_facts";

type Match = (p: Packet) => boolean;

/** A filter, and what is wrong with it. */
export interface Query {
  text: string;
  match: Match;
  error: string;
  place?: string; // where it is wrong
  otherwise?: string; // why the text is plain words and no filter
  take?: (found: Found) => number; // of a filter that the program compiled: adds what it found, and gives the last packet that was looked at
}

/** The filter that everything passes. */
export const everything: Query = { text: "", match: () => true, error: "" };

/** Understands a filter. */
export function parse(text: string, data: Data): Query {
  if (text.trim() === "") {
    return everything;
  }
  try {
    const parser = new Parser(tokens(text), new Facts(data));
    return { text, match: parser.all(), error: "" };
  } catch (e) {
    if (e instanceof Mistake) {
      return { text, match: everything.match, error: e.message };
    }
    throw e;
  }
}

/** A filter that the program compiled. Which packets pass is what it found. */
export function compiled(text: string, first: Found): Query {
  const passing = new Set<number>();
  let last = 0;
  const take = (found: Found): number => {
    for (let i = 0; i + 1 < found.frames.length; i += 2) {
      for (let n = found.frames[i]!; n <= found.frames[i + 1]!; n++) {
        passing.add(n);
      }
    }
    return (last = Math.max(last, found.last));
  };
  take(first);
  return { text, match: (p) => passing.has(p.n), error: "", take };
}

/** Words of the language, for suggestions. */
export const KEYWORDS = ["tcp", "udp", "icmp", "arp", "ip", "ip6", "port", "src port", "dst port", "portrange", "host", "src host", "dst host", "not", "and", "or", "port ==", "client.port ==", "server.port ==", 'service == "', 'range == "', 'no_ports == "', "len >", "quoted"];

const TOKEN = /\s*(==|!=|<=|>=|<|>|\(|\)|\[|\]|,|&&|\|\||!|"[^"]*"?|[^\s()[\],"=<>!&|]+|[&|=])/y;

function tokens(text: string): string[] {
  const out: string[] = [];
  TOKEN.lastIndex = 0;
  for (let m = TOKEN.exec(text); m?.[1] !== undefined; m = TOKEN.exec(text)) {
    out.push(m[1]);
  }
  return out;
}

/** Reads words one after the other. Words without "and" between them must all fit. */
class Parser {
  private i = 0;

  constructor(
    private readonly words: string[],
    private readonly facts: Facts,
  ) {}

  all(): Match {
    const match = this.or();
    if (this.i < this.words.length) {
      throw new Mistake(`"${this.words[this.i]}" does not belong here`);
    }
    return match;
  }

  private peek(): string | undefined {
    return this.words[this.i]?.toLowerCase();
  }

  private next(after: string): string {
    const word = this.words[this.i++];
    if (word === undefined) {
      throw new Mistake(`something is missing after "${after}"`);
    }
    return word;
  }

  private take(...any: string[]): boolean {
    const found = any.includes(this.peek() ?? "");
    this.i += found ? 1 : 0;
    return found;
  }

  private or(): Match {
    let left = this.and();
    while (this.take("or", "||")) {
      const [a, b] = [left, this.and()];
      left = (p) => a(p) || b(p);
    }
    return left;
  }

  private and(): Match {
    let left = this.not();
    while (this.take("and", "&&") || ![undefined, "or", "||", ")"].includes(this.peek())) {
      const [a, b] = [left, this.not()];
      left = (p) => a(p) && b(p);
    }
    return left;
  }

  private not(): Match {
    if (this.take("not", "!")) {
      const inner = this.not();
      return (p) => !inner(p);
    }
    if (this.take("(")) {
      const inner = this.or();
      if (!this.take(")")) {
        throw new Mistake('")" is missing');
      }
      return inner;
    }
    return this.term();
  }

  private term(): Match {
    const word = this.next(this.words[this.i - 1] ?? "");
    const low = word.toLowerCase();
    const following = this.peek() ?? "";
    if (["==", "!=", "<", "<=", ">", ">=", "in"].includes(following)) {
      return this.comparison(low);
    }
    if (["and", "or", "&&", "||", ")", "[", "]", ",", "=", "&", "|", "==", "!=", "<", ">", "<=", ">="].includes(low)) {
      throw new Mistake(low === "=" ? 'a comparison is written "=="' : `something is missing before "${word}"`);
    }
    if (low === "quoted") {
      return (p) => (p.quoted ?? []).length > 0;
    }
    if (low === "src" || low === "dst") {
      return this.primitive(low, this.next(low).toLowerCase());
    }
    if (["port", "host", "portrange"].includes(low)) {
      return this.primitive("", low);
    }
    const key = PROTOCOLS[low];
    if (key !== undefined) {
      return (p) => this.facts.protocols(p).includes(key);
    }
    const colon = /^:(\d+)$/.exec(word);
    if (colon?.[1] !== undefined) {
      const n = this.facts.port(colon[1]);
      return (p) => this.facts.ports(p).includes(n);
    }
    const text = low.replaceAll('"', "");
    return (p) => this.facts.text(p).includes(text);
  }

  /** tcpdump's words for ports and hosts. */
  private primitive(way: "" | "src" | "dst", kind: string): Match {
    if (kind === "port") {
      const n = this.facts.port(this.next("port"));
      return this.ports(way, (port) => port === n);
    }
    if (kind === "portrange") {
      const [, low, high] = /^(\d+)-(\d+)$/.exec(this.next("portrange")) ?? [];
      if (low === undefined || high === undefined) {
        throw new Mistake("a range of ports is written as 6000-6010");
      }
      return this.ports(way, (port) => Number(low) <= port && port <= Number(high));
    }
    const address = kind === "host" ? this.next("host") : kind;
    if (!/^[\da-f.:]+$/i.test(address)) {
      throw new Mistake(`"${address}" is not an address`);
    }
    const want = address.toLowerCase();
    return (p) => (way !== "dst" && this.facts.hosts(p, "src").includes(want)) || (way !== "src" && this.facts.hosts(p, "dst").includes(want));
  }

  private ports(way: "" | "src" | "dst", fits: (port: number) => boolean): Match {
    return (p) => this.facts.ports(p).some((port, i) => fits(port) && (way === "" || (i % 2 === 0) === (way === "src")));
  }

  private comparison(name: string): Match {
    const values = this.facts.values(name);
    if (!values) {
      throw new Mistake(`there is no name "${name}"; use port, src.port, dst.port, client.port, server.port, service, range, proto, no_ports, len, captured or frame`);
    }
    const operator = this.next(name).toLowerCase();
    if (operator === "in") {
      const fits = this.list(name);
      return (p) => values(p).some(fits);
    }
    const want = this.value(name, operator);
    const fits = (v: number | string): boolean => ({ "==": v === want, "!=": v === want, "<": v < want, "<=": v <= want, ">": v > want, ">=": v >= want })[operator] ?? false;
    return operator === "!=" ? (p) => values(p).length > 0 && !values(p).some(fits) : (p) => values(p).some(fits);
  }

  private value(name: string, before: string): number | string {
    const word = this.next(before);
    const isText = ["service", "range", "proto", "no_ports"].includes(name);
    if (isText) {
      return word.replaceAll('"', "").toLowerCase();
    }
    if (!/^\d+$/.test(word)) {
      throw new Mistake(`${name} is compared with a number, and "${word}" is not one`);
    }
    return Number(word);
  }

  /** [80, 443] or 1..79 */
  private list(name: string): (v: number | string) => boolean {
    const [, low, high] = /^(\d+)\.\.(\d+)$/.exec(this.peek() ?? "") ?? [];
    if (low !== undefined && high !== undefined) {
      this.i++;
      return (v) => Number(low) <= Number(v) && Number(v) <= Number(high);
    }
    if (!this.take("[")) {
      throw new Mistake('after "in" comes a list as [80, 443] or a range as 1..79');
    }
    const all: (number | string)[] = [];
    while (!this.take("]")) {
      all.push(this.value(name, "["));
      this.take(",");
    }
    return (v) => all.includes(v);
  }
}
