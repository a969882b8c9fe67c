// Calls, plans and relations, each against counts made by hand.
import test from "ava";
import {
  accuracyByToolCount,
  callMetrics,
  countCalls,
  parsePlan,
  planMetrics,
  relationMetrics,
  type PlanStep,
  type RelationAnswer,
} from "../../../src/lab/evaluation/index.js";
import { parseCall } from "../../../src/lab/evaluation/call-text.js";
import { isPlan } from "../../../src/lab/evaluation/plan.js";
import { relationOutcome } from "../../../src/lab/evaluation/relations.js";

const reads = test.macro({
  exec(t, text: string, tool: string | null, args: string | null = null) {
    t.deepEqual(parseCall(text), tool === null ? null : { tool, args });
  },
  title: (_, text: string) => `the call ${JSON.stringify(text)}`,
});
test(reads, "<power>(0.89,8) = 0.39", "power", "0.89,8");
test(reads, "<power>(1.02, 31)=1.8476", "power", "1.02,31");
test(reads, "add( $1.50 ,2.0)", "add", "1.5,2");
test(reads, "<P937>(Paris, France) = x", "P937", "Paris,France");
test(reads, "<f>((1), [2])", "f", "(1),[2]");
test(reads, "[WALK](desk)", "[WALK]", "desk");
test(reads, "<add>", "add");
test(reads, "P937", "P937");
test(reads, "", null);
test(reads, "two words", null);
test(reads, "<add>(1", null);
test(reads, "<add>(1) = 2 and <add>(3", null);

test("calls per tool, most called first", (t) => {
  t.deepEqual(countCalls([["<ln>(1) = 0", "<add>(1,2) = 3"], [], ["<add>(3,4) = 7", "no call"]]), {
    calls: 4,
    questionsWithCalls: 2,
    callRate: 2 / 3,
    perTool: { add: 2, ln: 1, "no call": 1 },
  });
  t.deepEqual(Object.keys(countCalls([["<b>(1)", "<a>(1)", "<c>(1)", "<c>(2)"]]).perTool), ["c", "a", "b"]);
});

test("calls of a question match whatever their order; what is left is confused in order", (t) => {
  const metrics = callMetrics([
    { gold: ["<add>(1, 2)=3", "<ln>(3)=1.1"], predicted: ["<ln>(3) = 1.1", "<add>(1,2) = 3"] },
    {
      gold: ["<add>(1, 2)=3", "<add>(4, 5)=9"],
      predicted: ["<add>(1,3) = 4", "<log>(5) = 1", "<ln>(1) = 0"],
    },
    { gold: ["<log>(10)=1"], predicted: [] },
    { gold: [], predicted: [] },
  ]);
  t.is(metrics.questions, 4);
  t.deepEqual([metrics.goldCalls, metrics.predictedCalls], [5, 5]);
  t.deepEqual([metrics.spurious, metrics.missed, metrics.wrongTool], [1, 1, 1]);
  t.deepEqual(metrics.micro, { precision: 3 / 5, recall: 3 / 5, f1: 3 / 5 });
  t.deepEqual(metrics.withArguments, { precision: 2 / 5, recall: 2 / 5, f1: 2 / 5 });
  t.deepEqual(metrics.confusion, [
    { gold: "add", predicted: "add", count: 2 },
    { gold: "add", predicted: "log", count: 1 },
    { gold: "ln", predicted: "ln", count: 1 },
    { gold: "log", predicted: null, count: 1 },
    { gold: null, predicted: "ln", count: 1 },
  ]);
});

test("gold tools without arguments say nothing about arguments", (t) => {
  const metrics = callMetrics([{ gold: ["P17"], predicted: ["<P17>(x) = y", "<P17>(z) = y"] }]);
  t.is(metrics.withArguments, null);
  t.deepEqual(metrics.micro, { precision: 1 / 2, recall: 1, f1: 2 / 3 });
});

const step = (action: string, object: string | null = null): PlanStep => ({ action, object });

test("plans as data sets and models write them", (t) => {
  const plan = [step("WALK", "desk"), step("SIT"), step("SWITCHON", "home_office"), step("END")];
  for (const text of [
    "Plan:\n[WALK] <desk>\n[SIT]\n[SWITCHON] <home_office>\n[END]",
    "Plan:\n[WALK](desk)\n[SIT]\n[SWITCHON](<home_office>)\n[END](desk)\n\nQuestion: x\n[WALK] <bed>",
    "[WALK]<desk>\\n[SIT]\\n[SWITCHON] (<home_office>(<desk>))\\n[END]",
  ]) {
    t.deepEqual(parsePlan(text), plan, text);
  }
  t.deepEqual(parsePlan("[WALK] <desk>\n\nQuestion: Task 4:\n[SIT] <bed>\n[END]"), [step("WALK", "desk")]);
  t.deepEqual(parsePlan("I am in ['bed']."), []);
  t.deepEqual(
    [isPlan("Plan:\n[WALK] <x>"), isPlan("[END]"), isPlan("see [A]"), isPlan("[1]")],
    [true, true, false, false],
  );
});

test("action match counts gold steps, plan match whole plans", (t) => {
  const gold = parsePlan("[WALK] <desk>\n[SIT] <chair>\n[END]");
  const metrics = planMetrics([
    { gold, predicted: gold },
    { gold, predicted: parsePlan("[WALK] <bed>\n[SIT] <chair>\n[END]") },
    { gold, predicted: parsePlan("[WALK] <desk>\n[SIT] <chair>\n[FIND] <cat>\n[END]") },
    { gold, predicted: [...gold, step("FIND", "cat")] },
    { gold, predicted: [] },
  ]);
  t.deepEqual(metrics, {
    questions: 5,
    steps: 15,
    actionMatch: 11 / 15,
    planMatch: 2 / 5,
    stepMatch: 10 / 15,
    fullPlanMatch: 1 / 5,
    unanswered: 1,
  });
});

const asks = (fields: Partial<RelationAnswer>): RelationAnswer => ({
  relation: "P54",
  answers: ["Ajax", "AFC Ajax"],
  calls: [],
  generation: "",
  toolCount: null,
  ...fields,
});

test("a relation or, without any, an answer", (t) => {
  t.is(relationOutcome(asks({ calls: ["<P54>(x) = Ajax"] })), "relation");
  t.is(relationOutcome(asks({ generation: "The answer is <P54>(x)" })), "relation");
  t.is(relationOutcome(asks({ calls: ["<P541>(x) = y"], generation: "Ajax" })), "wrongRelation");
  t.is(relationOutcome(asks({ generation: "He played for AFC Ajax." })), "answer");
  t.is(relationOutcome(asks({ generation: "For PSV." })), "wrongAnswer");
  t.is(relationOutcome(asks({ answers: [""], generation: "For PSV." })), "wrongAnswer");
});

test("accuracy at each number of relations", (t) => {
  const right = asks({ calls: ["<P54>(x)"], toolCount: 30 });
  const answers = [
    { ...asks({}), toolCount: 234 },
    right,
    { ...right, calls: ["<P1>(x)"] },
    { ...right, toolCount: 234 },
    { ...right, toolCount: null },
    right,
  ];
  t.deepEqual(
    accuracyByToolCount(answers).map(({ toolCount, questions, accuracy }) => [
      toolCount,
      questions,
      accuracy,
    ]),
    [
      [30, 3, 2 / 3],
      [234, 2, 1 / 2],
      [null, 1, 1],
    ],
  );
  t.deepEqual(relationMetrics(answers), {
    questions: 6,
    accuracy: 4 / 6,
    outcomes: { relation: 4, wrongRelation: 1, answer: 0, wrongAnswer: 1 },
  });
});
