import test from "ava";
import { foldBack, intoSpace, unitRows } from "../../../src/training/definitions/unit-rows.js";
import { seededRandom } from "../../../src/utils/random.js";

const D = 6;
const random = seededRandom(3);
const states = Float32Array.from({ length: 40 * D }, (_, i) => (random() - 0.5) * (1 + (i % D)) + 2);

test("scaled states have one length, the mean of their lengths", async (t) => {
  const { h, dimension, count, space } = await unitRows(states, D, 0.3);
  t.is(dimension, D + 1);
  for (let i = 0; i < count; i++) {
    const length = Math.hypot(...h.subarray(i * dimension, (i + 1) * dimension));
    t.true(Math.abs(length - space.length) < 1e-4);
  }
});

test("folded rows rank the outcomes of a raw state as the rows rank its scaled state", async (t) => {
  const rows = await unitRows(states, D, 0.3);
  const weights = Float32Array.from({ length: 5 * (D + 1) }, () => random() - 0.5);
  const folded = foldBack(weights, rows.space);
  for (let i = 0; i < rows.count; i++) {
    const scaled = Array.from({ length: 5 }, (_, k) => dot(weights, k, rows.h, i, D + 1));
    const raw = Array.from({ length: 5 }, (_, k) => dot(folded.weights, k, states, i, D) + folded.bias[k]!);
    raw.forEach((z, k) => t.true(Math.abs(z * rows.scales[i]! - scaled[k]!) < 1e-3));
    t.is(raw.indexOf(Math.max(...raw)), scaled.indexOf(Math.max(...scaled)));
  }
});

test("states of others come into the same space", async (t) => {
  const rows = await unitRows(states, D, 0.3);
  const again = await intoSpace(states, rows.space);
  t.deepEqual(again.h, rows.h);
});

function dot(a: Float32Array, k: number, b: Float32Array, i: number, d: number): number {
  let sum = 0;
  for (let j = 0; j < d; j++) sum += a[k * d + j]! * b[i * d + j]!;
  return sum;
}
