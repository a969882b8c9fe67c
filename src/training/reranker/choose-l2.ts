// λ of a reranker is chosen within its training part, by cross-validation, so that the held-out part judges it unseen.
import { foldExamples } from "../../examples/split.js";
import type { ToolHead } from "../../head/tool-head.js";
import { REJECT, type Reranker } from "../../reranker/reranker.js";
import { hiddenState, type RerankProblem } from "./solve-reranker.js";
import type { Solution } from "../solver.js";

const FOLDS = 5;

/** How a value of λ did on rows that its rerankers had not seen. */
export interface RerankerL2Trial {
  readonly l2: number;
  /** Mean −log p of the label among candidates and REJ. */
  readonly loss: number;
  /** Rows whose label had the greatest score. */
  readonly right: number;
  readonly rows: number;
}

/** What differs between the solves of one training. */
export interface RowSolve {
  readonly l2: number;
  readonly prior: ToolHead | undefined;
  readonly rows: readonly number[];
  readonly start?: Float32Array | undefined;
}

export interface TryL2Options {
  readonly values: readonly number[];
  readonly seed: number;
  readonly prior: ToolHead | undefined;
  readonly solve: (how: RowSolve) => Promise<Solution>;
  readonly rerankerOf: (solution: Solution) => Reranker;
  /** Rows of the problem that are trained on. */
  readonly rows: readonly number[];
  /** (N): rows of one text are held out together. */
  readonly texts: readonly string[];
}

/**
 * Every value with each fold held out once. One value alone needs no trial, nor do rows of a single text.
 * @throws what solving throws
 */
export async function tryL2Values(problem: RerankProblem, options: TryL2Options): Promise<RerankerL2Trial[]> {
  const { values, rows, texts, seed, prior } = options;
  const folds = Math.min(FOLDS, new Set(rows.map((row) => texts[row])).size);
  if (values.length === 1 || folds < 2) return [];
  const stand = rows.map((row) => ({
    text: texts[row]!,
    calls: [{ tool: problem.labels[row]!, start: 0, end: 0, args: "", result: "" }],
  }));
  const foldOf = foldExamples(stand, { folds, seed });
  const trials = values.map((l2) => ({ l2, loss: 0, right: 0, rows: rows.length }));
  for (let fold = 0; fold < folds; fold++) {
    let start: Float32Array | undefined;
    // From strong to weak: each solution is close to the next one.
    for (const trial of trials) {
      const seen = rows.filter((_, at) => foldOf[at] !== fold);
      const solution = await options.solve({ l2: trial.l2, prior, rows: seen, start });
      start = solution.weights;
      const held = rows.filter((_, at) => foldOf[at] === fold);
      addLosses(trial, problem, options.rerankerOf(solution), held);
    }
  }
  return trials;
}

/** The value with the least loss; of equals the strongest. Without trials the first. */
export function bestL2(values: readonly number[], trials: readonly RerankerL2Trial[]): number {
  const least = Math.min(...trials.map(({ loss }) => loss));
  return trials.find(({ loss }) => loss === least)?.l2 ?? values[0]!;
}

/** Adds −log p of the rows' labels to a trial's mean, and counts the labels that have the greatest score. */
export function addLosses(
  trial: { loss: number; right: number; readonly rows: number },
  problem: RerankProblem,
  reranker: Reranker,
  rows: readonly number[],
): void {
  for (const row of rows) {
    const candidates = problem.candidates[row]!;
    const scores = reranker.score(hiddenState(problem, row), candidates);
    const own = scores[[...candidates, REJECT].indexOf(problem.labels[row]!)]!;
    const most = Math.max(...scores);
    const sum = scores.reduce((total, score) => total + Math.exp(score - most), 0);
    trial.loss += (most + Math.log(sum) - own) / trial.rows;
    if (own === most) trial.right++;
  }
}
