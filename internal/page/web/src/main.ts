// Puts the page together: one model, and views that know only the model.
import { charts } from "./charts";
import type { Data } from "./data";
import { check, embedded } from "./data";
import { fieldDiagram } from "./diagram";
import { byId, clock, el, some } from "./dom";
import { explanation } from "./explain";
import { byteGrid } from "./grid";
import { flowLadder } from "./ladder";
import { deepLinks } from "./links";
import { packetList } from "./list";
import { live } from "./live";
import { paper } from "./paper";
import { quiz } from "./quiz";
import { Model } from "./select";
import { tables } from "./tables";
import { themeSwitch } from "./theme";

async function fetched(): Promise<Data> {
  const response = await fetch("data.json");
  if (!response.ok) {
    throw new Error(`the server says ${response.status}`);
  }
  return check((await response.json()) as Data);
}

function summary(model: Model): void {
  const draw = (): void => {
    const d = model.data;
    byId("source").textContent = d.source;
    byId("counts").textContent = `${some(d.frames, "packet")}, ${some(d.bytes, "byte")}${d.first ? `, from ${clock(d.first)} to ${clock(d.last ?? "")} (${d.zone})` : ""}`;
    byId("remarks").replaceChildren(...[d.sampled, d.stop].filter((s) => s !== "").map((s) => el("p", { class: "why" }, s)));
    byId("program").textContent = d.program;
  };
  model.on((change) => change === "data" && draw());
  draw();
}

async function start(): Promise<void> {
  themeSwitch();
  paper();
  const here = embedded();
  const model = new Model(here ?? (await fetched()));
  document.body.classList.toggle("quiz-only", model.data.quizOnly === true);
  summary(model);
  packetList(model);
  explanation(model);
  fieldDiagram(model);
  byteGrid(model);
  flowLadder(model);
  charts(model);
  tables(model);
  quiz(model);
  deepLinks(model);
  if (!here) {
    live(model);
  }
  document.addEventListener("keydown", (e) => {
    if (e.key === "Escape") {
      model.setPin([]);
      model.setHover([]);
    }
  });
}

start().catch((e: unknown) => {
  byId("remarks").replaceChildren(el("p", { class: "why", role: "alert" }, `The page could not be drawn: ${e instanceof Error ? e.message : String(e)}`));
});
