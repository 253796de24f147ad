// Bundles the page: src/main.ts and src/app.css into one file each. quiz.mjs is the quiz's grader
// alone, for the test that holds it equal to the program's. The output folder is dist, or the first
// argument, so that a check can build beside dist and compare byte for byte.
import { build } from "esbuild";
import { copyFile, mkdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const out = process.argv[2] ?? join(here, "dist");

// Every page has uPlot in it, and so has its license.
const license = join(here, "node_modules/uplot/LICENSE");

await mkdir(out, { recursive: true });
await copyFile(license, join(out, "uplot.LICENSE"));
await build({
  absWorkingDir: here,
  entryPoints: { app: "src/main.ts" },
  bundle: true,
  format: "esm",
  target: "es2022",
  charset: "ascii", // the page's own words survive a server that says another encoding
  minify: true,
  legalComments: "none",
  banner: { js: `/* uPlot: ${(await readFile(license, "utf8")).trim()} */` },
  outdir: out,
});
await build({ absWorkingDir: here, entryPoints: { app: "src/app.css" }, bundle: true, minify: true, charset: "ascii", target: ["chrome123", "firefox120", "safari17.5"], outdir: out });
await build({ absWorkingDir: here, entryPoints: { quiz: "src/grade.ts" }, bundle: true, format: "esm", target: "es2022", charset: "ascii", minify: true, outExtension: { ".js": ".mjs" }, outdir: out });
