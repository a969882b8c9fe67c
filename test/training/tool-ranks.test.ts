import test from "ava";
import { countRanks, rankTools } from "../../src/training/tool-ranks.js";
import { randomSteps } from "./texts.js";
import { rejectsWith } from "../support/errors.js";

const tools = ["a", "b", "c", "d", "e", "f", "g"];
const steps = randomSteps(400, 16, tools);
const weights = randomSteps(tools.length, 16, tools, 7).h;

test("the right tool's place is that in a sorted list", async (t) => {
  const bias = Float32Array.from([0, 1, -Infinity, 0.5, 0, -2, 0]);
  const { ranks, best } = await rankTools(steps, { weights, bias });
  for (let step = 0; step < steps.count; step++) {
    const z = tools.map((_, k) => {
      const row = weights.subarray(k * 16, (k + 1) * 16);
      return row.reduce((sum, w, j) => sum + w * steps.h[step * 16 + j]!, 0) + bias[k]!;
    });
    const order = tools.map((_, k) => k).sort((x, y) => (z[x] === z[y] ? x - y : z[y]! - z[x]!));
    t.is(best[step], order[0]);
    t.is(ranks[step], order.indexOf(steps.target[step]!) + 1);
  }
});

test("of equal logits the earlier tool is first", async (t) => {
  const { ranks, best } = await rankTools(steps, { weights: new Float32Array(weights.length) });
  t.true(best.every((k) => k === 0));
  t.deepEqual(
    [...ranks],
    [...steps.target].map((k) => Math.max(0, k + 1)),
  );
});

test("counts of ranks", (t) => {
  t.deepEqual(countRanks([1, 1, 2, 5, 6, 10]), {
    requests: 6,
    first: 2,
    amongFive: 4,
    meanReciprocalRank: (1 + 1 + 1 / 2 + 1 / 5 + 1 / 6 + 1 / 10) / 6,
  });
  t.deepEqual(countRanks([]), { requests: 0, first: 0, amongFive: 0, meanReciprocalRank: 0 });
});

test("an abort is heard", async (t) => {
  await rejectsWith(t, rankTools(steps, { weights }, AbortSignal.abort()), "ABORTED");
});
