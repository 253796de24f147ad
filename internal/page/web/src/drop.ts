// Captures that are dropped on the page or chosen, and bytes that are pasted. The decoder reads them, the page never does.
import type { Decoder } from "./decoder";
import { byId, el, printable } from "./dom";
import type { Model } from "./select";

/** Takes captures, and bytes in hex where the decoder reads them. */
export function drops(model: Model, decoder: Decoder): void {
  const zone = byId("drop");
  const input = byId("file") as HTMLInputElement;
  zone.hidden = false;
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
      void open(model, decoder, file, file.name);
    }
  });
  input.addEventListener("change", () => {
    const file = input.files?.[0];
    input.value = ""; // so that the same file can be chosen again
    if (file) {
      void open(model, decoder, file, file.name);
    }
  });
  if (decoder.readsText) {
    pastes(model, decoder);
  }
}

/** The box for bytes in hex. */
function pastes(model: Model, decoder: Decoder): void {
  const [show, box, text] = [byId("paste"), byId("paste-box"), byId("paste-text") as HTMLTextAreaElement];
  show.hidden = false;
  show.addEventListener("click", () => {
    box.hidden = !box.hidden;
    show.setAttribute("aria-expanded", String(!box.hidden));
    if (!box.hidden) {
      text.focus();
    }
  });
  const read = async (): Promise<void> => {
    if (await open(model, decoder, new Blob([text.value]), "pasted bytes")) {
      box.hidden = true;
      show.setAttribute("aria-expanded", "false");
    }
  };
  byId("paste-go").addEventListener("click", () => void read());
  text.addEventListener("keydown", (e) => {
    if (e.key === "Enter" && (e.ctrlKey || e.metaKey)) {
      void read();
    }
  });
}

/** Shows a capture, and reports whether it could be read. */
async function open(model: Model, decoder: Decoder, capture: Blob, called: string): Promise<boolean> {
  const state = byId("drop-state");
  const name = printable(called);
  state.textContent = `Reading ${name} …`;
  try {
    model.replace(await decoder.decode(capture, name, true));
    document.title = `${name} - portsniff`;
    state.replaceChildren(`${name} is shown. To come back to what was here first, load the page again.`);
    return true;
  } catch (e) {
    state.replaceChildren(el("strong", {}, `${name} could not be read: ${e instanceof Error ? e.message : String(e)}`));
    return false;
  }
}
