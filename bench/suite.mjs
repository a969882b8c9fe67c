// All measurements of docs/performance.md, one after the other: `node bench/suite.mjs FOLDER-OF-MODELS [NAME…]`.
//
// The folder holds SmolLM2-135M-Instruct.Q4_1.gguf and gemma-3-270m-q4_k_m.gguf; models of other types and sizes are
// written beside them by bench/models. An evaluation of FuncQA is made where the folder holds funcqa/questions.jsonl,
// funcqa/head.safetensors (of SmolLM2 in Q4_0) and funcqa/prompts, which `toolken lab prepare` and `toolken train head`
// make. Run it on a machine that does nothing else: the ratios are near 1.
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
/** Q4_0, as `toolken quantize` makes it. */
const qwen = (size) => model(`Qwen2.5-Coder-${size}-Instruct-Q4_0.gguf`);
const smollm2 = model("SmolLM2-135M-Instruct.Q4_1.gguf");
const smollm2Q40 = model("SmolLM2-135M-Instruct.Q4_0.gguf");
/** Real shapes with random weights, cut to this number of layers. */
const random = { "1b": 4, "3b": 4, "8b": 3 };
const randomFile = (shape) => model(`random-${shape}-q4_0.gguf`);

const funcqa = (file) => join(folder, "funcqa", file);
const funcqaFiles = ["--questions", "--head", "--prompts"].flatMap((flag, at) => [
  flag,
  funcqa(["questions.jsonl", "head.safetensors", "prompts"][at]),
]);

/** File in bench/results: model (default: the embedded one), cases, repetitions (default: the command's), flags. */
const runs = {
  "decode-smollm2": [smollm2, ["decode"], 28],
  "decode-nano": [undefined, ["decode"]],
  "decode-gemma3": [model("gemma-3-270m-q4_k_m.gguf"), ["decode"]],
  ...Object.fromEntries(
    Object.keys(random).map((shape) => [`decode-random-${shape}`, [randomFile(shape), ["decode"], 6]]),
  ),
  "loop-smollm2": [smollm2, ["loop", "step"], 14],
  "memory-smollm2": [smollm2, ["memory"], 5],
  "first-call-smollm2": [smollm2, ["first-call"], 3],
  "published-smollm2": [smollm2Q40, ["published"]],
  "rerank-smollm2": [smollm2, ["rerank"], 5],
  "rerank-nano": [undefined, ["rerank"]],
  "training-smollm2-q4_0": [smollm2Q40, ["features", "training"], 3],
  "training-smollm2-q4_1": [smollm2, ["features", "training"], 2],
  growth: [undefined, ["growth"], 3],
  "parallel-smollm2-q4_0": [smollm2Q40, ["parallel"], 5],
  "evaluation-nano": [undefined, ["evaluation"], 5],
  ...(existsSync(funcqa("questions.jsonl"))
    ? { "evaluation-funcqa": [smollm2Q40, ["evaluation"], 3, funcqaFiles] }
    : {}),
  "profile-smollm2-q4_0": [smollm2Q40, ["profile"]],
  "long-run-nano": [undefined, ["long-run"]],
  "busy-smollm2": [smollm2, ["busy"], 3],
  "busy-nano": [undefined, ["busy"], 3],
  "busy-qwen05": [qwen("0.5B"), ["busy"], 3],
  "decode-qwen05": [qwen("0.5B"), ["decode"]],
  "decode-qwen15": [qwen("1.5B"), ["decode"], 4],
  "batched-heads-nano": [undefined, ["batched-heads"]],
  "batched-heads-qwen05": [qwen("0.5B"), ["batched-heads"], 4],
  "arguments-smollm2": [smollm2, ["arguments"], 4],
  "arguments-qwen05": [qwen("0.5B"), ["arguments"], 4],
  "arguments-qwen15": [qwen("1.5B"), ["arguments"], 2],
  "conversation-call-qwen05": [qwen("0.5B"), ["conversation-call"]],
  "conversation-call-qwen15": [qwen("1.5B"), ["conversation-call"], 4],
};

if (!existsSync(smollm2Q40)) {
  run(python, [join(root, "bench/models/requantize.py"), smollm2, smollm2Q40, "--type", "q4_0"]);
}
for (const [shape, layers] of Object.entries(random)) {
  if (existsSync(randomFile(shape)) || (names.length > 0 && !names.includes(`decode-random-${shape}`)))
    continue;
  const like = ["--like", shape, "--layers", String(layers), "--type", "q4_0", "--tokenizer", smollm2];
  run(python, [join(root, "bench/models/random_model.py"), randomFile(shape), ...like]);
}
const failed = [];
for (const [name, [file, cases, repetitions, more = []]] of Object.entries(runs)) {
  if (names.length > 0 && !names.includes(name)) continue;
  // One measurement that fails costs the others nothing.
  const { status } = start(process.execPath, [
    join(root, "dist/bench/main.js"),
    ...(file === undefined ? [] : ["--model", file]),
    ...cases.flatMap((each) => ["--case", each]),
    ...(repetitions === undefined ? [] : ["--repetitions", String(repetitions)]),
    ...more,
    ...["--out", join(root, "bench/results", `${name}.json`)],
  ]);
  if (status !== 0) failed.push(name);
}
run(process.execPath, [join(root, "scripts/performance-plots.mjs")]);
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
