// The solve of a selection head: λ is chosen on held-out requests, then all requests are learnt from.
import { countRanks, type RankCounts, rankTools } from "./tool-ranks.js";
import { ToolHead } from "../head/tool-head.js";
import type { Steps } from "./steps.js";
import type { TrainingProgress } from "./options.js";
import { solveHead, type SolveOptions } from "./solve-head.js";
import type { ResolvedSolver, Solution } from "./solver.js";
import type { Parts } from "./split-steps.js";
import { timed } from "./timed.js";
import { type BiasedRows, unwhitenRows, whiten, whiteningOf } from "./whiten.js";

export interface SolveSelectionOptions extends Pick<
  ResolvedSolver,
  "maxIterations" | "tolerance" | "threads" | "signal"
> {
  /** λ, from strong to weak; one when no request is held out. */
  readonly values: readonly number[];
  /** See {@link whiteningOf}. */
  readonly shrinkage: number;
  readonly onProgress?: ((event: TrainingProgress) => void) | undefined;
}

/** How a value of λ did on the held-out requests. */
export interface L2Trial extends RankCounts {
  readonly l2: number;
  readonly iterations: number;
  readonly seconds: number;
}

export interface SelectionSolution {
  readonly rows: BiasedRows;
  /** Over whitened hidden states. */
  readonly solution: Solution;
  readonly l2: number;
  readonly trials: readonly L2Trial[];
}

/** @throws what `solveHead` throws. */
export async function solveSelection(
  steps: Steps,
  parts: Parts,
  options: SolveSelectionOptions,
): Promise<SelectionSolution> {
  const trials = parts.heldOutTexts > 0 ? await tryValues(steps, parts, options) : [];
  // Of equals the first, which has the strongest pull; without a trial the only value is taken as it is.
  const most = Math.max(...trials.map(({ first }) => first));
  const l2 = trials.find(({ first }) => first === most)?.l2 ?? options.values[0]!;
  const { shrinkage, signal } = options;
  const whitening = await whiteningOf(steps, new Uint8Array(steps.count).fill(1), shrinkage, signal);
  const solution = await solve("refit", await whiten(steps, whitening, signal), { ...options, l2 });
  return { rows: unwhitenRows(solution.weights, whitening), solution, l2, trials };
}

async function tryValues(steps: Steps, parts: Parts, options: SolveSelectionOptions): Promise<L2Trial[]> {
  const { shrinkage, signal } = options;
  const whitened = await whiten(steps, await whiteningOf(steps, parts.train, shrinkage, signal), signal);
  const trials: L2Trial[] = [];
  let start: ToolHead | undefined;
  // From strong to weak: each solution is close to the next one.
  for (const l2 of options.values) {
    const { value: solution, seconds } = await timed(() =>
      solve("solve", whitened, { ...options, l2, start, include: parts.train }),
    );
    const { tools, dimension } = whitened;
    start = ToolHead.create({ tools, dimension, weights: solution.weights });
    const { ranks } = await rankTools(whitened, solution, signal);
    const counts = countRanks(ranks.filter((_, step) => parts.heldOut[step] === 1));
    trials.push({ l2, ...counts, iterations: solution.iterations, seconds });
  }
  return trials;
}

function solve(
  phase: "solve" | "refit",
  steps: Steps,
  options: SolveSelectionOptions & Pick<SolveOptions, "l2" | "start" | "include">,
): Promise<Solution> {
  const { l2, start, include, maxIterations, tolerance, threads, signal, onProgress } = options;
  onProgress?.({ phase, done: 0, total: maxIterations });
  return solveHead(steps, {
    contest: "tools",
    l2,
    start,
    include,
    maxIterations,
    tolerance,
    threads,
    signal,
    onProgress: ({ done, total, loss }) => onProgress?.({ phase, done, total, loss }),
  });
}
