// The page's address: #p12 is frame 12, #p12/tcp.srcport a field of it, #p12/ip.src/2 the second field with that key, #timeline a part of the page. After ?q= comes
// the filter.
import type { Model } from "./select";

const VIEWS = ["overview", "packets", "conversations", "ports", "hosts", "timeline", "quiz"];

/** Follows the page's address, and keeps it up with the selection. */
export function deepLinks(model: Model): void {
  let own = ""; // the address that the page wrote itself
  const follow = (): void => {
    if (location.hash !== own) {
      void go(model, location.hash);
    }
  };
  const write = (): void => {
    own = address(model);
    // Replaced, not pushed: the Back key leaves the page instead of walking through every frame that was looked at.
    history.replaceState(null, "", own);
  };
  const first = model.shown[0];
  if (first) {
    model.select(first.n);
  }
  follow();
  addEventListener("hashchange", follow);
  model.on((change) => ["frame", "pin", "filter", "view"].includes(change) && write());
}

async function go(model: Model, hash: string): Promise<void> {
  const [, path = "", query = ""] = /^#?([^?]*)(?:\?q=(.*))?$/s.exec(hash) ?? [];
  if (plain(query) !== model.query.text) {
    await model.filter(plain(query));
  }
  const [, number, key, nth] = /^p(\d+)(?:\/([^/]+)(?:\/(\d+))?)?$/.exec(path) ?? [];
  if (number === undefined) {
    if (VIEWS.includes(path)) {
      model.open(path);
      scrollTo(0, 0); // the browser went to the section, past the answer above it
    }
    return;
  }
  model.open("packets");
  if (!model.select(Number(number))) {
    model.say(model.find(Number(number)) ? `Frame ${number} is not among the packets that the filter shows.` : `Frame ${number} is not in this page.`);
    return;
  }
  const found = key === undefined ? undefined : fieldsWith(model, plain(key))[Number(nth ?? 1) - 1];
  model.setPin(found === undefined ? [] : [found]);
}

/** A key as it is, of an address that may have it escaped, and escaped wrongly. */
function plain(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}

function address(model: Model): string {
  return `#${place(model)}${model.query.text === "" ? "" : `?q=${encodeURIComponent(model.query.text)}`}`;
}

function place(model: Model): string {
  if (model.view !== "packets" || !model.packet) {
    return model.view;
  }
  const at = model.pin[0];
  const field = at === undefined ? undefined : model.fields[at];
  if (at === undefined || !field) {
    return `p${model.packet.n}`;
  }
  const key = field.field.spec.key;
  const nth = fieldsWith(model, key).indexOf(at) + 1;
  return `p${model.packet.n}/${encodeURIComponent(key)}${nth > 1 ? `/${nth}` : ""}`;
}

function fieldsWith(model: Model, key: string): number[] {
  return model.fields.flatMap((f, i) => (f.field.spec.key === key ? [i] : []));
}
