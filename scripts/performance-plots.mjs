// Draws the pictures of docs/performance.md from bench/results into docs/images, in light and dark.
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { writePlot } from "../dist/src/lab/plots/index.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const results = (name) => join(root, "bench", "results", name);
const images = join(root, "docs", "images");

/** Kind, files with the names of their series or models, heading. */
const PLOTS = [
  [
    "cost",
    [
      { path: results("decode-smollm2.json"), model: "SmolLM2-135M" },
      { path: results("decode-gemma3.json"), model: "Gemma-3-270M" },
    ],
  ],
  ["time-to-first-call", [{ path: results("first-call-smollm2.json"), model: "SmolLM2-135M" }]],
];

mkdirSync(images, { recursive: true });
for (const [kind, files] of PLOTS) {
  const there = files.filter(({ path }) => existsSync(path));
  if (there.length === 0) continue;
  const out = join(images, `${kind}.svg`);
  await writePlot(kind, there, out, { theme: "both", background: "transparent" });
}
