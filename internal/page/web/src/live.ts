// What only `portsniff serve` has: packets that arrive while the page is open, the pause button, what was lost, and captures dropped on the page.
import type { Data, Lost, Packet } from "./data";
import { check } from "./data";
import { byId, count, el, printable } from "./dom";
import type { Model } from "./select";

const CAPTURING = "Capturing.";
const KEPT = 5000; // packets in a live page, and as many that a paused one holds back

const TABLES = ["specs", "kinds", "shapes", "texts"] as const; // what packets point into
const COUNTS = ["ports", "flows", "hosts", "services", "scans", "series", "reasons", "totals", "hiddenPorts", "hiddenFlows", "hiddenHosts", "hiddenServices", "first", "last", "zone"] as const;

/** What one event of the server says; what is absent has not changed. */
type Update = Partial<Pick<Data, (typeof TABLES)[number] | (typeof COUNTS)[number]>> & {
  packets?: Packet[] | null;
  at?: Partial<Record<(typeof TABLES)[number], number>>; // where the elements of each table go
  frames: number;
  bytes: number;
  lost?: Lost;
};

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
  private waiting: Packet[] = []; // what came while the page was paused
  private last: Update | undefined; // the newest counts that came meanwhile
  private skipped = 0; // packets that were more than the page holds back
  private lost: Lost = { kernel: 0, interface: 0, page: 0 };
  private readonly button = byId("pause");
  private state = CAPTURING;

  constructor(private readonly model: Model) {}

  start(): void {
    byId("live").hidden = false;
    this.tell();
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
      this.state = `The capture has ended${reason === "" ? "" : `: ${reason}`}.`;
      this.tell();
    });
    events.addEventListener("error", () => {
      this.state = "portsniff does not answer. The page shows what it has and asks again every few seconds.";
      this.tell();
    });
    events.addEventListener("open", () => {
      this.state = CAPTURING;
      this.tell();
    });
  }

  private tell(): void {
    byId("live").classList.toggle("bad", this.state !== CAPTURING);
    byId("state").textContent = this.paused ? `${this.state} The page is paused.` : this.state;
  }

  private toggle(): void {
    this.paused = !this.paused;
    this.button.textContent = this.paused ? "Go on" : "Pause";
    this.tell();
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
  const name = printable(file.name);
  said.textContent = `Reading ${name} …`;
  try {
    const response = await fetch("capture", { method: "POST", headers: { "X-Portsniff": "1" }, body: file }).catch((e: unknown) => {
      throw new Error(`portsniff does not answer; it may have ended, or the file cannot be read any more (${e instanceof Error ? e.message : String(e)})`);
    });
    const answer = (await response.json()) as Data & { error?: string };
    if (!response.ok) {
      throw new Error(answer.error ?? `the server says ${response.status}`);
    }
    model.replace({ ...check(answer), source: name }); // which the server was not told
    document.title = `${name} - portsniff`;
    said.replaceChildren(`${name} is shown. To come back to what portsniff serves, load the page again.`);
  } catch (e) {
    said.replaceChildren(el("strong", {}, `${name} could not be read: ${e instanceof Error ? e.message : String(e)}`));
  }
}
