// Sections about many requests.
import { quoted, results } from "../figures.mjs";
import { has, ratio } from "./tables.mjs";

const OWN_CELLS = "toolken, K = 13, cells of its own for each";

export function parallel() {
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

export function longRun() {
  const file = "long-run-nano.json";
  const title = "Ten thousand questions";
  if (results(file) === undefined) return `## ${title}\n\nNot yet measured.`;
  const at = "results/long run";
  const fact = (name, digits) => quoted(`${file}:${at}/facts/${name}`, digits);
  return `## ${title}

nano, its head and the thirteen operators, four questions at once, one process. After the first tenth, resident memory grows by ${fact("residentBytesPerQuestion", 0)} bytes per question (standard error ${fact("residentBytesPerQuestionStandardError", 0)}), from ${quoted(`${file}:${at}/facts/residentAfterWarmUp|MB`, 1)} MB to ${quoted(`${file}:${at}/facts/residentAtEnd|MB`, 1)} MB; open files: ${fact("fileHandlesAfterWarmUp", 0)}, then ${fact("fileHandlesAtEnd", 0)}. The last tenth of the questions runs at ${ratio(file, `${at}/measured/last tenth`)} of the first tenth's speed.`;
}
