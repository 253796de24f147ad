// IP addresses as Go's net/netip reads and writes them (RFC 4291 section 2.2, RFC 5952 section 4), which is what the key of a question has.

/** The normal form of an address, or undefined where the text is none. */
export function address(text: string): string | undefined {
  return v4(text) ? text : v6(text);
}

/** The normal form of an address and port: 192.0.2.1:80 or [2001:db8::1]:80. */
export function addressPort(text: string): string | undefined {
  const [, inside, bare, digits] = /^(?:\[([^[\]]*)\]|([^:[\]]*)):(\d+)$/.exec(text) ?? [];
  const port = Number(digits);
  if (digits === undefined || port > 65535) {
    return undefined;
  }
  if (bare !== undefined) {
    return v4(bare) ? `${bare}:${port}` : undefined;
  }
  const six = v6(inside ?? "");
  return six === undefined ? undefined : `[${six}]:${port}`;
}

/** Four decimal numbers without leading zeros, which some read as octal. */
function v4(text: string): boolean {
  const parts = text.split(".");
  return parts.length === 4 && parts.every((p) => /^(0|[1-9]\d{0,2})$/.test(p) && Number(p) <= 255);
}

function v6(text: string): string | undefined {
  const [, head, zone] = /^([^%]*)(%.+)?$/s.exec(text) ?? [];
  if (head === undefined || !head.includes(":")) {
    return undefined;
  }
  const groups = expand(head);
  return groups && write(groups) + (zone ?? "");
}

/** The eight groups, or undefined. "::" replaces one group or more; the last four bytes may be written as IPv4. */
function expand(text: string): number[] | undefined {
  const halves = text.split("::");
  if (halves.length > 2) {
    return undefined;
  }
  const lists = halves.map((h, i) => list(h, i === halves.length - 1));
  const [left, right] = lists;
  if (!left || lists.includes(undefined)) {
    return undefined;
  }
  if (!right) {
    return left.length === 8 ? left : undefined;
  }
  const gap = 8 - left.length - right.length;
  return gap < 1 ? undefined : [...left, ...Array<number>(gap).fill(0), ...right];
}

function list(text: string, last: boolean): number[] | undefined {
  if (text === "") {
    return [];
  }
  const out: number[] = [];
  const parts = text.split(":");
  for (const [i, p] of parts.entries()) {
    if (/^[0-9a-f]{1,4}$/.test(p)) {
      out.push(parseInt(p, 16));
    } else if (last && i === parts.length - 1 && v4(p)) {
      const [a = 0, b = 0, c = 0, d = 0] = p.split(".").map(Number);
      out.push(a * 256 + b, c * 256 + d);
    } else {
      return undefined;
    }
  }
  return out;
}

/** RFC 5952: lower case, no leading zeros, the longest run of two zero groups or more as "::", IPv4-mapped ones with dots. */
function write(g: number[]): string {
  const hex = (list: number[]): string => list.map((n) => n.toString(16)).join(":");
  if (g.slice(0, 5).every((n) => n === 0) && g[5] === 0xffff) {
    return `::ffff:${[g[6] ?? 0, g[7] ?? 0].flatMap((n) => [n >> 8, n & 255]).join(".")}`;
  }
  let start = -1;
  let length = 1;
  for (let i = 0; i < 8; i++) {
    let end = i;
    while (end < 8 && g[end] === 0) {
      end++;
    }
    if (end - i > length) {
      [start, length] = [i, end - i];
    }
  }
  return start < 0 ? hex(g) : `${hex(g.slice(0, start))}::${hex(g.slice(start + length))}`;
}
