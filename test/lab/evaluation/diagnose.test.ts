// A run's questions sorted by where they part from gold, one run and two side by side.
import test, { type ExecutionContext } from "ava";
import {
  compareDiagnoses,
  diagnoseRun,
  readGold,
  readRun,
  type RunDiagnosis,
} from "../../../src/lab/evaluation/index.js";
import { scratchFile, throwsCode } from "../../utils/scratch.js";

type Fields = Readonly<Record<string, unknown>>;
const lines = (records: readonly Fields[]): string =>
  records.map((one) => `${JSON.stringify(one)}\n`).join("");

const line = (index: number, fields: Fields): Fields => ({
  index,
  id: String(index),
  question: `q${index}`,
  label: 3,
  gold_calls: ["<add>(1, 2)=3"],
  pred_val: "3",
  generation: "",
  func_calls: ["<add>(1,2) = 3"],
  status: "success",
  finish_reason: "stop",
  failed_calls: [],
  ...fields,
});

const RUN = [
  line(0, {}),
  line(1, { func_calls: [], pred_val: "4" }),
  line(2, { gold_calls: [], label: 7, pred_val: "7" }),
  line(3, { func_calls: ["<subtract>(1,2) = -1"], pred_val: "-1" }),
  line(4, { func_calls: ["<add>(1,3) = 4"], pred_val: "4" }),
  line(5, {
    failed_calls: [{ toolName: "add", inputText: "1,x", code: "TOOL_ARGUMENTS_INVALID", message: "no" }],
  }),
  line(6, { finish_reason: "length", pred_val: null }),
  line(7, { pred_val: "5" }),
  line(8, { gold_calls: undefined, pred_val: "5" }),
  line(9, { status: "CONTEXT_FULL", pred_val: null, func_calls: [], finish_reason: null }),
  line(10, { label: null, gold_calls: undefined, pred_val: "1" }),
  line(11, { finish_reason: "length" }),
];

async function diagnosed(
  t: ExecutionContext,
  records: readonly Fields[],
  name?: string,
): Promise<RunDiagnosis> {
  return diagnoseRun(await readRun(await scratchFile(t, lines(records), "run.jsonl")), name);
}

test("each kind, with what is known of it", async (t) => {
  const { questions, ...counts } = await diagnosed(t, RUN, "head");
  t.deepEqual(
    questions.map(({ findings }) => findings),
    [
      [],
      [{ kind: "missedCall", gold: "<add>(1, 2)=3" }],
      [{ kind: "spuriousCall", call: "<add>(1,2) = 3" }],
      [{ kind: "wrongTool", call: "<subtract>(1,2) = -1", gold: "<add>(1, 2)=3" }],
      [{ kind: "wrongArguments", call: "<add>(1,3) = 4", gold: "<add>(1, 2)=3" }],
      [{ kind: "failedExecution", call: "<add>(1,x)", detail: "TOOL_ARGUMENTS_INVALID" }],
      [{ kind: "stoppedEarly", detail: "length" }],
      [{ kind: "wrongAnswer" }],
      [{ kind: "unexplained" }],
      [
        { kind: "missedCall", gold: "<add>(1, 2)=3" },
        { kind: "stoppedEarly", detail: "CONTEXT_FULL" },
      ],
      [],
      [],
    ],
  );
  t.deepEqual(
    questions.map(({ right }) => right),
    [true, false, true, false, false, true, false, false, false, false, null, true],
  );
  t.like(counts, { run: "head", right: 4, judged: 11, withGoldCalls: 10 });
  t.deepEqual(counts.byKind, {
    missedCall: 2,
    spuriousCall: 1,
    wrongTool: 1,
    wrongArguments: 1,
    failedExecution: 1,
    stoppedEarly: 2,
    wrongAnswer: 1,
    unexplained: 1,
  });
});

test("gold calls of prepared questions; published predictions say neither failures nor ends", async (t) => {
  const gold = [
    { question: "q0", answer: 3, calls: [{ tool: "add", args: "1, 2", result: "3" }] },
    { question: "q1", answer: 5, calls: [] },
  ];
  const published = [
    { index: 0, question: "q0", gold: 3, pred: 0, generation: "Hm.", func_calls: [], status: "success" },
    { index: 1, question: "q1", gold: 5, pred: "5", generation: "5", func_calls: ["<ln>(2) = 0.69"] },
  ];
  const file = await scratchFile(t, lines(published), "run.jsonl");
  const read = await readGold(await scratchFile(t, lines(gold), "gold.jsonl"));
  const { questions } = diagnoseRun(await readRun(file, { gold: read }));
  t.deepEqual(
    questions.map(({ findings }) => findings.map(({ kind }) => kind)),
    [["missedCall", "stoppedEarly"], ["spuriousCall"]],
  );
  t.is(diagnoseRun(await readRun(file)).withGoldCalls, 0);
});

test("the steps of plans are calls", async (t) => {
  const plan = (index: number, generation: string): Fields => ({
    index,
    question: `Task ${index}`,
    gold: "[WALK] <desk>\n[GRAB] <pen>\n[END]",
    generation,
    func_calls: [],
  });
  const plans = [
    "[WALK] <desk>\n[GRAB] <pen>\n[END]",
    "[WALK] <desk>\n[END]",
    "[WALK] <desk>\n[PUT] <pen>\n[END]",
  ];
  const { questions } = await diagnosed(
    t,
    plans.map((text, i) => plan(i, text)),
  );
  t.deepEqual(
    questions.map(({ right, findings }) => [
      right,
      ...findings.map(({ kind, gold }) => `${kind} ${gold ?? ""}`),
    ]),
    [[true], [false, "missedCall GRAB"], [false, "wrongTool GRAB"]],
  );
});

test("what a reranker has done to a call is said", async (t) => {
  const { questions } = await diagnosed(t, [
    line(0, { func_calls: [], reranks: [{ tentative: "add", decision: "REJ" }] }),
    line(1, { func_calls: ["<ln>(1) = 0"], reranks: [{ tentative: "add", decision: "ln" }] }),
    line(2, { reranks: [{ tentative: "ln", decision: "add" }] }),
  ]);
  t.deepEqual(
    questions.map(({ findings }) => findings.map(({ detail }) => detail)),
    [["rejected by the reranker"], ["replaced by the reranker"], []],
  );
});

test("two runs side by side", async (t) => {
  const head = await diagnosed(t, RUN, "head");
  const corrected = RUN.map((record, i) =>
    i === 1 || i === 3 ? line(i, {}) : i === 0 ? { ...RUN[7]!, index: 0, id: "0", question: "q0" } : record,
  );
  const both = await diagnosed(t, corrected, "head + reranker");
  const { right, byKind, questions } = compareDiagnoses(head, both);
  t.is(questions, 12);
  t.deepEqual(right, { first: 4, second: 5, both: 3, onlyFirst: 1, onlySecond: 2 });
  t.deepEqual(byKind.missedCall, { first: 2, second: 1, both: 1, onlyFirst: 1, onlySecond: 0 });
  t.deepEqual(byKind.wrongAnswer, { first: 1, second: 2, both: 1, onlyFirst: 0, onlySecond: 1 });
  const fewer = await diagnosed(t, RUN.slice(1), "fewer");
  await throwsCode(t, "RECORD_INVALID", /fewer lacks "q0" of head/, () => compareDiagnoses(head, fewer));
  await throwsCode(t, "RECORD_INVALID", /fewer lacks "q0" of head/, () => compareDiagnoses(fewer, head));
});

test("failed calls that are none", async (t) => {
  const file = await scratchFile(t, lines([line(0, {}), line(1, { failed_calls: ["add"] })]), "run.jsonl");
  await throwsCode(
    t,
    "RECORD_INVALID",
    /run\.jsonl:2: Expected objects with toolName and inputText and code/,
    () => readRun(file),
  );
});
