// The texts of one problem agree with each other and with its calls.
import test from "ava";

import {
  evaluationRecord,
  generateWordProblems,
  reasoningText,
  toolModeText,
  trainingExample,
  type WordProblem,
} from "../../../src/lab/word-problems/index.js";
import { validateExample } from "../../../src/examples/example.js";

const twoSteps: WordProblem = {
  id: "x",
  split: "train",
  situation: "two/example",
  wording: "",
  question: "Ann has 900 nuts, eats 310 and shares the rest among 4. How many does each get?",
  reasoning: [
    "The rest is 900-310=",
    { call: 0 },
    ". Each gets 590/4=",
    { call: 1 },
    ". So, the answer is 147.5.",
  ],
  calls: [
    { operator: "subtract", tool: "subtract", args: ["900", "310"], result: "590" },
    { operator: "divide", tool: "divide", args: ["590", "4"], result: "147.5" },
  ],
  answer: "147.5",
};

test("reasoning form", (t) => {
  const { text, spans } = reasoningText(twoSteps);
  t.is(
    text,
    `Q: ${twoSteps.question}\nA: The rest is 900-310=590. Each gets 590/4=147.5. So, the answer is 147.5.`,
  );
  t.deepEqual(
    spans.filter(({ role }) => role === "result").map(({ start, end }) => text.slice(start, end)),
    ["590", "147.5"],
  );
});

test("tool mode ends with the call's closing bracket", (t) => {
  t.is(
    toolModeText(twoSteps, 0).text,
    `<subtract>\nQ: ${twoSteps.question}\nA: The rest is 900-310=<subtract>(900, 310)`,
  );
  t.is(
    toolModeText(twoSteps, 1, { header: "none" }).text,
    `Q: ${twoSteps.question}\nA: The rest is 900-310=<subtract>(900, 310)=590. Each gets 590/4=<divide>(590, 4)`,
  );
  t.is(
    toolModeText(twoSteps, 1, { header: "none", earlierResults: false }).text,
    `Q: ${twoSteps.question}\nA: The rest is 900-310=<subtract>(900, 310). Each gets 590/4=<divide>(590, 4)`,
  );
  t.throws(() => toolModeText(twoSteps, 2), { message: /for callIndex/ });
});

test("demonstrations stand before the question, solved and with their results", (t) => {
  const text = toolModeText(twoSteps, 0, { header: "instruction", demonstrations: [twoSteps] }).text;
  t.true(text.startsWith("Answer the following question with <subtract>:\n\nQ: Ann"));
  t.true(text.includes("590/4=<divide>(590, 4)=147.5. So, the answer is 147.5.\n\nQ: Ann"));
  t.true(reasoningText(twoSteps, [twoSteps]).text.startsWith(`${reasoningText(twoSteps).text}\n\nQ: Ann`));
});

test("spans cover the text without gaps", (t) => {
  const problems = generateWordProblems({ count: 200, seed: 21 });
  for (const problem of problems) {
    for (const { text, spans } of [
      reasoningText(problem, [twoSteps]),
      ...problem.calls.map((_call, i) => toolModeText(problem, i)),
    ]) {
      let at = 0;
      for (const { start, end } of spans) {
        t.is(start, at);
        at = end;
      }
      t.is(at, text.length);
    }
  }
});

test("head training examples are valid, results at their offsets", (t) => {
  for (const problem of generateWordProblems({ count: 300, seed: 22 })) {
    const example = trainingExample(problem);
    t.notThrows(() => validateExample(example));
    t.is(example.calls.length, problem.calls.length);
    t.true(example.text.slice(0, example.questionEnd).endsWith("\nA:"));
    for (const { start, result } of example.calls) t.regex(example.text[start - 1]!, /[= ]/, result);
  }
});

test("evaluation records hold question, answer and calls", (t) => {
  t.deepEqual(evaluationRecord(twoSteps), {
    id: "x",
    question: twoSteps.question,
    answer: "147.5",
    calls: [
      { tool: "subtract", args: "900, 310", result: "590" },
      { tool: "divide", args: "590, 4", result: "147.5" },
    ],
  });
});
