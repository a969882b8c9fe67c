// How the solve grows with steps and tools: seconds of one pass over all steps (loss and gradient).
import { solveHead } from "../../src/training/index.js";
import type { Steps } from "../../src/training/steps.js";
import type { BenchmarkCase } from "../case.js";
import { measuredOf } from "../interleave.js";

const DIMENSION = 576;
const BASE = [12_500, 13] as const;
const GRID: readonly (readonly [steps: number, tools: number])[] = [
  [50_000, 13],
  [200_000, 13],
  [12_500, 100],
  [12_500, 1000],
  [12_500, 10_000],
  [200_000, 1000],
  [200_000, 10_000],
];
const QUICK_GRID: typeof GRID = [
  [50_000, 13],
  [12_500, 100],
];
/** Multiply-adds of a pass from which one round must do. */
const LARGE = 2e11;

export const growth: BenchmarkCase = async ({ quick, repetitions }) => {
  const grid = quick ? QUICK_GRID : GRID;
  const most = Math.max(...grid.map(([steps]) => steps));
  const hidden = hiddenStates(most);
  const base: number[] = [];
  const measured = [];
  for (let i = 0; i < Math.max(3, repetitions); i++) base.push(await passSeconds(hidden, ...BASE));
  const nameOf = (steps: number, tools: number): string =>
    `${steps.toLocaleString("en")} steps, ${tools.toLocaleString("en")} tools`;
  measured.push(measuredOf(nameOf(...BASE), base, base));
  for (const [steps, tools] of grid) {
    const rounds = steps * tools * DIMENSION > LARGE ? 1 : Math.max(3, repetitions);
    const seconds: number[] = [];
    const rival: number[] = [];
    for (let i = 0; i < rounds; i++) {
      rival.push(await passSeconds(hidden, ...BASE));
      seconds.push(await passSeconds(hidden, steps, tools));
    }
    measured.push(measuredOf(nameOf(steps, tools), seconds, rival));
  }
  const [baseSteps, baseTools] = BASE;
  return [
    {
      name: "growth",
      what: `seconds of a pass over all steps (loss and gradient), d = ${DIMENSION}`,
      rival: nameOf(...BASE),
      measured,
      facts: {
        work: Object.fromEntries(
          [BASE, ...grid].map(([steps, tools]) => [
            nameOf(steps, tools),
            (steps * tools) / (baseSteps * baseTools),
          ]),
        ),
      },
    },
  ];
};

/** Enough iterations to time, few enough to wait for. */
async function passSeconds(hidden: Float32Array, count: number, tools: number): Promise<number> {
  const work = count * tools * DIMENSION;
  const steps = problem(hidden, count, tools);
  const start = performance.now();
  const { evaluations } = await solveHead(steps, { maxIterations: work > LARGE ? 1 : 8, tolerance: 0 });
  return (performance.now() - start) / 1000 / evaluations;
}

/** (N, d): random, of the norm that a small model's have. */
function hiddenStates(count: number): Float32Array {
  const h = new Float32Array(count * DIMENSION);
  let state = 7;
  for (let i = 0; i < h.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    h[i] = (state / 2 ** 32 - 0.5) * 6;
  }
  return h;
}

function problem(hidden: Float32Array, count: number, tools: number): Steps {
  const fill = (value: number): Float32Array => new Float32Array(count).fill(value);
  return {
    count,
    dimension: DIMENSION,
    tools: Array.from({ length: tools }, (_, k) => `tool_${k}`),
    h: hidden.subarray(0, count * DIMENSION),
    lse: fill(20),
    // A step in fifty is a tool's.
    target: Int32Array.from({ length: count }, (_, i) => (i % 50 === 0 ? (i / 50) % tools : -1)),
    targetLogit: fill(18),
    bestLogit: fill(18),
    text: new Int32Array(count),
    position: new Int32Array(count),
  };
}
