// Writes the training and held-out texts of nano's language model as JSON lines: {"text", "mode", "spans"}.
// node scripts/nano/write-corpus.mjs --out DIRECTORY [--problems 150000] [--held-out 2000] [--seed 1]
import { createWriteStream, mkdirSync, renameSync } from "node:fs";
import { once } from "node:events";
import { join } from "node:path";
import { parseArgs } from "node:util";

const dist = new URL(process.env.NANO_DIST ?? "../../dist/", import.meta.url);
const { generateWordProblems, reasoningText, toolModeText } = await import(
  new URL("src/lab/word-problems/index.js", dist).href
);
const { defaultPrompts } = await import(new URL("src/prompts/prompts.js", dist).href);
const { mathTools } = await import(new URL("src/tools/math.js", dist).href);
const { Random } = await import(new URL("src/lab/word-problems/random.js", dist).href);

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

// The prompts that a run has by default: nano must know them, although it needs no demonstrations.
const prompts = defaultPrompts(mathTools);
const QUESTION = "Q: [QUESTION]\nA:";

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
    const lines = [line("reasoning", reasonedText(problem, recent, random))];
    if (problem.calls.length > 0 && random.chance(0.5))
      lines.push(line("tool", toolText(problem, recent, random)));
    if (!stream.write(lines.join(""))) await once(stream, "drain");
    const operator = problem.calls[0]?.operator ?? "none";
    if (problem.calls.length < 2)
      recent.set(operator, [problem, ...(recent.get(operator) ?? [])].slice(0, 3));
  }
  stream.end();
  await once(stream, "close");
  renameSync(`${file}.part`, file);
}

function reasonedText(problem, recent, random) {
  if (random.chance(0.025)) return prefixed(prompts.general.replace(QUESTION, ""), reasoningText(problem));
  if (!random.chance(0.025)) return reasoningText(problem);
  const pool = [...recent.values()].flat();
  const count = Math.min(pool.length, random.integer(1, 3));
  return reasoningText(
    problem,
    Array.from({ length: count }, () => random.pick(pool)),
  );
}

function toolText(problem, recent, random) {
  const index = random.integer(0, problem.calls.length - 1);
  const { operator } = problem.calls[index];
  const earlierResults = random.chance(0.85);
  if (random.chance(0.06)) {
    const rendered = toolModeText(problem, index, { header: "none", earlierResults });
    return prefixed(prompts.tools[operator].replace(QUESTION, ""), rendered);
  }
  const header = random.weighted([
    ["tag", 0.35],
    ["none", 0.35],
    ["instruction", 0.3],
  ]);
  const demonstrations = random.chance(0.05)
    ? (recent.get(operator) ?? []).slice(0, random.integer(1, 2))
    : [];
  return toolModeText(problem, index, { header, demonstrations, earlierResults });
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
