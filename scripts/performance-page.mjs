// Writes docs/performance.md from the results in bench/results: no number in it is typed by hand.
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { results, root, withoutReferences } from "./figures.mjs";
import { argumentDrafts, conversationCall, firstCall, published, reranker } from "./performance/calls.mjs";
import { batchedHeads, busyMachine, head, layers, memory, profile } from "./performance/decoding.mjs";
import { gpu } from "./performance/gpu.mjs";
import { longRun, parallel } from "./performance/serving.mjs";
import { growth, training } from "./performance/training.mjs";

/** The page without the references of its figures. */
export function page() {
  return withoutReferences(pageWithReferences());
}

/** The page, each figure followed by its reference. What has no results yet says so. */
export function pageWithReferences() {
  return `${[
    introduction(),
    head(),
    batchedHeads(),
    busyMachine(),
    layers(),
    profile(),
    memory(),
    firstCall(),
    conversationCall(),
    argumentDrafts(),
    published(),
    reranker(),
    training(),
    growth(),
    parallel(),
    longRun(),
    gpu(),
  ].join("\n\n")}\n`;
}

function introduction() {
  return `# Performance

Made by \`node scripts/performance-page.mjs\` from the files in [bench/results](../bench/results); \`npm run lint\` checks that the two agree. Every ratio is against a named baseline, interleaved with it in the same run: the median over the repetitions, then the first and third quartile. ${machines()}

\`npm run bench -- --case NAME --model FILE.gguf --out FILE.json\` repeats a measurement, \`--quick\` runs all of them on the embedded model in about a minute, \`--gpu\` takes another backend.`;
}

function machines() {
  const document = results("decode-smollm2.json");
  if (document === undefined) return "";
  const { machine, versions } = document;
  const names = readdirSync(join(root, "bench", "results")).filter((name) => name.endsWith(".json"));
  const others = new Map();
  for (const name of names) {
    const processor = results(name)?.machine?.processor;
    if (processor === undefined || processor === machine.processor) continue;
    others.set(processor, [...(others.get(processor) ?? []), name.replace(/\.json$/u, "")]);
  }
  const elsewhere = [...others].map(
    ([processor, files]) =>
      `; of an ${processor.replaceAll("(R)", "")} for ${files.map((file) => `\`${file}\``).join(", ")}`,
  );
  return `The machine: ${machine.cores} cores of an ${machine.processor}${elsewhere.join("")}; no GPU. Other work ran beside some measurements (the files name its load). llama.cpp ${versions.llama} as node-llama-cpp brings it, Node ${versions.node}.`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  mkdirSync(join(root, "docs"), { recursive: true });
  writeFileSync(join(root, "docs", "performance.md"), page());
}
