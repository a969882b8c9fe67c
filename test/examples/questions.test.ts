import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import anyTest, { type ExecutionContext, type TestFn } from "ava";
import { readPredictions } from "../../src/lab/evaluation/predictions.js";
import { type EvaluationQuestion, readQuestions } from "../../src/examples/questions.js";
import { ToolkenError, type ToolkenErrorCode } from "../../src/errors.js";

const test = anyTest as TestFn<{ folder: string }>;
type Context = ExecutionContext<{ folder: string }>;

test.beforeEach(async (t) => {
  t.context.folder = await mkdtemp(path.join(os.tmpdir(), "toolken-questions-"));
});
test.afterEach.always(async (t) => {
  await rm(t.context.folder, { recursive: true });
});

async function stored(t: Context, content: string, name: string): Promise<string> {
  const file = path.join(t.context.folder, name);
  await writeFile(file, content);
  return file;
}

const gives = test.macro(async (t, content: string, wanted: EvaluationQuestion[], name?: string) => {
  t.deepEqual(await readQuestions(await stored(t as Context, content, name ?? "questions.json")), wanted);
});

const refuses = test.macro(
  async (t, content: string, code: ToolkenErrorCode, message: RegExp, name?: string) => {
    const file = await stored(t, content, name ?? "questions.jsonl");
    const error = await t.throwsAsync(readQuestions(file), { instanceOf: ToolkenError, message });
    t.is(error.code, code);
  },
);

test(
  "one-hop FuncQA: the tool comes from func",
  gives,
  '[{"question": " A reader?", "answer": 16951, "func": "<multiply>(67, 253)=16951"},\n{"question": "b", "answer": "546", "func": "<lcm>(182, 273)=546"}]',
  [
    {
      id: "0",
      question: " A reader?",
      answer: 16951,
      tool: "multiply",
      goldCalls: ["<multiply>(67, 253)=16951"],
    },
    { id: "1", question: "b", answer: "546", tool: "lcm", goldCalls: ["<lcm>(182, 273)=546"] },
  ],
);
test(
  "multi-hop FuncQA: a tool only when there is just one",
  gives,
  '[{"question":"a","answer":"1","calculation":["<ln>(2)=0.69","<ln>(0.69)=1"]},{"question":"b","answer":"1","calculation":["<ln>(2)=0.69","<add>(0.69)=1"]}]',
  [
    { id: "0", question: "a", answer: "1", tool: "ln", goldCalls: ["<ln>(2)=0.69", "<ln>(0.69)=1"] },
    { id: "1", question: "b", answer: "1", goldCalls: ["<ln>(2)=0.69", "<add>(0.69)=1"] },
  ],
);
test(
  "prepared questions: their calls, or none that is needed",
  gives,
  '{"question":"a","calls":[{"tool":"add","args":"1, 2","result":"3"}]}\n{"question":"b","calls":[]}\n{"question":"c","tool":"add"}',
  [
    { id: "0", question: "a", goldCalls: ["add(1, 2)"] },
    { id: "1", question: "b", goldCalls: [] },
    { id: "2", question: "c", tool: "add", goldCalls: ["add"] },
  ],
  "questions.jsonl",
);
test(
  "GSM8K-XL: slots take the enhanced values, a float stays one",
  gives,
  '{"question": "{v_1} and {v_2}, {v_3}, {v_1}?", "answer": "{r_1}", "enhanced_v": [4096, "27/64", 0.5], "enhanced_result": 32040.0}\n',
  [
    {
      id: "0",
      question: "4096 and 27/64, 0.5, 4096?",
      answer: "32040.0",
      template: "{v_1} and {v_2}, {v_3}, {v_1}?",
    },
  ],
  "questions.jsonl",
);
test(
  "ids and numbers as they are written; digits in texts stay",
  gives,
  '{"id": 7, "question": "is \\"5.0\\" 5.0?", "answer": 5.50}\n{"id": "x", "question": "b", "answer": -3.00}\n{"question": "c"}',
  [
    { id: "7", question: 'is "5.0" 5.0?', answer: 5.5 },
    { id: "x", question: "b", answer: "-3.00" },
    { id: "2", question: "c" },
  ],
  "questions.jsonl",
);
test(
  "a line of text each",
  gives,
  "\ufeffWhat is 1+1?\r\n\r\n[sic] and {braces}?\r\n",
  [
    { id: "0", question: "What is 1+1?" },
    { id: "1", question: "[sic] and {braces}?" },
  ],
  "questions.txt",
);
test(
  "JSON in a file of another name",
  gives,
  '{"question":"a","answer":1}',
  [{ id: "0", question: "a", answer: 1 }],
  "questions",
);

test(
  "calls that are none",
  refuses,
  '{"question":"a"}\n{"question":"b","calls":["add"]}',
  "RECORD_INVALID",
  /:2: Expected objects with tool and args for calls/,
);
test("empty", refuses, "", "FILE_INVALID", /empty/);
test("empty text file", refuses, "\n", "FILE_INVALID", /empty/, "questions.txt");
test(
  "no question",
  refuses,
  '{"question":"a"}\n{"answer":1}',
  "RECORD_INVALID",
  /questions\.jsonl:2: .* for question but received undefined/,
);
test("a question of white space", refuses, '{"question":" "}', "RECORD_INVALID", /:1: .* for question/);
test(
  "an answer of a wrong type",
  refuses,
  '{"question":"a","answer":[1]}',
  "RECORD_INVALID",
  /a number or a text for answer/,
);
test("an id of a wrong type", refuses, '{"question":"a","id":[1]}', "RECORD_INVALID", /for id/);
test(
  "an id used twice",
  refuses,
  '{"question":"a","id":"1"}\n{"question":"b"}',
  "RECORD_INVALID",
  /:2: .* for id but received "1"/,
);
test(
  "a slot without a value",
  refuses,
  '{"question":"{v_2}","enhanced_v":[1]}',
  "RECORD_INVALID",
  /a value for the slot \{v_2\}/,
);
test(
  "slots' values of a wrong type",
  refuses,
  '{"question":"{v_1}","enhanced_v":5}',
  "RECORD_INVALID",
  /an array for enhanced_v/,
);
test("a record that is no object", refuses, "5", "RECORD_INVALID", /a JSON object/);
test("not JSON", refuses, "{question}", "RECORD_INVALID", /:1: Expected JSON/);
test("a missing file", async (t) => {
  const error = await t.throwsAsync(readQuestions(path.join(t.context.folder, "none")), {
    instanceOf: ToolkenError,
  });
  t.is(error.code, "FILE_NOT_FOUND");
});
test("no paths", async (t) => {
  const error = await t.throwsAsync(readQuestions([]), { instanceOf: ToolkenError });
  t.is(error.code, "INVALID_ARGUMENT");
});

test("predictions under both names of the fields", async (t) => {
  const file = await stored(
    t,
    '{"index": 4, "question": "a", "generation": "g", "pred": "0.23", "gold": 12.0, "func_calls": ["<ln>(1) = 0"], "status": "success"}\n' +
      '{"question": "b", "generation": "", "pred_val": null, "label": 5}\n',
    "run.jsonl",
  );
  t.deepEqual(await readPredictions(file), [
    {
      index: 4,
      question: "a",
      gold: "12.0",
      prediction: "0.23",
      generation: "g",
      calls: ["<ln>(1) = 0"],
      status: "success",
    },
    { index: 1, question: "b", gold: 5, prediction: null, generation: "", calls: [], status: "success" },
  ]);
});
for (const [name, record] of [
  ["gold", '{"question": "b", "generation": "", "pred": 1}'],
  ["pred", '{"question": "b", "generation": "", "pred": [1], "gold": 1}'],
  ["generation", '{"question": "b", "pred": 1, "gold": 1}'],
  ["question", '{"generation": "", "pred": 1, "gold": 1}'],
  ["index", '{"question": "b", "generation": "", "pred": 1, "gold": 1, "index": "x"}'],
] as const) {
  test(`a prediction without a fit ${name}`, async (t) => {
    const file = await stored(t, record, "run.jsonl");
    const error = await t.throwsAsync(readPredictions(file), { instanceOf: ToolkenError });
    t.is(error.code, "RECORD_INVALID");
    t.regex(error.message, new RegExp(`run\\.jsonl:1: .* for ${name}`));
  });
}

const shared = path.resolve(process.env.TOOLKEN_DATA ?? "../shared/data");
const withData = existsSync(path.join(shared, "funcqa")) ? test : test.skip;

withData("published question files", async (t) => {
  const oneHop = await readQuestions(path.join(shared, "funcqa/funcqa_oh.dev.json"));
  t.is(oneHop.length, 30);
  t.true(oneHop.every(({ tool }) => tool !== undefined));
  t.is(
    (await readQuestions(path.join(shared, "funcqa/funcqa_mh.dev.json"))).every(
      ({ answer }) => typeof answer === "string",
    ),
    true,
  );
  const xl = await readQuestions(path.join(shared, "gsm8k-xl/test.dev.json"));
  const run = await readPredictions(
    path.join(shared, "outputs/gsm8k-xl/meta-llama_Llama-3.2-1B-inference-func.jsonl"),
  );
  const gold = new Map(run.map((prediction) => [prediction.question, prediction.gold]));
  for (const { question, answer } of xl) t.is(gold.get(question), answer, question);
});
