import test from "ava";
import { scoreSteps, stepMetrics } from "../../src/training/score-steps.js";
import { splitTexts } from "../../src/training/split-steps.js";
import { calibrateBias, toleratedLoss } from "../../src/training/calibrate.js";
import { seededRandom } from "../utils/scratch.js";
import { rejectsWith } from "../support/errors.js";
import { randomSteps } from "./texts.js";

for (const toolCount of [1, 4, 7]) {
  test(`scores of ${toolCount} tools are those of the slow way`, async (t) => {
    const tools = Array.from({ length: toolCount }, (_, k) => `tool${k}`);
    const d = 9;
    const steps = randomSteps(50, d, tools);
    const random = seededRandom(2);
    const weights = Float32Array.from({ length: toolCount * d }, () => random() - 0.5);
    const bias = Float32Array.from(tools, () => random());
    const scores = await scoreSteps(steps, { weights, bias });
    for (let step = 0; step < steps.count; step++) {
      const z = tools.map((_, k) => {
        let sum = bias[k]!;
        for (let j = 0; j < d; j++) sum += weights[k * d + j]! * steps.h[step * d + j]!;
        return sum;
      });
      const best = z.indexOf(Math.max(...z));
      t.is(scores.tool[step], best);
      t.true(Math.abs(scores.logit[step]! - z[best]!) < 1e-5);
      const k = steps.target[step]!;
      const joint = Math.log(Math.exp(steps.lse[step]!) + z.reduce((sum, value) => sum + Math.exp(value), 0));
      t.true(Math.abs(scores.loss[step]! - (joint - (k < 0 ? steps.targetLogit[step]! : z[k]!))) < 1e-5);
    }
  });
}

test("a tool fires when its logit and the bias beat the best token", (t) => {
  const steps = { ...randomSteps(4, 1, ["a", "b"]), target: Int32Array.of(0, 1, -1, -2) };
  steps.bestLogit.set([1, 1, 1, 1]);
  const scores = {
    tool: Int32Array.of(0, 0, 1, 1),
    logit: Float32Array.of(0.5, 2, 0.5, 9),
    loss: Float32Array.of(1, 2, 3, 100),
  };
  const at = (bias: number, include?: Uint8Array): unknown => {
    const {
      steps: count,
      missed,
      spurious,
      wrongTool,
      loss,
      selectionAccuracy,
    } = stepMetrics(steps, scores, bias, include);
    return [count, missed, spurious, wrongTool, loss, selectionAccuracy];
  };
  t.deepEqual(at(0), [3, 1, 0, 1, 2, 0.5]);
  t.deepEqual(at(0.5), [3, 1, 0, 1, 2, 0.5], "a tie is the token's");
  t.deepEqual(at(0.6), [3, 0, 1, 1, 2, 0.5]);
  t.deepEqual(at(0, Uint8Array.of(1, 0, 0, 1)), [1, 1, 0, 0, 1, 1]);
});

test("scoring can be aborted", async (t) => {
  const steps = randomSteps(10, 4, ["a"]);
  await rejectsWith(t, scoreSteps(steps, { weights: new Float32Array(4) }, AbortSignal.abort()), "ABORTED");
});

/** Steps whose best token has logit 0, and scores with these tool logits. */
function contest(rows: readonly (readonly [target: number, tool: number, logit: number])[]) {
  const steps = {
    ...randomSteps(rows.length, 1, ["a", "b"]),
    target: Int32Array.from(rows, ([target]) => target),
    bestLogit: new Float32Array(rows.length),
  };
  const scores = {
    tool: Int32Array.from(rows, ([, tool]) => tool),
    logit: Float32Array.from(rows, ([, , logit]) => logit),
    loss: new Float32Array(rows.length),
  };
  return { steps, scores };
}

test("the bias is the largest whose F1 is as good as the best", (t) => {
  const { steps, scores } = contest([
    [0, 0, -0.9],
    [1, 1, -1.4],
    [0, 0, 3],
    [-1, 0, -2.6],
    [-1, 1, -8],
  ]);
  const { bias, f1, f1WithoutBias, bestF1 } = calibrateBias(steps, scores);
  t.is(bias, 2.5, "just below the token step at 2.6");
  t.is(f1, 1);
  t.is(bestF1, 1);
  t.is(f1WithoutBias, 0.5);
});

test("a bias below 0 where the head is too eager, 0 where no tool is ever right", (t) => {
  const eager = contest([[0, 0, 3], ...Array.from({ length: 4 }, () => [-1, 0, 1.1] as const)]);
  t.is(calibrateBias(eager.steps, eager.scores).bias, -1.125);
  const wrong = contest([[0, 1, 1]]);
  t.is(calibrateBias(wrong.steps, wrong.scores).bias, 0);
});

test("F1 may fall by a standard error, which shrinks with the steps", (t) => {
  t.is(toleratedLoss(0.5, 100), 0.05);
  t.is(toleratedLoss(1, 100), 0);
  t.is(toleratedLoss(0, 0), 0);
});

test("calibration agrees with the metrics at every bias, and reads included steps alone", async (t) => {
  const steps = randomSteps(300, 6, ["a", "b"]);
  const scores = await scoreSteps(steps, { weights: Float32Array.of(1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0) });
  const include = Uint8Array.from(steps.text, (text) => text % 2);
  const { bias, f1, bestF1, f1WithoutBias } = calibrateBias(steps, scores, include);
  t.is(f1, stepMetrics(steps, scores, bias, include).micro.f1);
  t.is(f1WithoutBias, stepMetrics(steps, scores, 0, include).micro.f1);
  const all = Array.from({ length: 65 }, (_, i) => stepMetrics(steps, scores, i / 8 - 4, include).micro.f1);
  t.is(bestF1, Math.max(...all));
  const { toolSteps } = stepMetrics(steps, scores, 0, include);
  t.is(bias, all.findLastIndex((value) => value >= bestF1 - toleratedLoss(bestF1, toolSteps)) / 8 - 4);
});

test("texts are split whole, and a generated text never trains beside its held-out origin", (t) => {
  const tools = ["a", "b"];
  const steps = randomSteps(150, 2, tools); // 30 texts of 5 steps
  const origins = Array.from({ length: 10 }, (_, i) => 2 * i); // texts 20…29 answer texts 0, 2, …18
  const parts = splitTexts(steps, origins, 30, 0.3, 7);
  const state = (text: number): string => {
    const rows = [...steps.text.keys()].filter((step) => steps.text[step] === text);
    const states = new Set(rows.map((step) => `${parts.train[step]}${parts.heldOut[step]}`));
    t.is(states.size, 1);
    return [...states][0]!;
  };
  for (let text = 0; text < 20; text++) t.true(["10", "01"].includes(state(text)));
  for (let text = 20; text < 30; text++) {
    t.is(state(text), state(origins[text - 20]!) === "01" ? "00" : "10");
  }
  t.is(parts.heldOutTexts, 6);
  t.deepEqual(splitTexts(steps, origins, 30, 0.3, 7), parts);
  t.notDeepEqual(splitTexts(steps, origins, 30, 0.3, 8).heldOut, parts.heldOut);
});
