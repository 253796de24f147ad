// What only `portsniff serve` has: packets that arrive while the page is open, the pause button, what was lost, and captures dropped on the page.
import type { Data, Lost, Packet, Question, Series, Spec } from "./data";
import { check } from "./data";
import { byId, count, el } from "./dom";
import type { Model } from "./select";

const KEPT = 5000; // packets in a live page
const WAITING = 5000; // packets that a paused page holds back

/** What one event of the server says; what is absent has not changed. */
interface Update {
  packets?: Packet[] | null;
  specs?: Spec[] | null;
  kinds?: Data["kinds"] | null;
  ports?: Data["ports"] | null;
  flows?: Data["flows"] | null;
  series?: Series | null;
  reasons?: Data["reasons"] | null;
  totals?: Data["totals"];
  quiz?: { seed: number; questions: Question[] | null } | null;
  frames: number;
  bytes: number;
  lost?: Lost;
}

/** Follows the server's events if the capture runs, and takes captures that are dropped on the page. */
export function live(model: Model): void {
  byId("drop").hidden = false;
  drops(model);
  if (model.data.live) {
    new Follower(model).start();
  }
}

class Follower {
  private paused = false;
  private waiting: Update[] = [];
  private held = 0; // packets in waiting
  private skipped = 0; // packets that were more than the page holds back
  private lost: Lost = { kernel: 0, interface: 0, page: 0 };
  private readonly button = byId("pause");

  constructor(private readonly model: Model) {}

  start(): void {
    byId("live").hidden = false;
    this.say("Capturing");
    this.button.addEventListener("click", () => this.toggle());
    const events = new EventSource("events");
    events.addEventListener("update", (e: MessageEvent<string>) => this.take(JSON.parse(e.data) as Update));
    events.addEventListener("end", (e: MessageEvent<string>) => {
      events.close();
      this.say(`The capture has ended. ${String((JSON.parse(e.data) as { reason?: string }).reason ?? "")}`);
    });
    events.addEventListener("error", () => this.say("The connection to portsniff is gone; the page shows what it has."));
    events.addEventListener("open", () => this.say("Capturing"));
  }

  private say(text: string): void {
    byId("state").textContent = text;
  }

  private toggle(): void {
    this.paused = !this.paused;
    this.button.textContent = this.paused ? "Go on" : "Pause";
    this.button.setAttribute("aria-pressed", this.paused ? "true" : "false");
    if (!this.paused) {
      const waiting = this.waiting;
      this.waiting = [];
      this.held = 0;
      this.apply(waiting);
    }
    this.counters();
  }

  private take(u: Update): void {
    this.lost = u.lost ?? this.lost;
    if (this.paused) {
      this.hold(u);
    } else {
      this.apply([u]);
    }
    this.counters();
  }

  /** Holds an update back. Of the tables the newest alone matters, of packets the page has a bound; specs are all needed, for later packets point at them. */
  private hold(u: Update): void {
    this.waiting.push(u);
    this.held += u.packets?.length ?? 0;
    for (const old of this.waiting) {
      const over = this.held - WAITING;
      if (over <= 0) {
        break;
      }
      const gone = old.packets?.splice(0, over).length ?? 0;
      this.held -= gone;
      this.skipped += gone;
    }
    this.waiting = [merge(this.waiting)];
  }

  private apply(updates: Update[]): void {
    if (updates.length === 0) {
      return;
    }
    const u = merge(updates);
    const d = this.model.data;
    this.model.replace({
      ...d,
      packets: [...d.packets, ...(u.packets ?? [])].slice(-KEPT),
      specs: [...d.specs, ...(u.specs ?? [])],
      kinds: [...d.kinds, ...(u.kinds ?? [])],
      ports: u.ports ?? d.ports,
      flows: u.flows ?? d.flows,
      series: u.series ?? d.series,
      reasons: u.reasons ?? d.reasons,
      totals: u.totals ?? d.totals,
      quiz: u.quiz ?? d.quiz,
      frames: u.frames,
      bytes: u.bytes,
    });
  }

  private counters(): void {
    const losses: [string, number][] = [
      ["lost in the kernel", this.lost.kernel],
      ["lost at the interface", this.lost.interface],
      ["left out of this page", this.lost.page],
      ["skipped while paused", this.skipped],
      ["waiting", this.held],
    ];
    byId("losses").textContent = losses.map(([what, n]) => `${count(n)} ${what}`).join(", ");
  }
}

function merge(updates: Update[]): Update {
  return updates.reduce((a, b) => ({
    ...a,
    ...b,
    packets: [...(a.packets ?? []), ...(b.packets ?? [])],
    specs: [...(a.specs ?? []), ...(b.specs ?? [])],
    kinds: [...(a.kinds ?? []), ...(b.kinds ?? [])],
  }));
}

/** A capture that is dropped on the page, or chosen, is decoded by the server; the page never reads it itself. */
function drops(model: Model): void {
  const zone = byId("drop");
  const input = byId("file") as HTMLInputElement;
  document.addEventListener("dragover", (e) => {
    e.preventDefault();
    zone.classList.add("over");
  });
  document.addEventListener("dragleave", (e) => !e.relatedTarget && zone.classList.remove("over"));
  document.addEventListener("drop", (e) => {
    e.preventDefault();
    zone.classList.remove("over");
    const file = e.dataTransfer?.files[0];
    if (file) {
      void send(model, file);
    }
  });
  input.addEventListener("change", () => {
    const file = input.files?.[0];
    input.value = ""; // so that the same file can be chosen again
    if (file) {
      void send(model, file);
    }
  });
}

async function send(model: Model, file: File): Promise<void> {
  const said = byId("drop-state");
  said.textContent = `Reading ${file.name} …`;
  try {
    const response = await fetch("capture", { method: "POST", headers: { "X-Portsniff": "1" }, body: file });
    const answer = (await response.json()) as Data & { error?: string };
    if (!response.ok) {
      throw new Error(answer.error ?? `the server says ${response.status}`);
    }
    // The server knows bytes, not names.
    model.replace({ ...check(answer), source: answer.source || file.name });
    said.replaceChildren(`${file.name} is shown.`);
  } catch (e) {
    said.replaceChildren(el("strong", {}, `${file.name} could not be read: ${e instanceof Error ? e.message : String(e)}`));
  }
}
