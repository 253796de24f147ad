// A tour of two minutes through the capture: what a port is, where it is, and where there is none. A stop that the capture has no packet for is left out.
import type { Packet } from "./data";
import { byId, el } from "./dom";
import { replyTo } from "./facts";
import type { Model, Placed } from "./select";

interface Stop {
  title: string;
  text: string;
  frame: number;
  pin: (f: Placed) => boolean; // the field that is pinned
}

/** Makes #tour begin the tour. */
export function tour(model: Model): void {
  const box = byId("stop");
  let stops: Stop[] = [];
  let at = 0;
  const end = (): void => {
    box.hidden = true;
    document.body.classList.remove("touring");
    byId("tour").focus();
  };
  const show = (): void => {
    const stop = stops[at];
    if (!stop) {
      end();
      return;
    }
    document.body.classList.add("touring"); // what is pinned keeps clear of the box
    model.go(stop.frame);
    const i = model.fields.findIndex(stop.pin);
    model.setPin(i < 0 ? [] : [i]);
    const button = (words: string, to: number): HTMLElement => {
      const b = el("button", { type: "button" }, words);
      b.addEventListener("click", () => ((at = to), show()));
      return b;
    };
    const leave = el("button", { type: "button", class: "link" }, "End the tour");
    leave.addEventListener("click", end);
    const next = button(at === stops.length - 1 ? "Done" : "Next", at + 1);
    box.replaceChildren(el("h3", {}, `${at + 1} of ${stops.length}: ${stop.title}`), el("p", {}, stop.text), el("p", { class: "controls" }, at > 0 ? button("Back", at - 1) : undefined, next, leave));
    box.hidden = false;
    next.focus({ preventScroll: true });
  };
  byId("tour").addEventListener("click", () => {
    [stops, at] = [stopsOf(model), 0];
    show();
  });
  box.addEventListener("keydown", (e) => e.key === "Escape" && end());
  model.on((change) => change === "data" && !model.data.live && !box.hidden && end());
}

function stopsOf(model: Model): Stop[] {
  const { packets } = model.data;
  const own = (f: Placed): boolean => f.field.spec.port && !f.header.quoted;
  const out: Stop[] = [];
  const add = (p: Packet | undefined, title: string, text: string, pin: (f: Placed) => boolean = () => false): void => {
    if (p) {
      out.push({ title, text, frame: p.n, pin });
    }
  };
  const first = packets.find((p) => p.sport !== undefined && !p.no_ports);
  const reply = first && replyTo(model, first);
  add(first, "two ports", "A transport header begins with two numbers of 16 bits: the port of the program that sent the packet, and the port of the program it is for. The first one is pinned. Its two bytes are outlined in the dump.", own);
  add(first, "no port in IP", "The header before it names two hosts. It has no field for a port: an address identifies a host, a port a program on it. The pinned field only names the next header.", (f) => f.field.spec.use === "next" && model.headers.some((h) => h === f.header && h.fields.some((x) => x.spec.use === "src")));
  add(reply, "the reply swaps them", `The answer to frame ${first?.n ?? 0}: the same two numbers have changed places. That is how a reply finds the program that sent the request.`, own);
  add(
    packets.find((p) => p.no_ports === "later-fragment"),
    "a later fragment has none",
    "A datagram that was too large was cut into pieces, and only the first piece has the transport header. Here there is data in its place. Ports read from these bytes would be wrong.",
  );
  add(
    packets.find((p) => (p.quoted ?? []).length > 0),
    "quoted ports",
    "An ICMP error has no ports. It quotes the beginning of the packet that failed, ports and all: they are that packet's.",
    (f) => f.field.spec.port && f.header.quoted,
  );
  add(
    packets.find((p) => p.no_ports !== undefined && p.no_ports !== "later-fragment" && (p.quoted ?? []).length === 0),
    "no ports at all",
    "Not every packet has ports. The reason is at the top, where the ports would be.",
  );
  return out;
}
