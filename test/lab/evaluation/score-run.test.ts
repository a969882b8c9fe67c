// Files of predictions become runs, are scored and compared; what is no run of one data set is refused.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import {
  compareRuns,
  readGold,
  readRun,
  scoreRun,
  type ReadRunOptions,
  type StoredRun,
} from "../../../src/lab/evaluation/index.js";
import type { ToolkenErrorCode } from "../../../src/index.js";
import { scratchFile, scratchFolder, throwsCode } from "../../utils/scratch.js";

type Fields = Readonly<Record<string, unknown>>;

const answer = (index: number, fields: Fields = {}): Fields => ({
  index,
  question: `What is ${index} and 1?`,
  generation: `The answer is ${index + 1}.`,
  pred: String(index + 1),
  gold: index + 1,
  func_calls: [`<add>(${index},1) = ${index + 1}`],
  status: "success",
  ...fields,
});
const lines = (records: readonly Fields[]): string =>
  records.map((record) => `${JSON.stringify(record)}\n`).join("");

function stored(
  t: ExecutionContext,
  records: readonly Fields[] | string,
  name = "run.jsonl",
): Promise<string> {
  return scratchFile(t, typeof records === "string" ? records : lines(records), name);
}

async function run(
  t: ExecutionContext,
  records: readonly Fields[],
  options: ReadRunOptions = {},
): Promise<StoredRun> {
  return readRun(await stored(t, records), options);
}

test("answers, under the published names and under this library's", async (t) => {
  const published = [answer(0), answer(1, { pred: "7" }), answer(2, { pred: 0, func_calls: [] })];
  const own = published.map(({ pred, gold, ...rest }, i) => ({
    ...rest,
    id: `q${i}`,
    pred_val: pred === 0 ? null : pred,
    label: gold,
    settings: "a",
  }));
  const scores = [];
  for (const records of [published, own]) {
    const { file, ...score } = scoreRun(await run(t, records), { resamples: 100 });
    t.true(file.endsWith("run.jsonl"));
    scores.push(score);
  }
  t.deepEqual(scores[0], scores[1]);
  t.like(scores[0], {
    kind: "answers",
    questions: 3,
    exactMatch: 1 / 3,
    approximateMatch: 1 / 3,
    unanswered: 1,
    withoutGold: 0,
    failed: 0,
    calls: { calls: 2, questionsWithCalls: 2, callRate: 2 / 3, perTool: { add: 2 } },
    callMetrics: null,
  });
  const { low, high } = scores[0]!.intervals.exactMatch!;
  t.true(low === 0 && high > 0.3 && high <= 1);
});

test("failures, no gold, answers read from the texts again", async (t) => {
  const records = [
    answer(0, { pred: "5" }),
    answer(1, { status: "CONTEXT_FULL", generation: "", pred: null }),
    answer(2, { gold: null }),
  ];
  const { failed, withoutGold, ...rest } = scoreRun(await run(t, records), { resamples: 1 });
  t.deepEqual([failed, withoutGold, rest.questions], [1, 1, 2]);
  t.like(rest, { exactMatches: 0 });
  t.like(scoreRun(await run(t, records, { reparse: true }), { resamples: 1 }), { exactMatches: 1 });
  const bare: Fields = { question: "q", generation: "The answer is 5", gold: 5 };
  t.like(scoreRun(await run(t, [bare]), { resamples: 1 }), { exactMatches: 1 });
});

test("gold calls in the records", async (t) => {
  const records = [
    answer(0, { func: "<add>(0, 1)=1" }),
    answer(1, { gold_calls: ["<ln>(1)=0", "<add>(1,1)"] }),
  ];
  const { callMetrics } = scoreRun(await run(t, records), { resamples: 1 });
  t.like(callMetrics, { questions: 2, goldCalls: 3, predictedCalls: 2, missed: 1, spurious: 0 });
  t.deepEqual(callMetrics?.withArguments, { precision: 1, recall: 2 / 3, f1: 4 / 5 });
});

test("a data set gives gold answers and calls", async (t) => {
  const folder = await scratchFolder(t);
  const path = join(folder, "questions.json");
  await writeFile(
    path,
    JSON.stringify([
      { question: " What is 0 and  1?", answer: "1.0", func: "<add>(0, 1)=1" },
      { question: "What is 1 and 1?", answer: 2, calls: [{ tool: "ln", args: "1", result: "0" }] },
      { question: "What is 8 and 1?", answer: 9 },
    ]),
  );
  const gold = await readGold(path);
  const plain = await stored(t, "What is 2 and 1?\n\nWhat is 3 and 1?\n", "questions.txt");
  t.deepEqual(
    (await readGold([plain, path])).map(({ question, answer: known, calls }) => [question, known, calls]),
    [
      ["What is 2 and 1?", null, null],
      ["What is 3 and 1?", null, null],
      ...gold.map(({ question, answer: known, calls }) => [question, known, calls]),
    ],
  );
  const score = scoreRun(await run(t, [answer(0, { gold: null }), answer(1)], { gold }), { resamples: 1 });
  t.like(score, { exactMatches: 2, withoutGold: 0, missing: 1, leftOut: 0 });
  t.like(score.callMetrics, { questions: 2, wrongTool: 1, spurious: 0 });
  const more = [answer(0), answer(3)];
  t.like(scoreRun(await run(t, more, { gold, partial: true }), { resamples: 1 }), {
    questions: 1,
    leftOut: 1,
    missing: 2,
  });
  await throwsCode(t, "RECORD_INVALID", /run\.jsonl:2: Expected a question of the data set/, () =>
    run(t, more, { gold }),
  );
  await throwsCode(t, "RECORD_INVALID", /run\.jsonl: Expected predictions of the data set's questions/, () =>
    run(t, [answer(5)], { gold, partial: true }),
  );
  await throwsCode(
    t,
    "RECORD_INVALID",
    /run\.jsonl:1: Expected 2, as in .*questions\.json:1, for the reference/,
    () => run(t, [answer(1, { gold: 3 })], { gold }),
  );
});

const TASK = "Task 4:\nGoal:\nRest\nHint:\nI sit.";

test("plans, with gold from texts and from prepared questions", async (t) => {
  const plan = "Plan:\n[WALK] <desk>\n[SIT] <chair>\n[END]";
  const prediction: Fields = {
    question: `${TASK}\n`,
    generation: "Plan:\n[WALK](desk)\n[SIT](bed)\n[END]\n\nQuestion: [SIT](bed)",
    pred: -1,
    gold: plan,
  };
  const figures = {
    kind: "plans",
    actionMatch: 1,
    planMatch: 1,
    stepMatch: 2 / 3,
    fullPlanMatch: 0,
    steps: 3,
  };
  const score = scoreRun(await run(t, [prediction]), { resamples: 5 });
  t.like(score, figures);
  t.like(score.callMetrics, { goldCalls: 3, wrongTool: 0, micro: { precision: 1, recall: 1, f1: 1 } });
  t.deepEqual(Object.keys(score.intervals), ["planMatch", "actionMatch", "stepMatch", "fullPlanMatch"]);

  const texts = await readGold(await stored(t, JSON.stringify([{ text: `${TASK}\n${plan}` }]), "texts.json"));
  const prepared = await readGold(
    await stored(
      t,
      [
        {
          id: "1",
          question: TASK,
          plan: [
            { action: "WALK", object: "desk" },
            { action: "SIT", object: "chair" },
          ],
        },
      ],
      "questions.jsonl",
    ),
  );
  for (const gold of [texts, prepared]) {
    t.like(scoreRun(await run(t, [prediction], { gold }), { resamples: 5 }), figures);
    t.like(scoreRun(await run(t, [{ ...prediction, gold: null }], { gold }), { resamples: 5 }), figures);
  }
  // A run of calls alone.
  const calls = { ...prediction, generation: "", func_calls: ["[WALK]<desk>", "[SIT]<chair>", "[END]"] };
  t.like(scoreRun(await run(t, [calls]), { resamples: 5 }), { fullPlanMatch: 1 });
});

test("relations at K", async (t) => {
  const gold = await readGold(
    await stored(
      t,
      [
        { question: "Where did A work?", tool: "P937", result: ["Paris", "Lyon"] },
        { question: "What did B play?", tool: "<P1303>", result: "violin" },
      ],
      "kamel.jsonl",
    ),
  );
  const predictions = [
    { question: "Where did A work?", generation: "In Lyon.", label: null, pred_val: null },
    {
      question: "What did B play?",
      generation: "x",
      label: null,
      pred_val: null,
      func_calls: ["<P937>(B) = Paris"],
      k: 60,
    },
  ];
  const score = scoreRun(await run(t, predictions, { gold, toolCount: 30 }), { resamples: 5 });
  t.like(score, { kind: "relations", questions: 2, accuracy: 1 / 2 });
  t.deepEqual(
    score.kind === "relations" && score.byToolCount.map(({ toolCount, accuracy }) => [toolCount, accuracy]),
    [
      [30, 1],
      [60, 0],
    ],
  );
  t.like(score.callMetrics, { missed: 1, wrongTool: 1, withArguments: null });
});

const refuses = test.macro(
  async (
    t: ExecutionContext,
    content: readonly Fields[] | string,
    message: RegExp,
    code?: ToolkenErrorCode,
  ) => {
    const file = await stored(t, content);
    await throwsCode(t, code ?? "RECORD_INVALID", message, () => readRun(file));
  },
);

const PLAN = { gold: "Plan:\n[WALK] <desk>\n[END]" };
test("an empty file", refuses, "", /file is empty/, "FILE_INVALID");
test("an empty array", refuses, "[]", /file is empty/, "FILE_INVALID");
test("a torn line", refuses, `${lines([answer(0)])}{"index": 1, "ques`, /run\.jsonl:2: Expected JSON/);
test(
  "no generation",
  refuses,
  [answer(0), answer(1, { generation: 5 })],
  /:2: Expected a text for generation/,
);
test("no gold", refuses, [answer(0, { gold: undefined })], /:1: .* for gold but received undefined/);
test(
  "calls that are no texts",
  refuses,
  [answer(0, { func_calls: "add" })],
  /:1: Expected an array of texts/,
);
test(
  "gold calls that are no texts",
  refuses,
  [answer(0, { gold_calls: [1] })],
  /:1: Expected a call or an array/,
);
test("a K of zero", refuses, [answer(0, { k: 0 })], /:1: Expected an integer from 1 for k/);
test(
  "an index twice",
  refuses,
  [answer(0), answer(1), answer(0)],
  /:3: Expected one that line 1 does not have for index/,
);
test(
  "an id twice",
  refuses,
  [answer(0, { id: "a" }), answer(1, { id: "a" })],
  /:2: .* line 1 .* for id but received "a"/,
);
test("plans among answers", refuses, [answer(0), answer(1, PLAN)], /:2: .*of the kind of line 1 \(answers\)/);
test("two runs, end to end", refuses, [answer(0), answer(0, PLAN)], /:2: .*of the kind of line 1/);
test(
  "two data sets by name",
  refuses,
  [answer(0, { dataset_name: "a" }), answer(1, { dataset_name: "b" })],
  /:2: Expected "a", as in line 1, for dataset_name but received "b"/,
);
test(
  "other settings",
  refuses,
  [answer(0, { settings: "a" }), answer(1)],
  /:2: Expected "a", as in line 1, for settings/,
);

test("two runs are compared over the same questions", async (t) => {
  const good = Array.from({ length: 12 }, (_, i) => answer(i));
  const poor = good.map((record, i) => (i < 8 ? { ...record, pred: "-5" } : record)).reverse();
  const [first, second] = [await run(t, good), await run(t, poor)];
  const { questions, measures } = compareRuns(first, second, { resamples: 500 });
  t.is(questions, 12);
  t.like(measures[0], { measure: "exactMatch", first: 1, second: 4 / 12, difference: 1 - 4 / 12 });
  t.like(measures[0]!.mcNemar, { onlyFirst: 8, onlySecond: 0, bothRight: 4 });
  t.is(measures[0]!.mcNemar!.pValue.toFixed(12), (2 / 256).toFixed(12));
  t.true(measures[0]!.interval!.low > 0.3 && measures[0]!.interval!.high < 1);

  const part = await run(t, good.slice(0, 3));
  t.is(compareRuns(part, second, { partial: true, resamples: 5 }).questions, 3);
  await throwsCode(t, "RECORD_INVALID", /run\.jsonl:1: Expected a question that .* has too/, () =>
    compareRuns(part, second),
  );
  await throwsCode(t, "RECORD_INVALID", /:4: Expected a question that/, () => compareRuns(first, part));
  const other = await run(t, [answer(50)]);
  await throwsCode(t, "RECORD_INVALID", /Expected questions of .* but none is/, () =>
    compareRuns(first, other, { partial: true }),
  );
  const plans = await run(t, [answer(0, PLAN)]);
  await throwsCode(t, "RECORD_INVALID", /Expected answers, .* but received plans/, () =>
    compareRuns(first, plans),
  );
  const changed = await run(
    t,
    good.map((record, i) => (i === 5 ? { ...record, gold: 99 } : record)),
  );
  await throwsCode(t, "RECORD_INVALID", /:6: Expected 6, as in .*:6, for the reference answer/, () =>
    compareRuns(first, changed),
  );
});

test("shares of steps have no McNemar test", async (t) => {
  const plans = await run(t, [answer(0, { ...PLAN, generation: "[WALK] <desk>\n[END]" })]);
  const { measures } = compareRuns(plans, plans, { resamples: 5 });
  t.deepEqual(
    measures.map(({ measure, mcNemar }) => [measure, mcNemar !== null]),
    [
      ["planMatch", true],
      ["actionMatch", false],
      ["stepMatch", false],
      ["fullPlanMatch", true],
    ],
  );
});
