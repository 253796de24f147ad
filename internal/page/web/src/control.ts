// Stopping a capture and choosing which packets count, for all pages that follow it. What the kernel's filter is stays as it was started.
import type { Chosen } from "./decoder";
import { choose, Refused } from "./decoder";
import { byId, count, el } from "./dom";

/** The controls of a running capture in #control. interfaces are those that one can be chosen of. */
export class Control {
  private chosen: Chosen = { stopped: false, filter: "", left: 0, failed: "" };
  private typed = false; // a filter that is not applied: updates leave it alone
  private readonly stop = byId("stop-capture");
  private readonly input = byId("capture-filter") as HTMLInputElement;
  private readonly select = byId("capture-interface") as HTMLSelectElement;
  private readonly error = byId("control-error");

  constructor(interfaces: string[]) {
    byId("control").hidden = false;
    byId("interface-label").hidden = interfaces.length === 0;
    this.select.append(el("option", { value: "" }, "all"), ...interfaces.map((name) => el("option", {}, name)));
    this.select.addEventListener("change", () => void this.set({ interface: this.select.value }));
    this.stop.addEventListener("click", () => void this.set({ stopped: !this.chosen.stopped }));
    this.input.addEventListener("input", () => (this.typed = this.input.value !== this.chosen.filter));
    byId("control").addEventListener("submit", (e) => {
      e.preventDefault();
      void this.set({ filter: this.input.value });
    });
  }

  /** Takes what is so on the server, which another page may have changed. */
  show(chosen: Chosen): void {
    if (!this.typed && chosen.filter !== this.input.value) {
      this.input.value = chosen.filter;
    }
    if (document.activeElement !== this.select) {
      this.select.value = chosen.interface ?? "";
    }
    if (chosen.failed !== this.chosen.failed) {
      this.error.textContent = chosen.failed === "" ? "" : `The filter was removed: ${chosen.failed}.`;
    }
    this.chosen = chosen;
    this.stop.textContent = chosen.stopped ? "Start capture" : "Stop capture";
    const what = [chosen.stopped ? "Stopped: nothing is counted." : "", chosen.interface ? `Only ${chosen.interface}.` : "", chosen.filter === "" ? "" : `Counted: ${chosen.filter}.`, chosen.left > 0 ? `${count(chosen.left)} left out.` : ""];
    byId("chosen").textContent = what.filter((w) => w !== "").join(" ");
  }

  private async set(change: Partial<Chosen>): Promise<void> {
    try {
      this.error.replaceChildren();
      const { stopped, filter, interface: of } = this.chosen;
      const now = await choose({ stopped, filter, interface: of ?? "", ...change });
      this.typed = change.filter === undefined ? this.typed : this.input.value !== change.filter; // somebody may have gone on typing
      this.show(now);
      this.select.value = now.interface ?? "";
    } catch (e) {
      this.select.value = this.chosen.interface ?? "";
      this.error.replaceChildren(`Not changed: ${e instanceof Error ? e.message : String(e)}.`, ...(e instanceof Refused && e.place !== "" ? [el("code", { class: "spot" }, e.place)] : []));
    }
  }
}
