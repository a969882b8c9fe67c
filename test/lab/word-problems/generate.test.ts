// Problems are repeatable, keep to the asked split, steps and operators, and their calculations are right.
import test from "ava";

import {
  generateWordProblems,
  moneyTools,
  wordProblemOperators,
  type WordProblem,
  type WordProblemSplit,
} from "../../../src/lab/word-problems/index.js";
import { sentences } from "../../../src/lab/word-problems/sentences.js";
import { stories } from "../../../src/lab/word-problems/stories.js";
import { ToolkenError } from "../../../src/errors.js";
import { executeTool, mathTools } from "../../../src/tools/index.js";

const answerText = (problem: WordProblem): string =>
  problem.reasoning
    .map((part) => (typeof part === "string" ? part : problem.calls[part.call]!.result))
    .join("");

test("the same seed gives the same problems, another seed others", (t) => {
  const options = { count: 50, seed: 3 };
  t.deepEqual(generateWordProblems(options), generateWordProblems(options));
  const others = new Set(generateWordProblems({ count: 50, seed: 4 }).map((problem) => problem.question));
  t.true(generateWordProblems(options).every((problem) => !others.has(problem.question)));
});

test("no question comes twice", (t) => {
  const questions = generateWordProblems({ count: 3000, seed: 5 }).map((problem) => problem.question);
  t.is(new Set(questions).size, questions.length);
});

test("results are those of the math tools", async (t) => {
  for (const split of ["train", "held-out", "unfamiliar"] as const) {
    for (const { calls } of generateWordProblems({ count: 400, seed: 6, split })) {
      for (const { operator, args, result } of calls) {
        const tool = mathTools.find(({ name }) => name === operator)!;
        const execution = await executeTool(tool, args.join(", "));
        t.is(execution.text, result, `${operator}(${args.join(", ")})`);
      }
    }
  }
});

test("look-alikes: amounts of money have tools of their own, and nothing else changes", async (t) => {
  const plain = generateWordProblems({ count: 400, seed: 8 });
  const hard = generateWordProblems({ count: 400, seed: 8, lookAlikes: true });
  const withoutTools = (problems: readonly WordProblem[]): unknown =>
    problems.map((problem) => ({
      ...problem,
      calls: problem.calls.map(({ operator, args, result }) => ({ operator, args, result })),
    }));
  t.deepEqual(withoutTools(hard), withoutTools(plain));
  t.true(plain.every(({ calls }) => calls.every(({ tool, operator }) => tool === operator)));
  const money = hard.flatMap(({ calls }) => calls).filter(({ tool, operator }) => tool !== operator);
  t.deepEqual([...new Set(money.map(({ tool }) => tool))].sort(), moneyTools.map(({ name }) => name).sort());
  for (const { tool, args, result } of money) {
    const execution = await executeTool(
      moneyTools.find(({ name }) => name === tool)!,
      args.join(", "),
    );
    t.is(execution.text, result);
  }
  const lonely = hard.find(({ question, calls }) => question.includes("$") && calls.length === 1);
  t.regex(lonely!.calls[0]!.tool, /_money$/);
});

test("asides: a third of the answers begin with a number that is only copied", (t) => {
  for (const split of ["train", "unfamiliar"] as const) {
    const problems = generateWordProblems({ count: 600, seed: 9, split, asides: true });
    const starts =
      /^(?:(?:Let|Say|Call|Put) \w=|Given:|We know:|Known:|(?:One|A) number|The question |First value=|Value=|Input=|Note the figure|Starting point=)/;
    const told = problems.filter((problem) => starts.test(answerText(problem)));
    t.true(told.length > 150 && told.length < 250, `${told.length}`);
    for (const problem of told) {
      const { question } = problem;
      const number = /[\d][\d,.]*\d|\d/.exec(answerText(problem).slice(4))![0].replaceAll(",", "");
      const words = /\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)\b/i;
      t.true(question.replaceAll(",", "").includes(number) || words.test(question), question);
    }
  }
});

test("every argument is a number of the question, a known constant or an earlier result", (t) => {
  const constants = /^(2|3|4|6|7|10|12|24|52|60|100|365|1000|3600)$/;
  for (const problem of generateWordProblems({ count: 1000, seed: 7, steps: [1] })) {
    const shown = problem.question.replace(/(\d),(?=\d{3})/g, "$1");
    for (const arg of problem.calls[0]!.args) {
      const percentage = String(Number((Math.abs(Number(arg) - Math.floor(Number(arg))) * 100).toFixed(4)));
      const decline = String(Number((100 - Number(arg) * 100).toFixed(4)));
      const known =
        shown.includes(arg) ||
        constants.test(arg) ||
        shown.includes(percentage) ||
        shown.includes(decline) ||
        /\b(two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)\b/i.test(shown);
      t.true(known, `${arg} in ${problem.question}`);
    }
  }
});

test("the closing sentence gives the last result", (t) => {
  for (const problem of generateWordProblems({ count: 500, seed: 8, steps: [1, 2, 3] })) {
    t.is(problem.answer, problem.calls.at(-1)!.result);
    t.true(answerText(problem).endsWith(` So, the answer is ${problem.answer}.`));
  }
});

test("texts without a calculation copy a number of the question", (t) => {
  for (const problem of generateWordProblems({ count: 300, seed: 9, steps: [0] })) {
    t.deepEqual(problem.calls, []);
    t.true(
      problem.question.replace(/(\d),(?=\d{3})/g, "$1").includes(problem.answer) ||
        /[a-z]/.test(problem.question),
    );
    t.false(answerText(problem).includes("="));
  }
});

test("steps and operators are kept to", (t) => {
  for (const steps of [0, 1, 2, 3]) {
    const problems = generateWordProblems({ count: 40, seed: 10, steps: [steps] });
    t.true(problems.every(({ calls }) => calls.length === steps));
  }
  for (const operator of wordProblemOperators) {
    const problems = generateWordProblems({ count: 40, seed: 11, steps: [1], operators: [operator] });
    t.true(problems.every(({ calls }) => calls[0]!.operator === operator));
  }
});

test("every slot is filled and no bracket stays", (t) => {
  for (const split of ["train", "held-out", "unfamiliar"] as const) {
    for (const problem of generateWordProblems({ count: 4000, seed: 12, split })) {
      const text = `${problem.question} ${answerText(problem)}`;
      t.notRegex(text, /[{}[\]|]|undefined|NaN| {2}/);
    }
  }
});

test("the splits share no wording", (t) => {
  const wordings = (split: WordProblemSplit, count: number): Set<string> =>
    new Set(generateWordProblems({ count, seed: 13, split }).map(({ wording }) => wording));
  const train = wordings("train", 30_000);
  const heldOut = wordings("held-out", 5_000);
  const unfamiliar = wordings("unfamiliar", 3_000);
  for (const wording of heldOut) t.false(train.has(wording), wording);
  for (const wording of unfamiliar) t.false(train.has(wording) || heldOut.has(wording), wording);
  t.true(train.size > 5_000 && heldOut.size > 1_000 && unfamiliar.size > 250);
});

test("general sentences are in one split only", (t) => {
  const { distractions, requests, plainAnswers, asides } = sentences();
  for (const { train, unfamiliar } of [distractions, requests, plainAnswers, asides]) {
    for (const sentence of unfamiliar) t.false(train.includes(sentence), sentence);
  }
});

test("situations have unique ids, and every operator has enough of them", (t) => {
  t.is(new Set(stories().map(({ id }) => id)).size, stories().length);
  for (const operator of wordProblemOperators) {
    const basic = ["add", "subtract", "multiply", "divide"].includes(operator);
    const own = stories().filter(({ steps }) => steps.length === 1 && steps[0]!.operator === operator);
    t.true(own.length >= (basic ? 24 : 10), `${operator}: ${own.length}`);
  }
});

const refused = test.macro((t, options: unknown, message: RegExp) => {
  const error = t.throws(() => generateWordProblems(options as Parameters<typeof generateWordProblems>[0]), {
    instanceOf: ToolkenError,
  });
  t.is(error.code, "INVALID_ARGUMENT");
  t.regex(error.message, message);
});
test("a count of zero is refused", refused, { count: 0 }, /integer of 1 or more for count/);
test(
  "an unknown split is refused",
  refused,
  { count: 1, split: "test" },
  /one of train, held-out, unfamiliar for split/,
);
test("an unknown operator is refused", refused, { count: 1, operators: ["modulo"] }, /for operators/);
test("too many steps are refused", refused, { count: 1, steps: [4] }, /for steps/);
test("no steps are refused", refused, { count: 1, steps: [] }, /for steps/);
test("a seed that is no integer is refused", refused, { count: 1, seed: 0.5 }, /integer from .* for seed/);
