// The picture of a frame's headers as a file.
import assert from "node:assert/strict";
import { drawn, filter, reports, saved } from "./browser.mjs";

const { page } = reports();
const KINDS = ["g", "rect", "svg", "text", "title"]; // nothing that is fetched or run
const [PORT, PORT_BACK] = ["#b93a08", "#ffedd5"]; // the colors of ports on paper

page("the headers are saved as a picture on white, whatever the screen's colors", ({ services }) => `${services}#p3`, { scheme: "dark" }, async (p) => {
  const { kinds, texts, boxes } = await drawn(p);
  assert.deepEqual(kinds, KINDS);
  // tshark: tcp.srcport 56592, tcp.dstport 21, tcp.hdr_len 32, tcp.flags.str A alone; -x has dd10 0015 at 0x22.
  for (const text of ["Frame 3 of services.pcap", "@34", "Source Port", "[56592 = 0xdd10]", "Destination Port", "[21 = 0x0015]", "192.0.2.10", "198.51.100.7"]) {
    assert.ok(texts.includes(text), `${text} in ${texts}`);
  }
  assert.match(texts.join(" "), / Data Offset 8 = 32 bytes · .* · Urgent 0 · Acknowledgment 1 · Push 0 · /);
  assert.equal(boxes[0].fill, "#fff");
  // Both ports are half a row, side by side, and nothing else has their color.
  const ports = boxes.filter((b) => b.fill === PORT_BACK || b.stroke === PORT);
  assert.deepEqual(ports.map((b) => [b.fill, b.stroke, b.y]), Array(2).fill([PORT_BACK, PORT, ports[0].y]));
  assert.equal(ports[1].x - ports[0].x, (boxes[1].width * 16) / 32);
  const png = await saved(p, p.locator("#save-headers").getByRole("button", { name: "Save as PNG" }));
  assert.equal(png.subarray(1, 4).toString(), "PNG");
  assert.equal(png.readUInt32BE(16), 2 * boxes[0].width); // IHDR's width: two pixels for one
  await filter(p, "port 1", "0 of 232 packets");
  assert.equal(await p.locator("#save-headers").isVisible(), false); // there is no frame to save
});

// tshark: the quoted UDP header is at byte 62, udp.srcport 50171, udp.dstport 33434.
page("in the picture quoted ports have quotes and a dashed border", ({ refused }) => `${refused}#p2`, {}, async (p) => {
  const { texts, boxes } = await drawn(p);
  assert.deepEqual(texts.filter((t) => t.startsWith("“")), ["“50171 = 0xc3fb”", "“33434 = 0x829a”"]);
  assert.ok(texts.includes("@62"));
  assert.equal(boxes.filter((b) => b.stroke === PORT && b["stroke-dasharray"]).length, 2);
});

// 36 bytes were captured: the destination port's are not there.
page("in the picture a port that is cut off has no number", ({ cut }) => `${cut}#p1`, {}, async (p) => {
  const { texts } = await drawn(p);
  assert.deepEqual(texts.filter((t) => t.startsWith("[")), ["[37914 = 0x941a]", "[cut off]"]);
});

page("headers that the page was not given are missing in the picture too, and counted", ({ tags }) => tags, {}, async (p) => {
  const { kinds, texts } = await drawn(p);
  assert.deepEqual(kinds, KINDS);
  assert.match(texts.at(-1), /^[0-9]+ further headers not drawn$/);
  // A browser that cannot draw so tall a picture twice as large draws it smaller.
  const png = await saved(p, p.locator("#save-headers").getByRole("button", { name: "Save as PNG" }));
  assert.ok(png.readUInt32BE(16) * png.readUInt32BE(20) <= 16_000_000);
});
