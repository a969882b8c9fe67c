import test from "ava";
import { ToolHead } from "../../src/head/tool-head.js";
import type { Steps } from "../../src/training/steps.js";
import { solveHead } from "../../src/training/solve-head.js";
import { rejectsWith } from "../support/errors.js";
import { randomSteps } from "./texts.js";

const tools = ["a", "b", "c"];
const d = 8;
const steps = randomSteps(400, d, tools);
const threads = 1;

/** Only the steps with `include[step] === 1`, in arrays of their own. */
function gathered(all: Steps, include: Uint8Array): Steps {
  const rows = [...all.target.keys()].filter((step) => include[step] === 1);
  return {
    ...all,
    count: rows.length,
    h: Float32Array.from(rows.flatMap((step) => [...all.h.subarray(step * d, (step + 1) * d)])),
    lse: Float32Array.from(rows, (step) => all.lse[step]!),
    target: Int32Array.from(rows, (step) => all.target[step]!),
    targetLogit: Float32Array.from(rows, (step) => all.targetLogit[step]!),
    bestLogit: Float32Array.from(rows, (step) => all.bestLogit[step]!),
    text: Int32Array.from(rows, (step) => all.text[step]!),
    position: Int32Array.from(rows, (step) => all.position[step]!),
  };
}

/** ∂/∂W of METHOD.md's loss and the L2 term, in the most obvious way. */
function slowGradient(of: Steps, weights: Float32Array, l2: number, prior?: Float32Array): Float64Array {
  const gradient = new Float64Array(weights.length);
  for (let step = 0; step < of.count; step++) {
    const h = of.h.subarray(step * d, (step + 1) * d);
    const z = of.tools.map((_, k) => h.reduce((sum, x, j) => sum + x * weights[k * d + j]!, 0));
    const sum = Math.exp(of.lse[step]!) + z.reduce((total, value) => total + Math.exp(value), 0);
    z.forEach((value, k) => {
      const residual = Math.exp(value) / sum - (of.target[step] === k ? 1 : 0);
      h.forEach((x, j) => (gradient[k * d + j]! += (residual * x) / of.count));
    });
  }
  return gradient.map((value, i) => value + l2 * (weights[i]! - (prior?.[i] ?? 0)));
}

const norm = (values: Float64Array): number => Math.hypot(...values);
const largestDifference = (a: Float32Array, b: Float32Array): number =>
  a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);

test("the slow gradient vanishes at the solution", async (t) => {
  const { weights, converged } = await solveHead(steps, { l2: 1e-3, tolerance: 1e-6, threads });
  t.true(converged);
  t.true(
    norm(slowGradient(steps, weights, 1e-3)) < 1e-4 * norm(slowGradient(steps, new Float32Array(3 * d), 0)),
  );
});

test("steps that are not included change nothing", async (t) => {
  const include = Uint8Array.from(steps.text, (text) => (text % 3 === 0 ? 0 : 1));
  const options = { l2: 1e-3, tolerance: 1e-7, threads };
  const masked = await solveHead(steps, { ...options, include });
  const alone = await solveHead(gathered(steps, include), options);
  t.true(largestDifference(masked.weights, alone.weights) < 1e-3);
  t.true(Math.abs(masked.loss - alone.loss) < 1e-6);
});

test("Adam's batches are those of the included steps alone", async (t) => {
  const include = Uint8Array.from(steps.text, (text) => (text % 3 === 0 ? 0 : 1));
  const options = { method: "adam", epochs: 2, batchSize: 16, seed: 3, threads } as const;
  const masked = await solveHead(steps, { ...options, include });
  t.deepEqual(masked.weights, (await solveHead(gathered(steps, include), options)).weights);
  t.notDeepEqual(masked.weights, (await solveHead(steps, { ...options, include, seed: 4 })).weights);
});

test("steps of left-out tools don't count, tool steps alone can be learnt from", async (t) => {
  const target = steps.target.map((k) => (k === 2 ? -2 : k));
  const include = target.map((k) => (k === -2 ? 0 : 1));
  const left = await solveHead({ ...steps, target }, { threads });
  const masked = await solveHead(steps, { include: Uint8Array.from(include), threads });
  t.deepEqual(left.weights, masked.weights);
  const only = await solveHead(steps, { onlyToolSteps: true, threads });
  const toolSteps = Uint8Array.from(steps.target, (k) => (k >= 0 ? 1 : 0));
  t.deepEqual(only.weights, (await solveHead(steps, { include: toolSteps, threads })).weights);
});

for (const method of ["lbfgs", "adam"] as const) {
  test(`${method}: against the other tools alone the vocabulary is not there`, async (t) => {
    const toolSteps = gathered(
      steps,
      Uint8Array.from(steps.target, (k) => (k >= 0 ? 1 : 0)),
    );
    const options = { method, l2: 1e-3, tolerance: 1e-6, threads, contest: "tools" } as const;
    const { weights, loss } = await solveHead(steps, options);
    t.true(largestDifference((await solveHead(toolSteps, options)).weights, weights) < 1e-2);
    if (method === "adam") return;
    t.true(loss < Math.log(3), "better than a guess");
    const alone = { ...toolSteps, lse: toolSteps.lse.map(() => -Infinity) };
    const start = norm(slowGradient(alone, new Float32Array(3 * d), 0));
    t.true(norm(slowGradient(alone, weights, 1e-3)) < 1e-4 * start);
  });
}

test("a strong L2 term keeps the rows at the prior, by name", async (t) => {
  const row = Float32Array.from({ length: d }, (_, j) => j / 10);
  const prior = ToolHead.create({ tools: ["b"], weights: row });
  const { weights } = await solveHead(steps, { l2: 1e6, prior, threads });
  const expected = new Float32Array(3 * d);
  expected.set(row, d);
  t.true(largestDifference(weights, expected) < 1e-4);
});

test("the same on any number of threads, and from any start the same optimum", async (t) => {
  const one = await solveHead(steps, { l2: 1e-3, tolerance: 1e-7, threads });
  t.deepEqual((await solveHead(steps, { l2: 1e-3, tolerance: 1e-7, threads: 2 })).weights, one.weights);
  const start = ToolHead.create({ tools, weights: new Float32Array(3 * d).fill(0.5) });
  const other = await solveHead(steps, { l2: 1e-3, tolerance: 1e-7, start, threads });
  t.true(largestDifference(one.weights, other.weights) < 1e-3);
});

test("aborts before and while it solves, and reports each iteration", async (t) => {
  await rejectsWith(t, solveHead(steps, { signal: AbortSignal.abort(), threads }), "ABORTED");
  const large = randomSteps(20_000, 64, tools);
  const stop = new AbortController();
  const iterations: number[] = [];
  const solving = solveHead(large, {
    l2: 0,
    tolerance: 0,
    maxIterations: 100_000,
    threads,
    signal: stop.signal,
    onProgress: ({ done: iteration }) => {
      iterations.push(iteration);
      stop.abort();
    },
  });
  await rejectsWith(t, solving, "ABORTED");
  t.is(iterations[0], 1);
});

for (const [title, options] of [
  ["a negative l2", { l2: -1 }],
  ["l2 of NaN", { l2: NaN }],
  ["no iterations", { maxIterations: 0 }],
  ["half an epoch", { epochs: 0.5 }],
  ["an unknown method", { method: "sgd" as "adam" }],
  ["an include of another length", { include: new Uint8Array(3) }],
  ["no tool step", { include: new Uint8Array(400) }],
  ["a prior that is no head", { prior: JSON.parse("{}") as ToolHead }],
] as const) {
  test(`refuses ${title}`, async (t) => {
    await rejectsWith(t, solveHead(steps, { ...options, threads }), "INVALID_ARGUMENT");
  });
}

test("refuses numbers that are not finite and heads of another dimension", async (t) => {
  const h = steps.h.slice();
  h[5 * d + 1] = NaN;
  await rejectsWith(t, solveHead({ ...steps, h }, { threads }), "INVALID_ARGUMENT", /finite/);
  const prior = ToolHead.create({ tools: ["a"], weights: new Float32Array(d + 1) });
  await rejectsWith(t, solveHead(steps, { prior, threads }), "MODEL_MISMATCH");
});
