// Evaluation runs against a stand-in for the model: order, resuming, torn lines, refusals, the counts at the end.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { readPredictions } from "../../../src/lab/evaluation/predictions.js";
import type { EvaluationQuestion } from "../../../src/examples/questions.js";
import { ToolkenError } from "../../../src/errors.js";
import { type Answering, evaluate } from "../../../src/lab/evaluation/evaluate.js";
import type { PredictionRecord } from "../../../src/lab/evaluation/record.js";
import { readRun } from "../../../src/lab/evaluation/stored-run.js";
import type { GenerateResult } from "../../../src/generation/events.js";
import type { PromptOptions, CallSettings } from "../../../src/generation/options.js";
import { usageOf } from "../../../src/generation/usage-meter.js";
import { scratchFolder, throwsCode } from "../../utils/scratch.js";

const QUESTIONS: readonly EvaluationQuestion[] = Array.from({ length: 6 }, (_, i) => ({
  id: `q${i}`,
  question: `What is ${i} plus 10?`,
  answer: i + 10,
}));

/** Adds right, but for 3; answers take the longer the earlier they are asked. */
class Adder implements Answering {
  readonly asked: string[] = [];
  readonly settings: CallSettings[] = [];
  atOnce = 0;
  mostAtOnce = 0;
  /** Called before each answer. */
  before: (question: string, signal: AbortSignal | undefined) => void = () => undefined;

  async generate({ prompt: question, ...options }: PromptOptions): Promise<GenerateResult> {
    this.asked.push(question);
    this.settings.push(options);
    this.mostAtOnce = Math.max(this.mostAtOnce, ++this.atOnce);
    try {
      const number = Number(/\d+/.exec(question)![0]);
      for (let turn = 0; turn < 12 - 2 * number; turn++) await Promise.resolve();
      this.before(question, options.signal);
      return answer(number === 3 ? 99 : number + 10);
    } finally {
      this.atOnce--;
    }
  }
}

function answer(result: number): GenerateResult {
  const text = `It is ${result}. The answer is ${result}.`;
  return {
    text,
    transcript: `It is <add>(…)=${result}. The answer is ${result}.`,
    toolCalls: [
      {
        toolCallId: "call_0",
        toolName: "add",
        inputText: "…",
        input: [],
        outputText: String(result),
        output: result,
        start: 6,
        end: 6 + String(result).length,
        probability: 0.9,
      },
    ],
    toolErrors: [],
    reranks: [],
    finishReason: "stop",
    usage: usageOf({
      promptTokens: 5,
      textTokens: 7,
      resultTokens: 1,
      toolPromptTokens: 2,
      argumentTokens: 3,
      decodedTokens: 18,
      milliseconds: 1,
    }),
  };
}

async function outFile(t: ExecutionContext): Promise<string> {
  return join(await scratchFolder(t), "predictions.jsonl");
}

async function lines(path: string): Promise<PredictionRecord[]> {
  const text = await readFile(path, "utf8");
  if (text !== "" && !text.endsWith("\n")) throw new Error("the file ends in a torn line");
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as PredictionRecord);
}

test("counts, and a line per question with the published names", async (t) => {
  const out = await outFile(t);
  const adder = new Adder();
  const summary = await evaluate(adder, QUESTIONS, { out, parallel: 3, temperature: 0.5 });
  t.like(summary, {
    questions: 6,
    exactMatches: 5,
    approximateMatches: 5,
    unanswered: 0,
    failed: 0,
    withoutGold: 0,
    calls: 6,
    questionsWithCalls: 6,
    callRate: 1,
    tokens: 60,
    decodedTokens: 108,
    resumed: 0,
  });
  t.true(summary.tokensPerSecond! > 0);
  t.is(adder.mostAtOnce, 3);
  t.true(adder.settings.every((settings) => settings.temperature === 0.5 && !("out" in settings)));
  const records = await lines(out);
  t.deepEqual(records.map(({ index }) => index).sort(), [0, 1, 2, 3, 4, 5]);
  t.like(
    records.find(({ index }) => index === 4),
    {
      id: "q4",
      question: "What is 4 plus 10?",
      label: 14,
      pred_val: "14",
      generation: "It is 14. The answer is 14.",
      func_calls: ["<add>(…) = 14"],
      status: "success",
      finish_reason: "stop",
    },
  );
  t.is((await readPredictions(out)).length, 6);
});

test("a line holds the calls of the solution and those that failed", async (t) => {
  const out = await outFile(t);
  const failed = {
    toolCallId: "call_1",
    toolName: "add",
    inputText: "x",
    code: "TOOL_ARGUMENTS_INVALID",
    message: "no",
  } as const;
  const generate = (): Promise<GenerateResult> => Promise.resolve({ ...answer(1), toolErrors: [failed] });
  const questions = [
    { id: "a", question: "1+0?", answer: 1, goldCalls: ["add(1, 0)"] },
    { id: "b", question: "1?", answer: 1, goldCalls: [] },
    { id: "c", question: "One?" },
  ];
  await evaluate({ generate }, questions, { out, parallel: 1 });
  const records = await lines(out);
  t.deepEqual(
    records.map(({ gold_calls: calls }) => calls),
    [["add(1, 0)"], [], undefined],
  );
  t.deepEqual(records[0]!.failed_calls, [failed]);
  const { predictions } = await readRun(out);
  t.deepEqual(
    predictions.map(({ goldCalls }) => goldCalls),
    [["add(1, 0)"], [], null],
  );
});

test("answers are the same without a file, in any order and number at once", async (t) => {
  const one = await evaluate(new Adder(), QUESTIONS, { parallel: 1 });
  const many = await evaluate(new Adder(), [...QUESTIONS].reverse(), { parallel: 6 });
  t.is(one.exactMatches, many.exactMatches);
  t.is(one.tokens, many.tokens);
});

test("an aborted run is continued without lost or doubled lines", async (t) => {
  const out = await outFile(t);
  const controller = new AbortController();
  const first = new Adder();
  const stopped = evaluate(first, QUESTIONS, {
    out,
    parallel: 2,
    signal: controller.signal,
    onProgress: ({ done }) => {
      if (done === 2) controller.abort();
    },
  });
  await throwsCode(t, "ABORTED", /aborted/, () => stopped);
  const before = await lines(out);
  t.true(before.length >= 2 && before.length < 6);

  const second = new Adder();
  const seen: number[] = [];
  const summary = await evaluate(second, QUESTIONS, {
    out,
    onProgress: ({ done, total, record }) => {
      t.is(total, 6);
      if (record === undefined) t.is(done, before.length);
      else seen.push(record.index);
    },
  });
  t.is(second.asked.length, 6 - before.length);
  t.is(summary.resumed, before.length);
  t.is(summary.exactMatches, 5);
  const records = await lines(out);
  t.deepEqual(records.slice(0, before.length), before);
  t.deepEqual(records.map(({ index }) => index).sort(), [0, 1, 2, 3, 4, 5]);
  t.deepEqual([...seen, ...before.map(({ index }) => index)].sort(), [0, 1, 2, 3, 4, 5]);

  const third = new Adder();
  const again = await evaluate(third, QUESTIONS, { out });
  t.is(third.asked.length, 0);
  t.is(again.tokensPerSecond, null);
  t.is(again.exactMatches, 5);
});

for (const cut of [2, 20]) {
  test(`a line torn by a kill is dropped and written again (by ${cut})`, async (t) => {
    const out = await outFile(t);
    await evaluate(new Adder(), QUESTIONS, { out, parallel: 1 });
    const whole = await readFile(out, "utf8");
    await writeFile(out, whole.slice(0, -cut));
    const notes: string[] = [];
    const adder = new Adder();
    await evaluate(adder, QUESTIONS, { out, onNote: (note) => notes.push(note) });
    t.deepEqual(adder.asked, ["What is 5 plus 10?"]);
    t.regex(notes.join("\n"), /^Dropped the last line of /);
    t.is(await readFile(out, "utf8"), whole);
  });
}

test("a line that a kill left without its end is whole, and kept", async (t) => {
  const out = await outFile(t);
  await evaluate(new Adder(), QUESTIONS, { out, parallel: 1 });
  const whole = await readFile(out, "utf8");
  await writeFile(out, whole.slice(0, -1));
  const adder = new Adder();
  await evaluate(adder, QUESTIONS, { out });
  t.deepEqual(adder.asked, []);
  t.is(await readFile(out, "utf8"), whole);
});

test("a file of other questions is refused", async (t) => {
  const out = await outFile(t);
  await evaluate(new Adder(), QUESTIONS, { out });
  const before = await readFile(out, "utf8");
  const other = QUESTIONS.map((question) => ({ ...question, question: `Say: ${question.question}` }));
  const error = await throwsCode(t, "RECORD_INVALID", /predictions\.jsonl:1: /, () =>
    evaluate(new Adder(), other, { out }),
  );
  t.regex(error.hint!, /another file/);
  await throwsCode(t, "RECORD_INVALID", /question/, () =>
    evaluate(new Adder(), QUESTIONS.slice(0, 3), { out }),
  );
  t.is(await readFile(out, "utf8"), before);
});

test("a file of other settings, another head or another model is refused", async (t) => {
  const out = await outFile(t);
  const with_ = (more: Partial<Answering>): Answering => Object.assign(new Adder(), more);
  const model = { fingerprint: () => Promise.resolve("aa") };
  const head = { tools: ["add"], weights: Float32Array.of(1, 2), bias: Float32Array.of(0) };
  const engine = with_({ model, head, prompts: { general: "Q" } });
  await evaluate(engine, QUESTIONS, { out, toolBias: -Infinity, stopSequences: [/a/u] });
  const other: [Partial<Answering>, object][] = [
    [
      { model, head, prompts: { general: "Q" } },
      { toolBias: 0, stopSequences: [/a/u] },
    ],
    [
      { model, head, prompts: { general: "Q" } },
      { toolBias: -Infinity, stopSequences: [/b/u] },
    ],
    [
      { model, head, prompts: { general: "P" } },
      { toolBias: -Infinity, stopSequences: [/a/u] },
    ],
    [
      { model, head: { ...head, weights: Float32Array.of(1, 3) } },
      { toolBias: -Infinity, stopSequences: [/a/u] },
    ],
    [
      { model, prompts: { general: "Q" } },
      { toolBias: -Infinity, stopSequences: [/a/u] },
    ],
    [
      { model: { fingerprint: () => Promise.resolve("bb") }, head, prompts: { general: "Q" } },
      { toolBias: -Infinity, stopSequences: [/a/u] },
    ],
    [
      { model, head, prompts: { general: "Q" } },
      { toolBias: -Infinity, stopSequences: [/a/u], settings: { chat: true } },
    ],
  ];
  for (const [toolkenParts, options] of other) {
    await throwsCode(t, "INVALID_ARGUMENT", /settings/, () =>
      evaluate(with_(toolkenParts), QUESTIONS, { out, ...options }),
    );
  }
  // What no answer depends on may change.
  const same = {
    out,
    toolBias: -Infinity,
    stopSequences: [/a/u],
    parallel: 1,
    topCandidates: 3,
    topK: undefined,
  };
  t.is((await evaluate(engine, QUESTIONS, same)).resumed, 6);
});

test("without resume a file that has lines is refused, an empty one is not", async (t) => {
  const out = await outFile(t);
  await evaluate(new Adder(), QUESTIONS.slice(0, 0), { out, resume: false });
  await evaluate(new Adder(), QUESTIONS, { out, resume: false });
  await throwsCode(t, "INVALID_ARGUMENT", /already contains predictions/, () =>
    evaluate(new Adder(), QUESTIONS, { out, resume: false }),
  );
});

const refusesFile = test.macro(async (t: ExecutionContext, content: string, message: RegExp) => {
  const out = await outFile(t);
  await writeFile(out, content);
  await throwsCode(t, "RECORD_INVALID", message, () => evaluate(new Adder(), QUESTIONS, { out }));
  t.is(await readFile(out, "utf8"), content);
});
test("not JSON", refusesFile, "{}\n{oops}\n", /predictions\.jsonl:1: Expected a prediction/);
test("a torn line in the middle", refusesFile, '{"index": 0, "ques\n', /:1: Expected JSON/);
test("no prediction", refusesFile, '{"index": 0, "question": "x"}\n', /Expected a prediction/);
test("a list", refusesFile, "[1]\n", /Expected a JSON object/);
test(
  "an index out of range",
  refusesFile,
  '{"index": 9, "question": "x", "generation": "", "calls": []}\n',
  /question 9/,
);

test("a question twice", async (t) => {
  const out = await outFile(t);
  await evaluate(new Adder(), QUESTIONS, { out });
  const content = await readFile(out, "utf8");
  await writeFile(out, content + content);
  await throwsCode(t, "RECORD_INVALID", /:7: Expected each question once/, () =>
    evaluate(new Adder(), QUESTIONS, { out }),
  );
});

test("a question that does not fit counts as wrong; any other error ends the run", async (t) => {
  const out = await outFile(t);
  const adder = new Adder();
  adder.before = (question) => {
    if (question.includes(" 1 ")) throw new ToolkenError("CONTEXT_FULL", "no room");
  };
  const summary = await evaluate(adder, QUESTIONS, { out });
  t.like(summary, { failed: 1, unanswered: 1, exactMatches: 4, questionsWithCalls: 5 });
  t.like(
    (await lines(out)).find(({ index }) => index === 1),
    { status: "CONTEXT_FULL", error: "no room", pred_val: null, usage: null },
  );

  const broken = new Adder();
  const signals: (AbortSignal | undefined)[] = [];
  broken.before = (question, signal) => {
    signals.push(signal);
    if (question.includes(" 2 ")) throw new ToolkenError("DECODE_FAILED", "the device is gone");
  };
  const other = await outFile(t);
  await throwsCode(t, "DECODE_FAILED", /gone/, () =>
    evaluate(broken, QUESTIONS, { out: other, parallel: 2 }),
  );
  t.true(broken.asked.length < 6);
  t.true(signals.every((signal) => signal?.aborted === true));
  t.true((await lines(other)).every(({ status }) => status === "success"));
});

test("questions without gold answers are asked, not scored", async (t) => {
  const questions = [...QUESTIONS.slice(0, 2), { id: "x", question: "What is 7 plus 10?" }];
  const summary = await evaluate(new Adder(), questions, {});
  t.like(summary, { questions: 2, exactMatches: 2, withoutGold: 1, calls: 3, callRate: 1 });
});

test("tools of the solutions that the head does not have are named", async (t) => {
  const rows = { weights: new Float32Array(2), bias: new Float32Array(2) };
  const engine = Object.assign(new Adder(), { head: { tools: ["add", "ln"], ...rows } });
  const questions: EvaluationQuestion[] = [
    { ...QUESTIONS[0]!, tool: "ln" },
    { ...QUESTIONS[1]!, tool: "sqrt", goldCalls: ["<sqrt>(4)=2"] },
    { ...QUESTIONS[2]!, goldCalls: ["<add>(1, 2)=3", "<log>(3)=0.48"] },
  ];
  const notes: string[] = [];
  const onNote = (note: string): void => void notes.push(note);
  t.is((await evaluate(engine, questions, { onNote })).questions, 3);
  t.deepEqual(notes, ["2 of 3 questions need tools that the head does not have: log, sqrt"]);
  await evaluate(engine, questions.slice(0, 1), { onNote });
  await evaluate(new Adder(), questions, { onNote });
  t.is(notes.length, 1, "a head that has them, or none");
});

test("wrong options", async (t) => {
  await throwsCode(t, "INVALID_ARGUMENT", /parallel/, () =>
    evaluate(new Adder(), QUESTIONS, { parallel: 0 }),
  );
  await throwsCode(t, "INVALID_ARGUMENT", /questions/, () => evaluate(new Adder(), null as never));
  await throwsCode(t, "INVALID_ARGUMENT", /out/, () => evaluate(new Adder(), QUESTIONS, { out: "" }));
  await throwsCode(t, "FILE_NOT_FOUND", /No folder/, () =>
    evaluate(new Adder(), QUESTIONS, { out: "/no/such/folder/p.jsonl" }),
  );
  await throwsCode(t, "ABORTED", /aborted/, () =>
    evaluate(new Adder(), QUESTIONS, { signal: AbortSignal.abort() }),
  );
});
