// Two frames side by side in one drawing: fields with another value are marked. Play steps through the frames of a flow, each compared with the one before.
import type { Packet } from "./data";
import { byId, el, some } from "./dom";
import type { Model } from "./select";

const STEP = 1500; // milliseconds for each frame that is played
const NAMED = 6; // changes that are read aloud, before the rest is only counted

/** A field of a frame, by which one of another frame is found: its key, and which one of that key it is. */
interface Value {
  name: string;
  text: string;
}

/** Turns on #compare and #play. */
export function compare(model: Model): void {
  new Compare(model);
}

class Compare {
  private base: { n: number; values: Map<string, Value> } | undefined; // what the selected frame is compared with
  private timer = 0;
  private readonly button = byId("compare");
  private readonly play = byId("play");
  private readonly state = byId("compare-state");

  constructor(private readonly model: Model) {
    this.button.addEventListener("click", () => {
      const on = !this.base;
      this.stop();
      this.base = on ? this.take() : undefined;
      this.draw();
    });
    this.play.addEventListener("click", () => (this.timer ? this.stop() : this.start()));
    model.on((change) => {
      if (change === "data" && !model.data.live) {
        this.stop();
        this.base = undefined; // of another capture
      }
      if (change === "frame" || change === "data") {
        this.draw();
      }
    });
    this.draw();
  }

  /** The frames of the selected frame's flow that the list shows. */
  private frames(): Packet[] {
    const p = this.model.packet;
    const ends = (q: Packet): string => [`${q.src} ${q.sport}`, `${q.dst} ${q.dport}`].sort().join(" ");
    return p?.sport === undefined ? [] : this.model.shown.filter((q) => q.proto === p.proto && q.sport !== undefined && ends(q) === ends(p));
  }

  /** Plays from the selected frame on; from the first where it is the last. */
  private start(): void {
    const frames = this.frames();
    const at = frames.findIndex((p) => p === this.model.packet);
    let next = at === frames.length - 1 ? 0 : at + 1;
    const step = (): void => {
      const frame = frames[next++];
      if (frame) {
        this.base = this.take();
        this.model.select(frame.n);
      }
      if (next >= frames.length) {
        this.stop();
      }
    };
    this.timer = window.setInterval(step, STEP);
    step();
  }

  private stop(): void {
    clearInterval(this.timer);
    this.timer = 0;
    this.draw();
  }

  private take(): Compare["base"] {
    return this.model.packet && { n: this.model.packet.n, values: new Map(this.values()) };
  }

  private values(): [string, Value][] {
    const seen = new Map<string, number>();
    return this.model.fields.map(({ field }) => {
      const nth = (seen.get(field.spec.key) ?? 0) + 1;
      seen.set(field.spec.key, nth);
      return [`${field.spec.key} ${nth}`, { name: field.spec.name, text: field.text }];
    });
  }

  /** Marks what differs, and says it. */
  private draw(): void {
    const { base } = this;
    this.button.textContent = base ? "Stop comparing" : "Compare";
    this.play.textContent = this.timer ? "Stop" : "Play";
    this.play.setAttribute("aria-label", this.timer ? "Stop" : "Play the flow");
    this.play.hidden = !this.timer && this.frames().length < 2;
    const changes: string[] = [];
    const values = base && base.n !== this.model.packet?.n ? this.values() : [];
    const was = values.map(([key, { name, text }]) => {
      const old = base!.values.get(key)?.text;
      if (old === text) {
        return undefined;
      }
      changes.push(old === undefined ? `${name} is new` : `${name} ${old} → ${text}`);
      return old === undefined ? "new" : `was ${old}`;
    });
    for (const box of document.querySelectorAll<HTMLElement>("#diagram [data-field]")) {
      const old = was[Number(box.dataset["field"])];
      box.classList.toggle("changed", old !== undefined);
      if (old === undefined) {
        delete box.dataset["was"];
      } else {
        box.dataset["was"] = old;
      }
    }
    this.state.hidden = !base;
    this.state.replaceChildren(...(values.length === 0 ? [`Select another frame to compare it with frame ${base?.n ?? ""}.`] : sentence(base!.n, changes)));
  }
}

/** How many fields differ, in sight; which ones, for screen readers. */
function sentence(n: number, changes: string[]): (Node | string)[] {
  const rest = changes.length > NAMED ? `; and ${changes.length - NAMED} more` : "";
  return [
    changes.length === 0 ? `No field differs from frame ${n}.` : `${some(changes.length, "field")} ${changes.length === 1 ? "differs" : "differ"} from frame ${n}.`,
    el("span", { class: "unseen" }, changes.length === 0 ? "" : ` ${changes.slice(0, NAMED).join("; ")}${rest}.`),
  ];
}
