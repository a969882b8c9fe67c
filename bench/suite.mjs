// All measurements of docs/performance.md, one after the other: `node bench/suite.mjs FOLDER-OF-MODELS [NAME…]`.
//
// The folder holds SmolLM2-135M-Instruct.Q4_1.gguf and gemma-3-270m-q4_k_m.gguf; models of other types and sizes are
// written beside them by bench/models. Run it on a machine that does nothing else: the ratios are near 1.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const [folder, ...names] = process.argv.slice(2);
if (folder === undefined) {
  console.error("Usage: node bench/suite.mjs FOLDER-OF-MODELS [NAME…]");
  process.exit(2);
}
const python =
  process.env.TOOLKEN_BENCH_PYTHON ??
  (existsSync(join(root, ".venv", "bin", "python")) ? join(root, ".venv", "bin", "python") : "python3");
const model = (file) => join(folder, file);
const smollm2 = model("SmolLM2-135M-Instruct.Q4_1.gguf");
const smollm2Q40 = model("SmolLM2-135M-Instruct.Q4_0.gguf");
const random1b = model("random-1b-q4_0.gguf");

/** File in bench/results: model (default: the embedded one), cases, repetitions (default: the command's). */
const runs = {
  "decode-smollm2": [smollm2, ["decode"], 28],
  "decode-gemma3": [model("gemma-3-270m-q4_k_m.gguf"), ["decode"]],
  "decode-random-1b": [random1b, ["decode"], 3],
  "loop-smollm2": [smollm2, ["loop", "step"], 14],
  "memory-smollm2": [smollm2, ["memory"], 5],
  "first-call-smollm2": [smollm2, ["first-call"], 3],
  "published-smollm2": [smollm2Q40, ["published"]],
  "rerank-smollm2": [smollm2, ["rerank"], 5],
  "rerank-nano": [undefined, ["rerank"]],
  "training-smollm2-q4_0": [smollm2Q40, ["features", "training"], 3],
  "training-smollm2-q4_1": [smollm2, ["features", "training"], 3],
  growth: [undefined, ["growth"], 3],
  "parallel-smollm2-q4_0": [smollm2Q40, ["parallel"], 5],
  "parallel-nano": [undefined, ["parallel"], 5],
  "long-run-nano": [undefined, ["long-run"]],
};

if (!existsSync(smollm2Q40)) {
  run(python, [join(root, "bench/models/requantize.py"), smollm2, smollm2Q40, "--type", "q4_0"]);
}
if (!existsSync(random1b)) {
  const shape = ["--like", "1b", "--layers", "4", "--type", "q4_0"];
  run(python, [join(root, "bench/models/random_model.py"), random1b, ...shape, "--tokenizer", smollm2]);
}
const failed = [];
for (const [name, [file, cases, repetitions]] of Object.entries(runs)) {
  if (names.length > 0 && !names.includes(name)) continue;
  // One measurement that fails costs the others nothing.
  const { status } = start(process.execPath, [
    join(root, "dist/bench/main.js"),
    ...(file === undefined ? [] : ["--model", file]),
    ...cases.flatMap((each) => ["--case", each]),
    ...(repetitions === undefined ? [] : ["--repetitions", String(repetitions)]),
    ...["--out", join(root, "bench/results", `${name}.json`)],
  ]);
  if (status !== 0) failed.push(name);
}
run(process.execPath, [join(root, "scripts/performance-page.mjs")]);
if (failed.length > 0) {
  console.error(`Failed: ${failed.join(", ")}. Run them again by name.`);
  process.exit(1);
}

function start(command, args) {
  const result = spawnSync(command, args, { stdio: "inherit" });
  if (result.error !== undefined) throw result.error;
  return result;
}

function run(command, args) {
  const { status } = start(command, args);
  if (status !== 0) process.exit(status ?? 1);
}
