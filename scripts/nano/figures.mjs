// The figures of models/nano/README.md: answers, tools and arguments on wordings that training has not seen.
// node scripts/nano/figures.mjs [--model nano] [--head nano] [--count 200] [--seed 30001] [--questions FILE] [--out FILE]
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";

const dist = new URL(process.env.NANO_DIST ?? "../../dist/src/", import.meta.url);
const load = (path) => import(new URL(path, dist).href);
const { createEngine, loadModel, mathTools, ToolHead } = await load("index.js");
const { evaluate, exactMatch, parseAnswer, readQuestions } = await load("lab/evaluation/index.js");
const { generateWordProblems } = await load("lab/word-problems/index.js");

const { values } = parseArgs({
  options: {
    model: { type: "string", default: "nano" },
    head: { type: "string", default: "nano" },
    prompts: { type: "string", default: "nano" },
    count: { type: "string", default: "200" },
    seed: { type: "string", default: "30001" },
    questions: { type: "string" },
    out: { type: "string" },
    show: { type: "string", default: "0" },
  },
});
const model = await loadModel(values.model, { gpu: "cpu" });
const head = await ToolHead.load(values.head);
const setup = { tools: mathTools, prompts: values.prompts, parallel: 8 };
const withTools = await createEngine(model, { ...setup, head });
const alone = await createEngine(model, setup);
const percent = (part, whole) => (whole === 0 ? null : Math.round((1000 * part) / whole) / 10);
const rows = [];
let shown = Number(values.show);
for (const split of ["held-out", "unfamiliar"]) {
  for (const steps of [1, 2, 3, 0]) {
    const problems = generateWordProblems({
      count: Number(values.count),
      seed: Number(values.seed),
      split,
      steps: [steps],
    });
    const row = {
      split,
      steps,
      problems: problems.length,
      alone: 0,
      withTools: 0,
      calls: 0,
      tools: 0,
      args: 0,
      uncalled: 0,
    };
    await Promise.all(problems.map((problem) => judge(problem, row)));
    rows.push({
      split,
      steps,
      problems: row.problems,
      "alone %": percent(row.alone, row.problems),
      "with tools %": percent(row.withTools, row.problems),
      "right tool %": percent(row.tools, row.calls),
      "exact arguments %": percent(row.args, row.tools),
      "no call %": percent(row.uncalled, row.problems),
    });
    console.error(`${split}, ${steps} calculations: done`);
  }
}
console.table(rows);
const figures = {
  command: `node scripts/nano/figures.mjs --count ${values.count} --seed ${values.seed}`,
  model: await model.fingerprint(),
  rows,
};
if (values.questions !== undefined) {
  const questions = await readQuestions([values.questions]);
  const run = (toolken) => evaluate(toolken, questions, { maxOutputTokens: 160 });
  figures.questions = {
    count: questions.length,
    alone: (await run(alone)).exactMatches,
    withTools: (await run(withTools)).exactMatches,
  };
  console.log(figures.questions);
}
if (values.out !== undefined) writeFileSync(values.out, `${JSON.stringify(figures, null, 2)}\n`);
await withTools.dispose();
await alone.dispose();
await model.dispose();

async function judge(problem, row) {
  const ask = { maxOutputTokens: 160 };
  const answer = await withTools.generate({ prompt: problem.question, ...ask });
  const without = await alone.generate({ prompt: problem.question, ...ask });
  const right = exactMatch(parseAnswer(answer.text), problem.answer);
  row.withTools += right ? 1 : 0;
  row.alone += exactMatch(parseAnswer(without.text), problem.answer) ? 1 : 0;
  row.uncalled += answer.toolCalls.length === 0 ? 1 : 0;
  problem.calls.forEach((gold, i) => {
    row.calls++;
    const call = answer.toolCalls[i];
    if (call?.toolName !== gold.operator) return;
    row.tools++;
    row.args += call.input.join() === gold.args.join() ? 1 : 0;
  });
  if (!right && shown-- > 0) {
    const gold = problem.calls.map(({ operator, args }) => `${operator}(${args.join(", ")})`).join(" ");
    console.log(`${problem.question}\n ${answer.transcript}\n  gold ${gold} = ${problem.answer}`);
  }
}
