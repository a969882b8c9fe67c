// Writes the training and held-out texts of nano's language model as JSON lines: {"text", "mode", "spans"}.
// node scripts/nano/write-corpus.mjs --out DIRECTORY [--problems 150000] [--held-out 2000] [--seed 1]
import { createWriteStream, mkdirSync, renameSync } from "node:fs";
import { once } from "node:events";
import { join } from "node:path";
import { parseArgs } from "node:util";

const dist = new URL(process.env.NANO_DIST ?? "../../dist/", import.meta.url);
const { generateWordProblems, reasoningText, toolModeText } = await import(
  new URL("src/datasets/word-problems/index.js", dist).href
);
const { mathDemonstrations } = await import(new URL("src/tools/math-demonstrations.js", dist).href);
const { Random } = await import(new URL("src/datasets/word-problems/random.js", dist).href);

const { values } = parseArgs({
  options: {
    out: { type: "string" },
    problems: { type: "string", default: "150000" },
    "held-out": { type: "string", default: "2000" },
    seed: { type: "string", default: "1" },
  },
});
if (values.out === undefined) {
  console.error("Say where to write: --out DIRECTORY");
  process.exit(2);
}

mkdirSync(values.out, { recursive: true });
await writeTexts("train", Number(values.problems));
await writeTexts("held-out", Number(values["held-out"]));

/** Per problem one text in reasoning form and, for every other one that has calls, one of tool mode. */
async function writeTexts(split, count) {
  const seed = Number(values.seed);
  const random = new Random(seed + 77);
  const problems = generateWordProblems({ count, seed, split });
  // The latest short problems by operator serve as demonstrations.
  const recent = new Map();
  const file = join(values.out, `${split}.jsonl`);
  const stream = createWriteStream(`${file}.part`);
  for (const problem of problems) {
    const lines = [line("reasoning", reasoningText(problem, reasoningDemonstrations(recent, random)))];
    if (problem.calls.length > 0 && random.chance(0.5)) lines.push(line("tool", toolText(problem, recent, random)));
    if (!stream.write(lines.join(""))) await once(stream, "drain");
    const operator = problem.calls[0]?.operator ?? "none";
    if (problem.calls.length < 2)
      recent.set(operator, [problem, ...(recent.get(operator) ?? [])].slice(0, 3));
  }
  stream.end();
  await once(stream, "close");
  renameSync(`${file}.part`, file);
}

function reasoningDemonstrations(recent, random) {
  if (!random.chance(0.06)) return [];
  const pool = [...recent.values()].flat();
  return Array.from({ length: Math.min(pool.length, random.integer(1, 3)) }, () => random.pick(pool));
}

function toolText(problem, recent, random) {
  const index = random.integer(0, problem.calls.length - 1);
  const { operator } = problem.calls[index];
  const header = random.weighted([
    ["tag", 0.4],
    ["none", 0.45],
    ["instruction", 0.15],
  ]);
  const earlierResults = random.chance(0.75);
  const own = random.chance(0.06) ? (recent.get(operator) ?? []).slice(0, random.integer(1, 2)) : [];
  const rendered = toolModeText(problem, index, { header, demonstrations: own, earlierResults });
  // The built-in tools' demonstrations, as tool mode shows them by default.
  if (own.length > 0 || !random.chance(0.1)) return rendered;
  return prefixed(`${mathDemonstrations[operator]}\n\n`, rendered);
}

function prefixed(prefix, { text, spans }) {
  const moved = spans.map(({ start, end, role }) => ({
    start: start + prefix.length,
    end: end + prefix.length,
    role,
  }));
  return { text: prefix + text, spans: [{ start: 0, end: prefix.length, role: "context" }, ...moved] };
}

function line(mode, { text, spans }) {
  return `${JSON.stringify({ text, mode, spans: spans.map(({ start, end, role }) => [start, end, role]) })}\n`;
}
