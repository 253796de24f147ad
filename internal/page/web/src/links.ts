// Deep links: #p12 is frame 12, #p12/tcp.srcport a field of it, #p12/ip.src/2 the second field with that key. All other links are the browser's.
import type { Model } from "./select";

/** Follows the page's address, and keeps it up with the selection. */
export function deepLinks(model: Model): void {
  const follow = (): boolean => go(model, location.hash);
  if (!follow()) {
    const first = model.data.packets[0];
    if (first) {
      model.select(first.n);
    }
    // The browser looked for the part of the page before there was anything in it.
    document.getElementById(location.hash.slice(1))?.scrollIntoView();
  }
  addEventListener("hashchange", follow);
  model.on((change) => {
    if (change === "frame" || change === "pin") {
      // Replaced, not pushed: the Back key leaves the page instead of walking through every frame that was looked at.
      history.replaceState(null, "", address(model));
    }
  });
}

function go(model: Model, hash: string): boolean {
  const [, number, key, nth] = /^#p(\d+)(?:\/([^/]+)(?:\/(\d+))?)?$/.exec(hash) ?? [];
  if (number === undefined || !model.select(Number(number))) {
    return false;
  }
  const found = key === undefined ? undefined : fieldsWith(model, plain(key))[Number(nth ?? 1) - 1];
  model.setPin(found === undefined ? [] : [found]);
  return true;
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
  if (!model.packet) {
    return "#";
  }
  const at = model.pin[0];
  const field = at === undefined ? undefined : model.fields[at];
  if (at === undefined || !field) {
    return `#p${model.packet.n}`;
  }
  const key = field.field.spec.key;
  const nth = fieldsWith(model, key).indexOf(at) + 1;
  return `#p${model.packet.n}/${encodeURIComponent(key)}${nth > 1 ? `/${nth}` : ""}`;
}

function fieldsWith(model: Model, key: string): number[] {
  return model.fields.flatMap((f, i) => (f.field.spec.key === key ? [i] : []));
}
