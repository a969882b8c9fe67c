// Intervals and tests against slow, obvious references.
import test from "ava";
import {
  bootstrapDifference,
  bootstrapInterval,
  mcNemar,
  type BootstrapOptions,
} from "../../../src/lab/evaluation/index.js";
import { ToolkenError } from "../../../src/index.js";
import { signTest } from "../../../src/lab/evaluation/mcnemar.js";

const ones = (n: number): number[] => new Array<number>(n).fill(1);
const rights = (right: number, n: number): number[] => Array.from({ length: n }, (_, i) => Number(i < right));

/** `min(1, 2 · Σ C(n, k) / 2^n)` in integers. */
function signTestReference(a: number, b: number): number {
  const n = BigInt(a + b);
  let tail = 0n;
  let choose = 1n;
  for (let k = 0n; k <= BigInt(Math.min(a, b)); k++) {
    tail += choose;
    choose = (choose * (n - k)) / (k + 1n);
  }
  return Math.min(1, Number((2n * tail * 10n ** 30n) / 2n ** n) / 1e30);
}

test("the sign test is the exact binomial", (t) => {
  for (let a = 0; a <= 14; a++) {
    for (let b = 0; b <= 14; b++) {
      t.true(Math.abs(signTest(a, b) - signTestReference(a, b)) < 1e-12, `${a}, ${b}`);
    }
  }
  t.true(Math.abs(signTest(160, 210) - signTestReference(160, 210)) < 1e-12);
  // 2^-n is no double any more.
  t.true(Math.abs(signTest(980, 1040) - signTestReference(980, 1040)) < 1e-10);
  t.is(signTest(0, 100_000), 0);
});

test("McNemar counts the pairs", (t) => {
  const first = [true, true, true, false, false, true];
  const second = [true, false, false, true, false, false];
  const { pValue, ...counts } = mcNemar(first, second);
  t.deepEqual(counts, { bothRight: 1, onlyFirst: 3, onlySecond: 1, bothWrong: 1, statistic: 0.25 });
  t.is(pValue, 0.625);
  t.deepEqual(mcNemar([true], [true]), {
    bothRight: 1,
    onlyFirst: 0,
    onlySecond: 0,
    bothWrong: 0,
    statistic: 0,
    pValue: 1,
  });
  t.throws(() => mcNemar([true], []), { instanceOf: ToolkenError });
});

test("an interval is about as wide as the normal one, and the seed decides it", (t) => {
  const share = { parts: rights(120, 200), wholes: ones(200) };
  const { low, high } = bootstrapInterval(share, { seed: 3 })!;
  const half = 1.96 * Math.sqrt((0.6 * 0.4) / 200);
  t.true(Math.abs(low - (0.6 - half)) < 0.01, String(low));
  t.true(Math.abs(high - (0.6 + half)) < 0.01, String(high));
  t.deepEqual(bootstrapInterval(share, { seed: 3 }), { low, high });
  t.notDeepEqual(
    bootstrapInterval(share, { seed: 4, resamples: 37 }),
    bootstrapInterval(share, { resamples: 37 }),
  );
  const narrow = bootstrapInterval(share, { confidence: 0.5 })!;
  t.true(narrow.low > low && narrow.high < high);
});

test("steps of a question stay together", (t) => {
  // All steps of half of the questions are right: as uncertain as 4 questions, not as 400 steps.
  const share = { parts: [100, 100, 0, 0], wholes: ones(4).map(() => 100) };
  t.deepEqual(bootstrapInterval(share), bootstrapInterval({ parts: [1, 1, 0, 0], wholes: ones(4) }));
  t.is(bootstrapInterval({ parts: [], wholes: [] }), null);
  t.deepEqual(bootstrapInterval({ parts: [0], wholes: [0] }), { low: 0, high: 0 });
});

test("differences are paired", (t) => {
  const run = { parts: rights(100, 200), wholes: ones(200) };
  t.deepEqual(bootstrapDifference(run, run), { low: 0, high: 0 });
  const better = { parts: rights(130, 200), wholes: ones(200) };
  const { low, high } = bootstrapDifference(better, run)!;
  t.true(low > 0.09 && low < 0.12 && high > 0.18 && high < 0.21, `${low} ${high}`);
});

const refuses = test.macro((t, options: BootstrapOptions, wholes?: number[]) => {
  const error = t.throws(() => bootstrapInterval({ parts: [1], wholes: wholes ?? [1] }, options), {
    instanceOf: ToolkenError,
  });
  t.is(error.code, "INVALID_ARGUMENT");
});
test("no resamples", refuses, { resamples: 0 });
test("a confidence of 1", refuses, { confidence: 1 });
test("a seed below 0", refuses, { seed: -1 });
test("wholes of another length", refuses, {}, [1, 1]);
