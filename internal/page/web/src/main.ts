// Puts the page together: one model, and views that know only the model.
import { answer } from "./answer";
import { charts } from "./charts";
import { compare } from "./compare";
import { embedded } from "./data";
import { decoder } from "./decoder";
import { fieldDiagram } from "./diagram";
import { between, byId, clock, duration, el, size, some } from "./dom";
import { drops } from "./drop";
import { edits } from "./edits";
import { explanation } from "./explain";
import { byteGrid } from "./grid";
import { headersFile } from "./headers_file";
import { flowLadder } from "./ladder";
import { gallery } from "./gallery";
import { glossary } from "./glossary";
import { layers } from "./layers";
import { deepLinks } from "./links";
import { packetList } from "./list";
import { live } from "./live";
import { meaning } from "./meaning";
import { overview } from "./overview";
import { packetsFile } from "./packets_file";
import { paper } from "./paper";
import { quiz } from "./quiz";
import { search } from "./search";
import { Model } from "./select";
import { tables } from "./tables";
import { tabs } from "./tabs";
import { themeSwitch } from "./theme";
import { timeline } from "./timeline";
import { tour } from "./tour";

function summary(model: Model): void {
  const draw = (): void => {
    const d = model.data;
    const seconds = d.first && d.last ? between(d.first, d.last) : undefined;
    byId("source").textContent = d.source;
    byId("counts").textContent = [some(d.frames, "packet"), size(d.bytes), seconds === undefined ? "" : duration(seconds)].filter((s) => s !== "").join(" · ");
    byId("period").textContent = `${some(d.frames, "packet")}, ${some(d.bytes, "byte")}${d.first ? `, from ${clock(d.first)} to ${clock(d.last ?? "")} (${d.zone})` : ""}`;
    byId("remarks").replaceChildren(...[d.sampled, d.stop].filter((s) => s !== "").map((s) => el("p", { class: "why" }, s)));
    byId("program").textContent = d.program;
  };
  model.on((change) => change === "data" && draw());
  draw();
}

async function start(): Promise<void> {
  themeSwitch();
  paper();
  glossary();
  const here = await embedded();
  const from = here ? undefined : await decoder();
  const model = new Model(here ?? (await from!.start()));
  if (model.data.quizOnly) {
    document.body.classList.add("quiz-only");
    model.view = "quiz";
  } else if (model.data.live) {
    model.view = "overview";
  }
  summary(model);
  search(model);
  packetList(model);
  answer(model);
  layers(model);
  fieldDiagram(model);
  headersFile(model);
  compare(model); // after the drawing that it marks
  byteGrid(model);
  explanation(model);
  meaning(model);
  flowLadder(model);
  charts(model);
  timeline(model);
  tables(model);
  quiz(model);
  overview(model);
  tabs(model);
  tour(model);
  deepLinks(model);
  if (from) {
    live(model);
    drops(model, from);
    edits(model, from);
    if (model.data.capture !== undefined) {
      gallery(model);
      packetsFile(model);
    }
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
