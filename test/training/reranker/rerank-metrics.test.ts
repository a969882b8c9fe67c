import test from "ava";
import { REJECT } from "../../../src/reranker/reranker.js";
import { Reranker } from "../../../src/index.js";
import {
  decide,
  rerankMetrics,
  rerankTradeOff,
  type RerankDecision,
} from "../../../src/training/reranker/rerank-metrics.js";
import { outcomes } from "./rows.js";

/** label, candidates, margin; then what the reranker makes of it. */
function decision(
  label: string,
  candidates: readonly string[],
  [chosen, lead = 1, margin = 1]: readonly [string | null, number?, number?],
): RerankDecision {
  const row = { id: "", example: "", question: "", text: "", label, tools: outcomes(candidates), margin };
  const example = { row, candidates, inReach: chosen !== null, learns: true };
  const bestTool = chosen === null || chosen === REJECT ? candidates[0]! : chosen;
  return { example, chosen, lead: chosen === REJECT ? -lead : lead, bestTool, blended: null };
}

test("scores become decisions: the best candidate against REJ", (t) => {
  const reranker = Reranker.of({
    tools: ["a", "b"],
    weights: Float32Array.of(1, 0, 0, 1, 0.5, 0.5),
    topK: 2,
  });
  const { example } = decision("b", ["a", "b"], ["b"]);
  const b = decide(reranker, example, Float32Array.of(1, 3));
  t.deepEqual([b.chosen, b.bestTool, b.lead], ["b", "b", 1]);
  const tie = decide(reranker, example, Float32Array.of(1, 1));
  t.deepEqual([tie.chosen, tie.bestTool, tie.lead], [REJECT, "a", 0]);
  t.is(decide(reranker, { ...example, inReach: false }, new Float32Array(2)).chosen, null);
});

test("half of the weight to the head: its probabilities are needed", (t) => {
  const weights = Float32Array.of(1, 0, 0, 1, 0, 0);
  const reranker = Reranker.of({ tools: ["a", "b"], weights, topK: 2 });
  const { example } = decision("a", ["a", "b"], ["a"]);
  const h = Float32Array.of(1, 1.2);
  t.is(decide(reranker, example, h).blended, null);
  // p(a) = .5, p(b) = .25, all other outcomes .25: b has the greater score, a the greater mean.
  const known = { ...example, row: { ...example.row, toolProbability: 0.75 } };
  const { bestTool, blended } = decide(reranker, known, h);
  t.is(bestTool, "b");
  t.is(blended!.bestTool, "a");
  t.true(Math.abs(blended!.lead - 0.5 * (1 - 0 + Math.log(0.5) - Math.log(0.25))) < 1e-6);
});

test("every kind of change is counted once", (t) => {
  const metrics = rerankMetrics(
    [
      decision("a", ["a", "b"], ["a"]), // right, and stays so
      decision("a", ["a", "b"], ["b"]), // hurt: another tool
      decision("a", ["a", "b"], [REJECT]), // hurt: missed
      decision("b", ["a", "b"], ["b"]), // helped: the tool is fixed
      decision("b", ["a", "b"], ["a"]), // wrong, and stays so
      decision("b", ["a", "b"], [REJECT]), // wrong, and missed
      decision("b", ["a", "c"], [null]), // out of reach
      decision(REJECT, ["a", "b"], [REJECT]), // helped: rejected
      decision(REJECT, ["a", "b"], ["a"]), // spurious
      decision(REJECT, ["b", "a"], ["a"]), // spurious, by another tool
    ],
    ["a", "b"],
  );
  t.like(metrics, { rows: 10, toolRows: 7, rejectRows: 3, outOfReach: 1, toolFixRate: 1 / 4 });
  t.deepEqual(metrics.before, { spurious: 3, wrongTool: 4, missed: 0, recall: 3 / 7, accuracy: 0.3 });
  t.deepEqual(metrics.after, { spurious: 2, wrongTool: 3, missed: 2, recall: 2 / 7, accuracy: 0.3 });
  t.deepEqual(metrics.flips, { helped: 2, hurt: 2, neither: 2 });
  t.deepEqual(metrics.reject, { precision: 1 / 3, recall: 1 / 3, f1: 1 / 3 });
  t.deepEqual(
    metrics.perOutcome.map(({ outcome, gold, rightBefore, right, chosen }) => [
      outcome,
      gold,
      rightBefore,
      right,
      chosen,
    ]),
    [
      ["a", 3, 3, 1, 4],
      ["b", 4, 0, 1, 2],
      [REJECT, 3, 0, 1, 3],
    ],
  );
});

test("nothing to measure gives no shares", (t) => {
  const { before, toolFixRate, reject } = rerankMetrics([], ["a"]);
  t.is(before.accuracy, 0);
  t.is(toolFixRate, null);
  t.is(reject.f1, 0);
});

test("errors at equal recall: a bias on the head against one on REJ", (t) => {
  const rows = [
    decision("a", ["a", "b"], ["a", 3, 4]),
    decision(REJECT, ["a", "b"], [REJECT, 2, 3]),
    decision("a", ["a", "b"], ["a", 1, 2]),
    decision("b", ["a", "b"], ["b", 2, 1.5]),
    decision(REJECT, ["a", "b"], ["a", 0.5, 1]),
    decision("a", ["a", "b"], ["a", 9, -1]), // the head does not fire: needed, and nobody is asked
    decision("b", ["a", "c"], [null, 0, 0.5]),
  ];
  // The head alone: right, spurious, right (recall 2 of 5) before the wrong ones. Reranked: the one that is out of
  // reach comes first, then two right ones.
  t.deepEqual(rerankTradeOff(rows)[0], { recall: 2 / 5, head: 1, reranker: 1, blended: null });
  const inReach = rows.slice(0, 6);
  t.deepEqual(rerankTradeOff(inReach)[0], { recall: 2 / 4, head: 1, reranker: 0, blended: null });
});

test("a recall that the reranker does not reach", (t) => {
  const rows = [decision("a", ["a", "b"], ["a", 1, 1]), decision("a", ["a", "b"], ["b", 1, 1])];
  t.deepEqual(rerankTradeOff(rows)[0], { recall: 1, head: 0, reranker: null, blended: null });
});
