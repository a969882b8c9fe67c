import test from "ava";
import { unwhitenRows, whiten, whiteningOf } from "../../src/training/whiten.js";
import { rejectsWith } from "../support/errors.js";
import { randomSteps } from "./texts.js";

const d = 6;
const tools = ["a", "b", "c"];
const mixed = randomSteps(300, d, tools);
// Directions of very different size, none of them an axis, and a mean that is not zero.
for (let step = 0; step < mixed.count; step++) {
  for (let j = 1; j < d; j++) mixed.h[step * d + j]! += 20 * mixed.h[step * d]! + j;
}
const include = Uint8Array.from(mixed.text, (text) => (text % 4 === 0 ? 0 : 1));

test("whitened steps have mean 0 and covariance 1 over the included steps, and end in a constant", async (t) => {
  const x = await whiten(mixed, await whiteningOf(mixed, include, 1e-9));
  t.is(x.dimension, d + 1);
  const rows = [...include.keys()].filter((step) => include[step] === 1);
  const value = (step: number, j: number): number => x.h[step * (d + 1) + j]!;
  const mean = (of: (step: number) => number): number =>
    rows.reduce((sum, s) => sum + of(s), 0) / rows.length;
  for (let i = 0; i < d; i++) {
    t.true(Math.abs(mean((step) => value(step, i))) < 1e-3);
    for (let j = 0; j < d; j++) {
      const covariance = mean((step) => value(step, i) * value(step, j));
      t.true(Math.abs(covariance - (i === j ? 1 : 0)) < 1e-2, `${i}, ${j}: ${covariance}`);
    }
  }
  t.is(new Set(mixed.text.map((_, step) => value(step, d))).size, 1);
});

test("rows over whitened steps give the same logits over hidden states", async (t) => {
  for (const shrinkage of [0.01, 0.2, 1]) {
    const whitening = await whiteningOf(mixed, include, shrinkage);
    const x = await whiten(mixed, whitening);
    const v = randomSteps(tools.length, d + 1, tools, 9).h;
    const { weights, bias } = unwhitenRows(v, whitening);
    for (let step = 0; step < mixed.count; step++) {
      for (let k = 0; k < tools.length; k++) {
        let [over, under] = [0, bias[k]!];
        for (let j = 0; j <= d; j++) over += v[k * (d + 1) + j]! * x.h[step * (d + 1) + j]!;
        for (let j = 0; j < d; j++) under += weights[k * d + j]! * mixed.h[step * d + j]!;
        t.true(Math.abs(over - under) < 1e-2 * (1 + Math.abs(over)));
      }
    }
  }
});

test("steps that are all alike, and an abort", async (t) => {
  const alike = { ...mixed, h: new Float32Array(mixed.h.length).fill(2) };
  const x = await whiten(alike, await whiteningOf(alike, include, 0.2));
  t.true(x.h.every((value) => Number.isFinite(value)));
  await rejectsWith(t, whiteningOf(mixed, include, 0.2, AbortSignal.abort()), "ABORTED");
});
