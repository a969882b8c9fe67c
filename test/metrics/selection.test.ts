import test from "ava";
import { ToolkenError } from "../../src/errors.js";
import { precisionRecall, type SelectionInput, selectionMetrics } from "../../src/metrics/selection.js";

const T = -1;
const tools = ["add", "ln", "log", "gcd"];

//                   right  wrong  missed  spurious  token  right  right
const gold = /*    */ [0, 0, 1, T, T, 1, 0];
const predicted = /**/ [0, 1, T, 2, T, 1, 0];
const bestTool = /* */ [0, 1, 1, 2, 3, 1, 0];

test("steps by kind", (t) => {
  const metrics = selectionMetrics({ gold, predicted, tools });
  t.like(metrics, { steps: 7, toolSteps: 5, spurious: 1, missed: 1, wrongTool: 1, selectionAccuracy: null });
});

test("micro counts steps, macro counts tools", (t) => {
  const { micro, macro, perTool } = selectionMetrics({ gold, predicted, tools });
  t.deepEqual(micro, { precision: 3 / 5, recall: 3 / 5, f1: 6 / 10 });
  t.deepEqual(perTool, [
    { tool: "add", gold: 3, predicted: 2, right: 2, precision: 1, recall: 2 / 3, f1: 4 / 5 },
    { tool: "ln", gold: 2, predicted: 2, right: 1, precision: 1 / 2, recall: 1 / 2, f1: 1 / 2 },
    { tool: "log", gold: 0, predicted: 1, right: 0, precision: 0, recall: 0, f1: 0 },
    { tool: "gcd", gold: 0, predicted: 0, right: 0, precision: 0, recall: 0, f1: 0 },
  ]);
  // gcd neither occurs nor fires, so it is not in the mean.
  t.deepEqual(macro, { precision: 1.5 / 3, recall: (2 / 3 + 1 / 2) / 3, f1: (4 / 5 + 1 / 2) / 3 });
});

test("selection looks at tools alone, and at gold tool steps alone", (t) => {
  t.is(selectionMetrics({ gold, predicted, bestTool, tools }).selectionAccuracy, 4 / 5);
  t.is(selectionMetrics({ gold: [T], predicted: [T], bestTool: [0], tools }).selectionAccuracy, null);
});

test("confusion counts, tokens last", (t) => {
  t.deepEqual(selectionMetrics({ gold, predicted, tools }).confusion, [
    { gold: "add", predicted: "add", count: 2 },
    { gold: "add", predicted: "ln", count: 1 },
    { gold: "ln", predicted: "ln", count: 1 },
    { gold: "ln", predicted: null, count: 1 },
    { gold: null, predicted: "log", count: 1 },
    { gold: null, predicted: null, count: 1 },
  ]);
});

test("typed arrays, no steps, no tools", (t) => {
  const typed = { gold: Int32Array.from(gold), predicted: Int32Array.from(predicted), tools };
  t.deepEqual(selectionMetrics(typed), selectionMetrics({ gold, predicted, tools }));
  t.like(selectionMetrics({ gold: [], predicted: [], tools }), {
    steps: 0,
    micro: { f1: 0 },
    macro: { f1: 0 },
  });
  t.like(selectionMetrics({ gold: [T], predicted: [T], tools: [] }), { steps: 1, toolSteps: 0 });
});

test("equals counting step by step, with many tools", (t) => {
  const names = Array.from({ length: 3000 }, (_, k) => `tool${String(k)}`);
  const outcome = (i: number, factor: number): number => ((i * factor) % 3001) - 1;
  const g = Array.from({ length: 5000 }, (_, i) => outcome(i, 7919));
  const p = g.map((k, i) => (i % 3 === 0 ? outcome(i, 104_729) : k));
  const metrics = selectionMetrics({ gold: g, predicted: p, tools: names });
  const right = g.filter((k, i) => k >= 0 && k === p[i]).length;
  const fired = p.filter((k) => k >= 0).length;
  const wanted = g.filter((k) => k >= 0).length;
  t.deepEqual(metrics.micro, precisionRecall(right, fired, wanted));
  t.is(metrics.spurious, g.filter((k, i) => k < 0 && p[i]! >= 0).length);
  t.is(metrics.missed, g.filter((k, i) => k >= 0 && p[i]! < 0).length);
  t.is(metrics.wrongTool, g.filter((k, i) => k >= 0 && p[i]! >= 0 && k !== p[i]).length);
  t.is(
    metrics.confusion.reduce((sum, { count }) => sum + count, 0),
    5000,
  );
});

const wrong: [string, Partial<SelectionInput>][] = [
  ["unequal lengths", { predicted: [T] }],
  ["a tool that doesn't exist", { gold: [0, 0, 4, T, T, 1, 0] }],
  ["below -1", { predicted: [0, 0, -2, T, T, 1, 0] }],
  ["a fraction", { predicted: [0, 0, 0.5, T, T, 1, 0] }],
  ["NaN", { gold: [0, 0, Number.NaN, T, T, 1, 0] }],
  ["best tools of another length", { bestTool: [] }],
];
for (const [name, changes] of wrong) {
  test(`refuses ${name}`, (t) => {
    const error = t.throws(() => selectionMetrics({ gold, predicted, tools, ...changes }), {
      instanceOf: ToolkenError,
    });
    t.is(error.code, "INVALID_ARGUMENT");
  });
}
