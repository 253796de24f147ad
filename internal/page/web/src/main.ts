// Puts the page together: one model, and views that know only the model.
import { embedded } from "./data";
import type { Data } from "./data";
import { byteGrid } from "./grid";
import { fieldDiagram } from "./diagram";
import { byId, el, some } from "./dom";
import { explanation } from "./explain";
import { packetList } from "./list";
import { deepLinks } from "./links";
import { Model } from "./select";
import { themeSwitch } from "./theme";

async function fetched(): Promise<Data> {
  const response = await fetch("data.json");
  return (await response.json()) as Data;
}

function summary(model: Model): void {
  const draw = (): void => {
    const d = model.data;
    byId("source").textContent = d.source;
    byId("counts").textContent = `${some(d.frames, "packet")}, ${some(d.bytes, "byte")}${d.first ? `, from ${d.first} to ${d.last ?? ""}` : ""}`;
    byId("remarks").replaceChildren(...[d.sampled, d.stop].filter((s) => s !== "").map((s) => el("p", { class: "why" }, s)));
    byId("program").textContent = d.program;
  };
  model.on((change) => change === "data" && draw());
  draw();
}

async function start(): Promise<void> {
  themeSwitch();
  const model = new Model(embedded() ?? (await fetched()));
  summary(model);
  packetList(model);
  explanation(model);
  fieldDiagram(model);
  byteGrid(model);
  deepLinks(model);
  document.addEventListener("keydown", (e) => e.key === "Escape" && model.setPin([]));
}

start().catch((e: unknown) => {
  byId("remarks").replaceChildren(el("p", { class: "why", role: "alert" }, `The page could not be drawn: ${e instanceof Error ? e.message : String(e)}`));
});
