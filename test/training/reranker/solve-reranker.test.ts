import test from "ava";
import { REJECT } from "../../../src/reranker/reranker.js";
import { ToolHead } from "../../../src/index.js";
import {
  type RerankProblem,
  solveReranker,
  type SolveRerankerOptions,
} from "../../../src/training/reranker/solve-reranker.js";
import { seededRandom } from "../../utils/scratch.js";
import { rejectsWith } from "../../support/errors.js";

const tools = ["a", "b", "c"];
const outcomes = [...tools, REJECT];
const d = 6;
const threads = 1;

/** Rows whose label lies along an axis of its own, with two or three candidates. */
function randomRows(count: number): RerankProblem {
  const random = seededRandom(5);
  const normal = (): number => random() + random() + random() - 1.5;
  const h = Float32Array.from({ length: count * d }, normal);
  const candidates: string[][] = [];
  const labels: string[] = [];
  for (let row = 0; row < count; row++) {
    const shuffled = tools.toSorted(() => random() - 0.5);
    const own = shuffled.slice(0, 2 + (row % 2));
    const label = row % 3 === 0 ? REJECT : own[row % own.length]!;
    h[row * d + outcomes.indexOf(label)]! += 0.8;
    candidates.push(own);
    labels.push(label);
  }
  return { tools, dimension: d, h, candidates, labels };
}

const problem = randomRows(300);

/** ∂/∂R of the weighted mean loss over candidates and REJ, and the L2 term, in the most obvious way. */
function slowGradient(
  weights: Float32Array,
  l2: number,
  prior: Float32Array,
  weightOf: (label: string) => number,
) {
  const gradient = new Float64Array(weights.length);
  const total = problem.labels.reduce((sum, label) => sum + weightOf(label), 0);
  problem.labels.forEach((label, row) => {
    const h = problem.h.subarray(row * d, (row + 1) * d);
    const own = [...problem.candidates[row]!, REJECT].map((outcome) => outcomes.indexOf(outcome));
    const z = own.map((k) => h.reduce((sum, x, j) => sum + x * weights[k * d + j]!, 0));
    const sum = z.reduce((all, value) => all + Math.exp(value), 0);
    own.forEach((k, at) => {
      const residual = Math.exp(z[at]!) / sum - (outcomes[k] === label ? 1 : 0);
      h.forEach((x, j) => (gradient[k * d + j]! += (weightOf(label) * residual * x) / total));
    });
  });
  return gradient.map((value, i) => value + l2 * (weights[i]! - prior[i]!));
}

const zeros = new Float32Array(4 * d);
const norm = (values: Float64Array): number => Math.hypot(...values);
const difference = (a: Float32Array, b: Float32Array): number =>
  a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);

const optimum = test.macro(
  async (
    t,
    options: SolveRerankerOptions,
    weightOf: (label: string) => number = () => 1,
    prior: Float32Array = zeros,
  ) => {
    const { weights, converged } = await solveReranker(problem, {
      l2: 1e-3,
      tolerance: 1e-7,
      threads,
      ...options,
    });
    t.true(converged);
    const start = norm(slowGradient(prior, 1e-3, prior, weightOf));
    t.true(norm(slowGradient(weights, 1e-3, prior, weightOf)) < 1e-4 * start);
  },
);

const priorRows = Float32Array.from({ length: 4 * d }, (_, j) => (j < 2 * d ? Math.sin(j) : 0));
const head = ToolHead.create({
  tools: ["b", "a"],
  weights: Float32Array.from([...priorRows.subarray(d, 2 * d), ...priorRows.subarray(0, d)]),
});
const share = (label: string): number => problem.labels.filter((other) => other === label).length / 300;

test("the slow gradient vanishes at the solution", optimum, {});
test("with weights by label", optimum, { classWeights: { REJ: 3, a: 0.5 } }, (label) =>
  label === REJECT ? 3 : label === "a" ? 0.5 : 1,
);
test("with balanced labels", optimum, { classWeights: "balanced" }, (label) => 1 / (4 * share(label)));
test(
  "towards a head's rows by name, and zeros for REJ and what it lacks",
  optimum,
  { prior: head },
  () => 1,
  priorRows,
);

test("a strong L2 term keeps the rows at the prior", async (t) => {
  const { weights } = await solveReranker(problem, { l2: 1e6, prior: head, threads });
  t.true(difference(weights, priorRows) < 1e-4);
});

test("some rows alone, and the same on any number of threads and from any start", async (t) => {
  const rows = [...problem.labels.keys()].filter((row) => row % 5 !== 0);
  const alone: RerankProblem = {
    ...problem,
    h: Float32Array.from(rows.flatMap((row) => [...problem.h.subarray(row * d, (row + 1) * d)])),
    candidates: rows.map((row) => problem.candidates[row]!),
    labels: rows.map((row) => problem.labels[row]!),
  };
  const options = { l2: 1e-3, tolerance: 1e-7, threads };
  const { weights } = await solveReranker(problem, { ...options, rows });
  t.deepEqual((await solveReranker(alone, options)).weights, weights);
  t.deepEqual((await solveReranker(problem, { ...options, rows, threads: 2 })).weights, weights);
  const start = new Float32Array(4 * d).fill(0.5);
  t.true(difference((await solveReranker(problem, { ...options, rows, start })).weights, weights) < 1e-3);
});

test("Adam nears the optimum", async (t) => {
  const best = await solveReranker(problem, { l2: 0, threads });
  const adam = await solveReranker(problem, { method: "adam", epochs: 60, learningRate: 0.02, threads });
  t.true(adam.loss >= best.loss - 1e-6 && adam.loss < best.loss * 1.05);
  t.is(adam.iterations, 60);
});

test("refused: labels that are no candidates, unknown tools and weights, a prior of another size", async (t) => {
  const labels = ["a", ...problem.labels.slice(1)];
  const candidates = [["b", "c"], ...problem.candidates.slice(1)];
  await rejectsWith(
    t,
    solveReranker({ ...problem, labels, candidates }),
    "INVALID_ARGUMENT",
    /candidates of step 0/,
  );
  await rejectsWith(
    t,
    solveReranker({ ...problem, candidates: [["x"], ...candidates] }),
    "UNKNOWN_TOOL",
    /"x"/,
  );
  const solve = (options: SolveRerankerOptions) => solveReranker(problem, options);
  await rejectsWith(t, solve({ classWeights: { x: 1 } }), "UNKNOWN_TOOL", /"x"/);
  await rejectsWith(t, solve({ classWeights: { REJ: -1 } }), "INVALID_ARGUMENT", /class weight of REJ/);
  await rejectsWith(t, solve({ classWeights: "even" as never }), "INVALID_ARGUMENT", /classWeights/);
  await rejectsWith(t, solve({ rows: [] }), "INVALID_ARGUMENT", /at least one row/);
  await rejectsWith(t, solve({ l2: -1 }), "INVALID_ARGUMENT", /l2/);
  const wide = ToolHead.create({ tools: ["a"], weights: new Float32Array(7) });
  await rejectsWith(t, solve({ prior: wide }), "MODEL_MISMATCH", /7 weights.*have 6/);
  await rejectsWith(t, solve({ signal: AbortSignal.abort() }), "ABORTED");
});
