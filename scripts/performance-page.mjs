// Writes docs/performance.md from the results in bench/results: no number in it is typed by hand.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { figure, quoted, results, root, withoutReferences } from "./figures.mjs";

const K = (n) => n.toLocaleString("en");

/** The page without the references of its figures. */
export function page() {
  return withoutReferences(pageWithReferences());
}

/** The page, each figure followed by its reference. What has no results yet says so. */
export function pageWithReferences() {
  return `${[
    introduction(),
    head(),
    layers(),
    profile(),
    memory(),
    firstCall(),
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
  return `The machine: ${machine.cores} cores of an ${machine.processor}, no GPU; other work ran beside the measurements (the files name its load). llama.cpp ${versions.llama} as node-llama-cpp brings it, Node ${versions.node}.`;
}

// ---- sections ----

function head() {
  const files = [
    ["decode-nano.json", "nano Q8_0"],
    ["decode-smollm2.json", "SmolLM2-135M Q4_1"],
    ["decode-gemma3.json", "Gemma-3-270M Q4_K_M"],
    ...["1b", "3b", "8b"].map((shape) => [`decode-random-${shape}.json`, shapeName(shape)]),
  ].filter(([file]) => results(file) !== undefined);
  const rows = [
    "in the graph, K = 13",
    "in the graph, K = 234",
    "in the graph, K = 1,000",
    "in the graph, K = 10,000",
    "in the graph, K = 10,000, Q8_0",
    "in the graph, K = 50,000",
    "on the host, K = 13",
    "on the host, K = 1,000",
    "on the host, K = 10,000",
  ];
  return section(
    "Decoding overhead",
    `Tokens per second against the same greedy loop without a head, one sequence. Rows are F32 up to 4 MiB and F16 above, unless named.\n\n${picture("cost", "Decoding speed with a head as a ratio to the plain model, against the number of tools")}`,
    files,
    () => "results/decode/measured",
    rows,
    rowBytes("decode-smollm2.json", "SmolLM2"),
  );
}

function shapeName(shape) {
  const layers = results(`decode-random-${shape}.json`)?.model.layers;
  return `${shape.toUpperCase()} dimensions, ${layers} layers, random Q4_0 weights`;
}

/** A step reads all weights and all rows once: what no kernel can leave out. */
function rowBytes(file, name) {
  const at = "results/decode/facts";
  if (!has(file, `${at}/modelBytes`)) return "";
  const rows = (k) => quoted(`${file}:${at}/rowBytes/in the graph, K = ${k}|MB`, 1);
  return `A step reads every weight and every row once: ${rows("10,000")} MB of rows at K = 10,000 and ${rows("50,000")} MB at K = 50,000 beside ${name}'s ${quoted(`${file}:${at}/modelBytes|MB`, 0)} MB, so the overhead at K = 10,000 is memory traffic.`;
}

/** GitHub's way of a picture that follows the reader's theme; scripts/performance-plots.mjs draws them. */
function picture(name, alt) {
  return `<picture>
  <source media="(prefers-color-scheme: dark)" srcset="images/${name}-dark.svg">
  <img alt="${alt}" src="images/${name}-light.svg">
</picture>`;
}

/** A table of ratios: a row per variant, a column per file. */
function section(title, text, files, pathOf, rows, after = "") {
  const there = files.filter(([file]) => results(file) !== undefined);
  if (there.length === 0) return `## ${title}\n\n${text}\n\nNot yet measured.`;
  const lines = [
    `| | ${there.map(([, name]) => name).join(" | ")} |`,
    `| --- | ${there.map(() => "---").join(" | ")} |`,
  ];
  for (const row of rows) {
    const cells = there.map(([file]) => ratio(file, `${pathOf(file)}/${row}`));
    if (cells.some((cell) => cell !== "–")) lines.push(`| ${row} | ${cells.join(" | ")} |`);
  }
  return `## ${title}\n\n${text}\n\n${lines.join("\n")}${after === "" ? "" : `\n\n${after}`}`;
}

function ratio(file, path) {
  if (!has(file, `${path}/ratio`)) return "–";
  const digits = decimals(figure(`${file}:${path}/ratio`));
  const part = (name) => quoted(`${file}:${path}/${name}`, digits);
  return `× ${part("ratio")} (${part("ratioRange/0")}…${part("ratioRange/1")})`;
}

function decimals(value) {
  if (Math.abs(value) >= 100) return 0;
  return Math.abs(value) >= 10 ? 1 : 3;
}

function has(file, path) {
  try {
    figure(`${file}:${path}`);
    return true;
  } catch {
    return false;
  }
}

function layers() {
  const file = "loop-smollm2.json";
  const title = "Overhead by layer";
  if (results(file) === undefined) return `## ${title}\n\nNot yet measured.`;
  const text =
    "llama.cpp's own greedy loop in C++ (its batches, its sampler on the host), this project's core in C++ without Node, and the same loop through the public API in Node.";
  const loop = section(title, text, [[file, "SmolLM2-135M Q4_1"]], () => "results/loop/measured", [
    "core in C++, no head",
    "core in C++, K = 13",
    "Node, no head",
    "Node, K = 13",
  ]);
  const counts = [0, 13, 1000, 10_000, 50_000].filter((n) =>
    has(file, `results/step, K = ${K(n)}/measured/whole/medianRate`),
  );
  const parts = ["prepare", "graph", "transfer", "choice", "JavaScript", "whole"];
  const table = [
    `| microseconds per token | ${counts.map((n) => `K = ${K(n)}`).join(" | ")} |`,
    `| --- | ${counts.map(() => "---").join(" | ")} |`,
    ...parts.map((part) => {
      const cells = counts.map((n) =>
        quoted(`${file}:results/step, K = ${K(n)}/measured/${part}/medianRate`, 0),
      );
      return `| ${part} | ${cells.join(" | ")} |`;
    }),
  ].join("\n");
  return `${loop}\n\nBreakdown of one step: preparing the graph, computing it, copying its outputs, choosing among them, and what Node's loop takes beyond that (a difference of two measurements that took turns: negative where Node was the faster, because it computes the next step while JavaScript looks at the last one; where every core is busy with that step, JavaScript takes its time from it).\n\n${table}`;
}

function profile() {
  const file = "profile-smollm2-q4_0.json";
  const title = "Where the time goes";
  if (results(file) === undefined) return `## ${title}\n\nNot yet measured.`;
  const loops = results(file).results;
  const functions = new Map();
  for (const { facts } of loops) {
    for (const [name, share] of Object.entries(facts.shares)) {
      functions.set(name, Math.max(functions.get(name) ?? 0, share));
    }
  }
  // "others" last.
  const order = [...functions].sort((a, b) => (a[0] === "others") - (b[0] === "others") || b[1] - a[1]);
  const lines = [
    `| function | ${loops.map(({ name }) => name.replace(/^profile, /u, "")).join(" | ")} |`,
    `| --- | ${loops.map(() => "---").join(" | ")} |`,
    ...order
      .filter(([name, share]) => name === "others" || share >= 0.02)
      .map(([name]) => {
        const cells = loops.map(({ name: loop, facts }) =>
          name in facts.shares ? quoted(`${file}:results/${loop}/facts/shares/${name}|percent`, 1) : "–",
        );
        return `| ${name === "others" ? "others" : `\`${name}\``} | ${cells.join(" | ")} |`;
      }),
  ];
  return `## ${title}

Samples of Linux' perf in the C++ program, percent by function, SmolLM2-135M Q4_0; what took less than 1 % of a loop counts among the others. \`ggml_barrier\` is a thread that waits for the other one: llama.cpp's threads meet behind every operation.

${lines.join("\n")}`;
}

function memory() {
  const file = "memory-smollm2.json";
  const title = "Memory";
  const text =
    "RSS increase from attaching a head, as a ratio of the weights as they are stored: beyond a process without a head, and beyond one with `13` tools. What lies between the two comes with any head, whatever its size: llama.cpp's three arrays of the vocabulary's size for outputs that are chosen in the graph (logits, probabilities, candidates), and what the choice itself computes in; below 1 the larger process found room that the smaller one holds too.";
  if (results(file) === undefined) return `## ${title}\n\n${text}\n\nNot yet measured.`;
  const rows = ["K = 10,000, F16", "K = 50,000, F16", "K = 10,000, F32", "K = 50,000, Q8_0"];
  const lines = [
    "| SmolLM2-135M Q4_1 | grown, MB | beyond no head | beyond 13 tools |",
    "| --- | --- | --- | --- |",
    ...rows.map((row) => {
      const whole = `results/memory, beyond no head/measured/${row}`;
      const grown = quoted(`${file}:${whole}/medianRate|MB`, 1);
      return `| ${row} | ${grown} | ${ratio(file, whole)} | ${ratio(file, `results/memory/measured/${row}`)} |`;
    }),
  ];
  return `## ${title}\n\n${text}\n\n${lines.join("\n")}`;
}

function firstCall() {
  const file = "first-call-smollm2.json";
  const title = "Time to the first call";
  if (results(file) === undefined) return `## ${title}\n\nNot yet measured.`;
  const counts = [4, 13, 50, 200, 1000, 10_000];
  const contenders = ["head", "node-llama-cpp", "in-context tools"];
  const table = (what, kind) => {
    const lines = [
      `| tools | ${contenders.map((name) => `${name}: ms | prompt tokens | KV cache, MB`).join(" | ")} |`,
      `| --- | ${contenders.map(() => "--- | --- | ---").join(" | ")} |`,
    ];
    for (const count of counts) {
      const at = `results/first ${what}, ${K(count)} tools, ${kind}`;
      if (!has(file, `${at}/measured/head/medianRate`)) continue;
      const cells = contenders.map((name) => {
        if (!has(file, `${at}/measured/${name}/medianRate`)) return "does not fit | – | –";
        return [
          quoted(`${file}:${at}/measured/${name}/medianRate|ms`, 0),
          quoted(`${file}:${at}/facts/${name}/promptTokens`, 0),
          quoted(`${file}:${at}/facts/${name}/kvBytes|MB`, 1),
        ].join(" | ");
      });
      lines.push(`| ${K(count)} | ${cells.join(" | ")} |`);
    }
    return lines.join("\n");
  };
  const ratioAt50 = "results/first call, 50 tools, cold/measured/node-llama-cpp/ratio";
  const sooner = has(file, ratioAt50)
    ? `At 50 tools the first call comes × ${quoted(`${file}:${ratioAt50}|inverse`, 1)} sooner than the first token of node-llama-cpp without a cache.`
    : "";
  const growth = (kind) => `results/first call, growth, ${kind}/measured/10,000 tools`;
  const grown = has(file, `${growth("cold")}/ratio`)
    ? `From 13 tools to 10,000, in turns and with the same tool called, the call comes ${ratio(file, growth("cold"))} as fast cold and ${ratio(file, growth("cached"))} warm.`
    : "";
  return `## ${title}

SmolLM2-135M Q4_1. The head's time is that of the whole call, arguments included; a baseline's is only that of its first token, the soonest that a call can begin. "In-context tools": the same tools as a list in the prompt through this package's API.

${picture("time-to-first-call", "Milliseconds to the first call against the number of tools")}

Cold:

${table("call", "cold")}

Warm, the same question again warm:

${table("call", "cached")}

To the end of 24 tokens of text, cold (with the head: the call, its result, and the text after it):

${table("answer", "cold")}

${[sooner, grown].filter((part) => part !== "").join("\n\n")}`;
}

function published() {
  const file = "published-smollm2.json";
  const title = "Compared with the reference implementation";
  if (results(file) === undefined) return `## ${title}\n\nNot yet measured.`;
  const at = "results/published loop";
  return `## ${title}

The published scripts run the whole text through the model again for every token (SmolLM2-135M ${results(file).model.quantization}). A faithful re-implementation of that way of working (\`bench/published\`, PyTorch ${results(file).results.find(({ name }) => name === "published loop")?.facts.rivalFacts.versions.torch ?? ""} and transformers, F32, the same weights dequantized) behind the same prompt of ${quoted(`${file}:${at}/facts/promptTokens`, 0)} tokens writes ${quoted(`${file}:${at}/measured/published way/medianRate`, 2)} tokens per second, this package ${quoted(`${file}:${at}/measured/toolken/medianRate`, 0)}: ${ratio(file, `${at}/measured/toolken`)}. This package's rate counts the reading of the question; the steps behind it are llama.cpp's own, at the rates and with the profile above.`;
}

function reranker() {
  const title = "The reranker";
  const files = [
    ["rerank-nano.json", "nano Q8_0"],
    ["rerank-smollm2.json", "SmolLM2-135M Q4_1"],
  ].filter(([file]) => results(file) !== undefined);
  if (files.length === 0) return `## ${title}\n\nNot yet measured.`;
  const lines = files.map(([file, name]) => {
    const fact = (which, variant, digits) =>
      quoted(`${file}:results/rerank/facts/${which}/${variant}`, digits);
    const columns = ["documentation kept", "documentation computed anew"].flatMap((variant) => [
      fact("addedMilliseconds", variant, 1),
      fact("rerankTokensDecoded", variant, 0),
    ]);
    return `| ${name} | ${columns.join(" | ")} |`;
  });
  return `## ${title}

Reranking latency until the first call: three candidates with a line of documentation each, another question each time. The documentation is cached by the set of candidates; uncached, every call has another set.

| | cached: ms per call | tokens decoded | uncached: ms per call | tokens decoded |
| --- | --- | --- | --- | --- |
${lines.join("\n")}`;
}

function training() {
  const files = [
    ["training-smollm2-q4_0.json", "SmolLM2-135M Q4_0"],
    ["training-smollm2-q4_1.json", "SmolLM2-135M Q4_1"],
  ];
  const features = section(
    "Training",
    "The feature pass against llama.cpp's prefill of the same texts in the same batches with all logits.",
    files,
    () => "results/features/measured",
    ["feature pass, every step", "feature pass, second half of each text"],
  );
  const prefill = "results/features/measured/prefill with all logits/medianRate";
  const repacked = files.every(([file]) => has(file, prefill))
    ? `llama.cpp's CPU package repacks Q4_0 for its kernels and Q4_1 not: the same model reads ${quoted(`${files[0][0]}:${prefill}`, 0)} tokens per second in Q4_0 and ${quoted(`${files[1][0]}:${prefill}`, 0)} in Q4_1, and trains accordingly.`
    : "";
  const whole = files
    .filter(([file]) => has(file, "results/whole training/measured/trainHead/ratio"))
    .map(
      ([file, name]) =>
        `With ${name} a whole training (features, solve, calibration, solve on everything) of ${quoted(`${file}:results/whole training/facts/texts`, 0)} texts is × ${quoted(`${file}:results/whole training/measured/trainHead/ratio`, 1)} as fast as three epochs of the published trainer.`,
    );
  const phases = phasesTable(files);
  const solver = results("solver.json");
  const solve =
    solver === undefined
      ? ""
      : `The solve of the problem in bench/solver takes ${quoted("solver.json:medianSeconds/solve_lbfgs", 2)} s, scipy's L-BFGS-B ${quoted("solver.json:medianSeconds/scipy float32", 1)} s in F32 and ${quoted("solver.json:medianSeconds/scipy float64", 1)} s in F64, to the same optimum.`;
  return [features, repacked, whole.join("\n"), phases, solve].filter((part) => part !== "").join("\n\n");
}

/** Where a training's seconds go: the last round's. */
function phasesTable(files) {
  const there = files.filter(([file]) => has(file, "results/whole training/facts/phases/1/features"));
  if (there.length === 0) return "";
  const names = ["features", "solve", "evaluation", "refit", "total"];
  return [
    "Training time breakdown. The feature pass is llama.cpp's prefill: nothing but fewer or faster tokens would make a training much shorter.",
    [
      `| seconds | ${names.join(" | ")} |`,
      `| --- | ${names.map(() => "---").join(" | ")} |`,
      ...there.map(
        ([file, name]) =>
          `| ${name} | ${names.map((part) => quoted(`${file}:results/whole training/facts/phases/1/${part}`, 1)).join(" | ")} |`,
      ),
    ].join("\n"),
  ].join("\n\n");
}

function growth() {
  const file = "growth.json";
  if (results(file) === undefined) return "### Growth\n\nNot yet measured.";
  const { measured, facts } = results(file).results.find(({ name }) => name === "growth");
  const lines = [
    "| | work | seconds of a pass | against the first |",
    "| --- | --- | --- | --- |",
    ...measured.map(
      ({ name }) =>
        `| ${name} | × ${quoted(`${file}:results/growth/facts/work/${name}`, facts.work[name] < 10 ? 1 : 0)} | ${quoted(`${file}:results/growth/measured/${name}/medianRate`, 3)} | × ${quoted(`${file}:results/growth/measured/${name}/ratio`, 1)} |`,
    ),
  ];
  return `### Growth\n\nOne pass over all steps (loss and gradient) of the solver, d = 576. Work: steps × tools.\n\n${lines.join("\n")}`;
}

const OWN_CELLS = "toolken, K = 13, cells of its own for each";

function parallel() {
  const files = [["parallel-smollm2-q4_0.json", "SmolLM2-135M Q4_0"]].filter(
    ([file]) => results(file) !== undefined,
  );
  const title = "Concurrent requests";
  if (files.length === 0) return `## ${title}\n\nNot yet measured.`;
  const text =
    "Concurrent answers through `Engine.stream` with a head of 13 rows, against llama.cpp's batched greedy decode of as many sequences in C++. Its default keeps a stream of KV cells per sequence; one pool of cells for all, as this package has it to share prefixes, is the second column, and `advanced.kvUnified: false` the last ratio.";
  const tables = files.map(([file, name]) => {
    const lines = [
      `| ${name} | llama.cpp, tokens/s | llama.cpp, one pool | core in C++ | toolken | toolken, cells of its own | first token, ms: llama.cpp | toolken, median |`,
      "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ];
    for (const width of [1, 2, 4, 8, 16, 32]) {
      const at = `results/parallel, ${width}/measured`;
      if (!has(file, `${at}/toolken, K = 13/ratio`)) continue;
      const factor = (variant) => `× ${quoted(`${file}:${at}/${variant}/ratio`, 3)}`;
      const first = (variant) =>
        quoted(`${file}:results/first token, ${width}/measured/${variant}/medianRate|ms`, 0);
      lines.push(
        `| ${width} | ${[
          quoted(`${file}:${at}/llama.cpp/medianRate`, 0),
          factor("llama.cpp, one pool of KV cells"),
          factor("core in C++, K = 13"),
          factor("toolken, K = 13"),
          has(file, `${at}/${OWN_CELLS}/ratio`) ? factor(OWN_CELLS) : "–",
          first("llama.cpp, all prompts in one batch"),
          first("toolken, median question"),
        ].join(" | ")} |`,
      );
    }
    return lines.join("\n");
  });
  const evaluation = [
    ["evaluation-funcqa.json", "An evaluation of FuncQA one-hop in one command, SmolLM2-135M Q4_0"],
    ["evaluation-nano.json", "An evaluation of word problems with calls on nano"],
  ]
    .filter(([file]) => has(file, "results/evaluation/measured/4 at once/ratio"))
    .map(([file, what]) => {
      const at = (variant) => ratio(file, `results/evaluation/measured/${variant}`);
      const widths = [2, 4, 8, 16].map((n) => `\`${n}\` at once ${at(`${n} at once`)}`);
      const own = "16 at once, cells of its own for each";
      if (has(file, `results/evaluation/measured/${own}/ratio`))
        widths.push(`\`16\` with cells of its own for each ${at(own)}`);
      return `${what}: ${widths.join(", ")} of one question at a time.`;
    })
    .join("\n\n");
  const smollm2 = "parallel-smollm2-q4_0.json";
  const reasons = has(smollm2, "results/parallel, 1/measured/toolken, K = 13/ratio")
    ? "With a unified KV cache, attention also scans the other sequences' cells, so its cost grows with their length. `advanced.kvUnified: false` gives each sequence cells of its own, into which cached prompts are copied; it takes more memory, so it is not the default. The rest is JavaScript, which takes its time from the step where every core is busy with it, most of all with a single answer, and the choice among each sequence's outcomes, which the graph makes one sequence after the other."
    : "";
  return [`## ${title}`, text, ...tables, reasons, evaluation].filter((part) => part !== "").join("\n\n");
}

function longRun() {
  const file = "long-run-nano.json";
  const title = "Ten thousand questions";
  if (results(file) === undefined) return `## ${title}\n\nNot yet measured.`;
  const at = "results/long run";
  const fact = (name, digits) => quoted(`${file}:${at}/facts/${name}`, digits);
  return `## ${title}

nano, its head and the thirteen operators, four questions at once, one process. After the first tenth, resident memory grows by ${fact("residentBytesPerQuestion", 0)} bytes per question (standard error ${fact("residentBytesPerQuestionStandardError", 0)}), from ${quoted(`${file}:${at}/facts/residentAfterWarmUp|MB`, 1)} MB to ${quoted(`${file}:${at}/facts/residentAtEnd|MB`, 1)} MB; open files: ${fact("fileHandlesAfterWarmUp", 0)}, then ${fact("fileHandlesAtEnd", 0)}. The last tenth of the questions runs at ${ratio(file, `${at}/measured/last tenth`)} of the first tenth's speed.`;
}

function gpu() {
  const cuda = "gpu-cuda.json";
  const software = "gpu-vulkan-software.json";
  const commands =
    "`python bench/gpu/run.py --architecture 90 --llama LLAMA --model MODEL.gguf --out FILE.json` builds the core and llama.cpp with CUDA for one compute capability and measures decoding, many sequences and the feature pass against llama.cpp's own loop on the same card and against what its memory bandwidth allows.";
  const measured = results(cuda) === undefined ? "CUDA: not yet measured." : gpuTable(cuda);
  const shown =
    results(software) === undefined
      ? ""
      : `That the same script and the same graph run on a device with memory of its own was checked on Vulkan's software device (${results(software).devices[0].description}); its speed says nothing about a card.\n\n${gpuTable(software)}`;
  return ["## GPU", commands, measured, shown].filter((part) => part !== "").join("\n\n");
}

function gpuTable(file) {
  const { measured } = results(file).results.find(({ name }) => name === "decode");
  return [
    "| decoding | tokens/s | against llama.cpp |",
    "| --- | --- | --- |",
    ...measured.map(
      ({ name, medianRate }) =>
        `| ${name} | ${quoted(`${file}:results/decode/measured/${name}/medianRate`, decimals(medianRate))} | ${ratio(file, `results/decode/measured/${name}`)} |`,
    ),
  ].join("\n");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  mkdirSync(join(root, "docs"), { recursive: true });
  writeFileSync(join(root, "docs", "performance.md"), page());
}
