// Spellings that the grader takes, the same as internal/quiz/words.go has: a test holds the two graders equal.

const table = (rows: Record<string, string>): Map<string, string> => new Map(Object.entries(rows).flatMap(([normal, spellings]) => spellings.split(" ").map((s): [string, string] => [s, normal])));

/** For each form that takes words: the spelling, and what it means. */
export const words: Record<string, Map<string, string>> = {
  range: table({
    system: "system sys well-known wellknown well",
    registered: "registered reg user",
    // RFC 6335 section 6 calls the dynamic ports "also known as the Private or Ephemeral Ports".
    dynamic: "dynamic dyn private ephemeral",
  }),
  role: table({ client: "client ephemeral", server: "server service" }),
  evidence: table({
    syn: "syn init request syns",
    "syn-ack": "syn-ack synack init-ack response",
    "registered-port": "registered-port registered name well-known service",
    "lower-port": "lower-port lower higher number",
    "first-sender": "first-sender first",
  }),
  reason: table({
    "not-ip": "not-ip arp lldp stp",
    "no-transport": "no-transport icmp icmpv6 igmp ospf",
    "later-fragment": "later-fragment fragment",
    cut: "cut snaplen truncated",
    encrypted: "encrypted esp",
    malformed: "malformed broken",
    "unsupported-link": "unsupported-link",
  }),
  field: table({
    none: "none no nothing neither",
    port: "port ports source destination srcport dstport",
    address: "address addresses ip mac",
    pid: "pid process",
    protocol: "protocol",
    payload: "payload data",
    checksum: "checksum",
    sequence: "sequence",
  }),
};

/** Spellings of the keys that are words. */
export const keyWords = table({ source: "source src sport srcport from", destination: "destination dest dst dport dstport to" });

/** Words that an answer may have and that say nothing. */
export const noise = new Set(
  "the is are it its in of for from to and at byte bytes offset frame frames packet value because by with sent range role port ports known field header an this that they so has have end host side sends opens opened starts started connection conversation flag bit set belongs does number there goes".split(" "),
);
