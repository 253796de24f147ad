// What only `portsniff serve` has: packets that arrive while the page is open, the pause button, and what was lost.
import type { Data, Lost, Packet } from "./data";
import { Control } from "./control";
import type { Chosen } from "./decoder";
import { byId, count } from "./dom";
import type { Model } from "./select";

const CAPTURING = "Capturing.";
const KEPT = 5000; // packets in a live page, and as many that a paused one holds back

const TABLES = ["specs", "kinds", "shapes", "texts"] as const; // what packets point into
const COUNTS = ["ports", "flows", "hosts", "services", "scans", "series", "reasons", "totals", "hiddenPorts", "hiddenFlows", "hiddenHosts", "hiddenServices", "first", "last", "zone"] as const;

/** One event of the server; what is absent has not changed. */
type Update = Partial<Pick<Data, (typeof TABLES)[number] | (typeof COUNTS)[number]>> & {
  packets?: Packet[] | null;
  at?: Partial<Record<(typeof TABLES)[number], number>>; // where the elements of each table go
  frames: number;
  bytes: number;
  lost?: Lost;
  chosen?: Chosen;
};

/** Follows the server's events if the capture runs. */
export function live(model: Model): void {
  if (model.data.live) {
    new Follower(model).start();
  }
}

class Follower {
  private paused = false;
  private waiting: Packet[] = []; // what came while the page was paused
  private last: Update | undefined; // the newest counts that came meanwhile
  private skipped = 0; // packets that were more than the page holds back
  private lost: Lost = { kernel: 0, interface: 0, page: 0 };
  private readonly button = byId("pause");
  private readonly control: Control;
  private state = CAPTURING;

  constructor(private readonly model: Model) {
    this.control = new Control(model.data.interfaces ?? []);
  }

  start(): void {
    byId("live").hidden = false;
    this.show();
    this.button.addEventListener("click", () => this.toggle());
    const events = new EventSource("events");
    this.model.on((change) => {
      if (change === "data" && !this.model.data.live) {
        events.close(); // a capture was dropped on the page: nothing of this one may get into it any more
        byId("live").hidden = true;
      }
    });
    events.addEventListener("update", (e: MessageEvent<string>) => this.take(JSON.parse(e.data) as Update));
    events.addEventListener("end", (e: MessageEvent<string>) => {
      events.close();
      const reason = String((JSON.parse(e.data) as { reason?: string }).reason ?? "");
      byId("control").hidden = true;
      this.state = `The capture has ended${reason === "" ? "" : `: ${reason}`}.`;
      this.show();
    });
    events.addEventListener("error", () => {
      this.state = "portsniff does not answer. The page shows what it has and tries again every few seconds.";
      this.show();
    });
    events.addEventListener("open", () => {
      this.state = CAPTURING;
      this.show();
    });
  }

  private show(): void {
    byId("live").classList.toggle("bad", this.state !== CAPTURING);
    byId("state").textContent = this.paused ? `${this.state} The page is paused.` : this.state;
  }

  private toggle(): void {
    this.paused = !this.paused;
    this.button.textContent = this.paused ? "Go on" : "Pause page";
    this.show();
    if (!this.paused && this.last) {
      this.apply(this.last);
    }
    this.counters();
  }

  private take(u: Update): void {
    const d = this.model.data;
    // The tables grow even while the page is paused: later packets point into them.
    for (const name of TABLES) {
      (u[name] ?? []).forEach((row, i) => ((d[name] as unknown[])[(u.at?.[name] ?? 0) + i] = row));
    }
    // What came with the page may come again.
    const newest = this.waiting.at(-1)?.n ?? d.packets.at(-1)?.n ?? 0;
    this.waiting.push(...(u.packets ?? []).filter((p) => p.n > newest));
    this.skipped += this.waiting.splice(0, Math.max(0, this.waiting.length - KEPT)).length;
    this.lost = u.lost ?? this.lost;
    if (u.chosen) {
      this.control.show(u.chosen);
    }
    this.last = u;
    if (!this.paused) {
      this.apply(u);
    }
    this.counters();
  }

  private apply(u: Update): void {
    const d = this.model.data;
    const packets = [...d.packets, ...this.waiting].slice(-KEPT);
    this.waiting = [];
    this.last = undefined;
    const counts = Object.fromEntries(COUNTS.flatMap((name) => (u[name] == null ? [] : [[name, u[name]]])));
    this.model.replace({ ...d, ...counts, packets, frames: u.frames, bytes: u.bytes, lost: this.lost });
  }

  /** Shows how many packets are missing, if any are. */
  private counters(): void {
    const losses: [string, number][] = [
      ["lost in the kernel", this.lost.kernel],
      ["lost at the interface", this.lost.interface],
      ["not sent to this page", this.lost.page],
      ["skipped while paused", this.skipped],
      ["waiting", this.waiting.length],
    ];
    byId("losses").textContent = losses.flatMap(([what, n]) => (n > 0 ? [`${count(n)} ${what}`] : [])).join(", ");
  }
}
