// Whether questions of an evaluation occur in nano's training corpus: 13 words in a row, whatever the numbers, or the
// whole question where it is shorter.
// node scripts/nano/check-overlap.mjs QUESTIONS.json … [--problems 260000] [--seed 1] [--words 13]
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";

const dist = new URL(process.env.NANO_DIST ?? "../../dist/", import.meta.url);
const { generateWordProblems, reasoningText } = await import(
  new URL("src/lab/word-problems/index.js", dist).href
);
const { defaultPrompts } = await import(new URL("src/prompts/prompts.js", dist).href);
const { mathTools } = await import(new URL("src/tools/math.js", dist).href);

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    // Those of train.sh.
    problems: { type: "string", default: "260000" },
    seed: { type: "string", default: "1" },
    words: { type: "string", default: "13" },
  },
});
if (positionals.length === 0) {
  console.error("Name files of questions: JSON or JSON Lines with a field question or text");
  process.exit(2);
}
const length = Number(values.words);

const asked = new Map();
const questions = positionals.flatMap((file) => questionsOf(file).map((question) => ({ file, question })));
for (const { file, question } of questions) {
  for (const gram of grams(question)) asked.set(gram, { file, question });
}

const found = new Map();
const problems = generateWordProblems({
  count: Number(values.problems),
  seed: Number(values.seed),
  split: "train",
});
for (const problem of problems) {
  look(reasoningText(problem).text);
  look(problem.question);
}
const { general, tools } = defaultPrompts(mathTools);
for (const prompt of [general, ...Object.values(tools ?? {})]) look(String(prompt));

for (const { file, question, text } of found.values()) {
  console.log(`${file}: ${JSON.stringify(question)} shares ${length} words with ${JSON.stringify(text)}`);
}
console.log(
  `${questions.length} questions, ${problems.length} problems: ${found.size} questions share ${length} words in a row`,
);
if (found.size > 0) process.exitCode = 1;

function look(text) {
  for (const gram of grams(text)) {
    const hit = asked.get(gram);
    if (hit !== undefined && !found.has(hit.question)) found.set(hit.question, { ...hit, text });
  }
}

/** A question with other numbers is the same question, unless it is as short as "What is 2 % of 5?". */
function* grams(text) {
  const plain = text.toLowerCase();
  const words = plain.replace(/\{[a-z]_\d+\}|\d[\d,.]*/gu, " # ").match(/[\p{L}#']+/gu) ?? [];
  if (words.length < length) yield plain.match(/[\p{L}\d.']+/gu)?.join(" ");
  for (let i = 0; i + length <= words.length; i++) yield words.slice(i, i + length).join(" ");
}

function questionsOf(file) {
  const content = readFileSync(file, "utf8");
  const records = content.trimStart().startsWith("[")
    ? JSON.parse(content)
    : content
        .split("\n")
        .filter((line) => line.trim() !== "")
        .map((line) => JSON.parse(line));
  return records.map((record) => {
    const text = record.question ?? record.text;
    if (typeof text !== "string") throw new Error(`${file}: a record without question or text`);
    return text.split("Let's think step by step.")[0];
  });
}
