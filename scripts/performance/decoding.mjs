// Sections about one sequence.
import { quoted, results } from "../figures.mjs";
import { K, has, picture, ratio, section } from "./tables.mjs";

export function head() {
  const files = [
    ["decode-nano.json", "nano Q8_0"],
    ["decode-smollm2.json", "SmolLM2-135M Q4_1"],
    ["decode-gemma3.json", "Gemma-3-270M Q4_K_M"],
    ["decode-qwen05.json", "Qwen2.5-Coder-0.5B Q4_0"],
    ["decode-qwen15.json", "Qwen2.5-Coder-1.5B Q4_0"],
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

export function layers() {
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
  const parts = ["prepare", "graph", "transfer", "choice", "JavaScript", "whole", "main thread, CPU"].filter(
    (part) => has(file, `results/step, K = ${K(counts[0])}/measured/${part}/medianRate`),
  );
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

export function busyMachine() {
  return section(
    "Busy machine",
    "Decoding while another program takes one of two cores, in tokens per second against llama.cpp's own loop on the quiet machine. llama.cpp's threads wait for each other after every operation; this package takes fewer of them while steps are slow, and more again afterwards.",
    [
      ["busy-nano.json", "nano Q8_0"],
      ["busy-smollm2.json", "SmolLM2-135M Q4_1"],
      ["busy-qwen05.json", "Qwen2.5-Coder-0.5B Q4_0"],
    ],
    () => "results/busy machine/measured",
    [
      "llama.cpp, beside a busy loop",
      "core in C++, quiet",
      "core in C++, beside a busy loop",
      "toolken, quiet",
      "toolken, beside a busy loop",
    ],
  );
}

export function batchedHeads() {
  return section(
    "Sixteen sequences with one head",
    "Tokens per second of the core in C++ without Node, sixteen greedy sequences in each decode, against the same without a head. The rows are multiplied once for all sequences; F16 from K = 10,000 on.",
    [
      ["batched-heads-nano.json", "nano Q8_0"],
      ["batched-heads-qwen05.json", "Qwen2.5-Coder-0.5B Q4_0"],
    ],
    () => "results/batched heads, 16 sequences/measured",
    ["K = 13", "K = 10,000", "K = 50,000"],
  );
}

export function profile() {
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

Samples of Linux' perf in the C++ program, percent by function, SmolLM2-135M Q4_0; what took less than 1 % of a loop counts among the others. \`ggml_barrier\` is a thread that waits for the other one: llama.cpp's threads meet after every operation.

${lines.join("\n")}`;
}

export function memory() {
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
