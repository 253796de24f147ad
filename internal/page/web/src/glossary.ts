// Terms and their meaning, for beginners. A word with a dotted line explains itself on hover, focus and touch.
import { byId, el } from "./dom";

const WORDS: Record<string, string> = {
  Client: "The end that opened the conversation. Its port is usually an ephemeral one that its system chose.",
  Server: "The end that waited for the client. Its port is usually a known one, so that clients find it.",
  Number: "A port is a number of 16 bits, from 0 to 65535. With an address and a protocol it names one end of a conversation.",
  Range: "IANA divides the numbers (RFC 6335): system ports 0 to 1023, registered ports 1024 to 49151, dynamic ports 49152 to 65535.",
  Name: "The service that IANA has registered for the number. The packet may contain another one.",
  Role: "Client or server. The number of a port alone does not show which.",
  Evidence: "The reason for the role: the packet that opens a connection is the best evidence, the numbers are a guess.",
  Bytes: "Where the number is in the frame. The more significant byte comes first; counting begins at 0.",
  Address: "It identifies a host. The port identifies a program on that host.",
};

/** A word, which explains itself if it is one of the glossary. */
export function term(word: string, shown = word): HTMLElement {
  return el("span", WORDS[word] === undefined ? {} : { class: "term", tabindex: 0, "data-term": word, "aria-describedby": "gloss" }, shown);
}

/** Makes words explain themselves in #gloss. */
export function glossary(): void {
  const box = byId("gloss");
  const show = (e: Event): void => {
    const word = (e.target as Element).closest<HTMLElement>("[data-term]");
    const text = WORDS[word?.dataset["term"] ?? ""];
    if (!word || text === undefined) {
      box.hidden = true;
      return;
    }
    box.textContent = text;
    box.hidden = false;
    const at = word.getBoundingClientRect();
    box.style.left = `${Math.max(8, Math.min(at.left, innerWidth - box.offsetWidth - 8))}px`;
    box.style.top = `${at.bottom + box.offsetHeight + 8 > innerHeight ? at.top - box.offsetHeight - 6 : at.bottom + 6}px`;
  };
  document.addEventListener("pointerover", show);
  document.addEventListener("focusin", show);
  document.addEventListener("keydown", (e) => e.key === "Escape" && (box.hidden = true));
}
