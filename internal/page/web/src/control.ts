// Stopping a capture and choosing which packets count, for all pages that follow it. What the interface and the kernel's filter are stays as it was started.
import type { Chosen } from "./decoder";
import { choose, Refused } from "./decoder";
import { byId, count, el } from "./dom";

/** The controls of a running capture in #control. */
export class Control {
  private chosen: Chosen = { stopped: false, filter: "", left: 0, failed: "" };
  private readonly stop = byId("stop-capture");
  private readonly input = byId("capture-filter") as HTMLInputElement;
  private readonly error = byId("control-error");

  constructor() {
    byId("control").hidden = false;
    this.stop.addEventListener("click", () => void this.set(!this.chosen.stopped, this.chosen.filter));
    byId("control").addEventListener("submit", (e) => {
      e.preventDefault();
      void this.set(this.chosen.stopped, this.input.value);
    });
  }

  /** Takes what is so on the server, which another page may have changed. */
  show(chosen: Chosen): void {
    if (chosen.filter !== this.chosen.filter && document.activeElement !== this.input) {
      this.input.value = chosen.filter;
    }
    if (chosen.failed !== this.chosen.failed) {
      this.error.textContent = chosen.failed === "" ? "" : `The filter was removed: ${chosen.failed}.`;
    }
    this.chosen = chosen;
    this.stop.textContent = chosen.stopped ? "Start capture" : "Stop capture";
    const what = [chosen.stopped ? "Stopped: nothing is counted." : "", chosen.filter === "" ? "" : `Counted: ${chosen.filter}.`, chosen.left > 0 ? `${count(chosen.left)} left out.` : ""];
    byId("chosen").textContent = what.filter((w) => w !== "").join(" ");
  }

  private async set(stopped: boolean, filter: string): Promise<void> {
    try {
      this.error.replaceChildren();
      this.show(await choose(stopped, filter));
      this.input.value = this.chosen.filter;
    } catch (e) {
      this.error.replaceChildren(`Not changed: ${e instanceof Error ? e.message : String(e)}.`, ...(e instanceof Refused && e.place !== "" ? [el("code", { class: "spot" }, e.place)] : []));
    }
  }
}
