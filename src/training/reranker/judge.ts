// How good a reranker is, is measured on rows whose texts neither it nor its prior has learnt from.
import type { ToolHead } from "../../head/tool-head.js";
import type { Reranker } from "../../reranker/reranker.js";
import type { Solution } from "../solver.js";
import { addLosses, bestL2, type RerankerL2Trial, type RowSolve, tryL2Values } from "./choose-l2.js";
import { decide, type RerankDecision, unreached } from "./rerank-metrics.js";
import type { RerankExample } from "./rerank-rows.js";
import { hiddenState, type RerankProblem } from "./solve-reranker.js";

export interface JudgeTask {
  readonly problem: RerankProblem;
  readonly examples: readonly RerankExample[];
  /** (N): the example of each row of the problem. */
  readonly exampleOf: readonly number[];
  /** λ, from strong to weak. */
  readonly values: readonly number[];
  readonly seed: number;
  readonly prior: ToolHead | undefined;
  readonly solve: (how: RowSolve) => Promise<Solution>;
  readonly rerankerOf: (solution: Solution) => Reranker;
}

export interface Judgement {
  readonly l2: number;
  readonly trials: readonly RerankerL2Trial[];
  /** On rows of texts that were not seen; those that no reranker gets right included. */
  readonly heldOut: readonly RerankDecision[];
  /** On the rows that the measured reranker has learnt from; null where several have been measured. */
  readonly train: readonly RerankDecision[] | null;
  /** The measured reranker; null where there are several. */
  readonly solution: Solution | null;
  /** Rows that it has learnt from. */
  readonly learnt: number | null;
}

/** A part of the texts is held out; λ is chosen within the others. */
export async function judgeHeldOut(task: JudgeTask, heldOut: ReadonlySet<RerankExample>): Promise<Judgement> {
  const { problem, examples, exampleOf, values, prior } = task;
  const exampleAt = (row: number): RerankExample => examples[exampleOf[row]!]!;
  const all = [...exampleOf.keys()];
  const rows = all.filter((row) => !heldOut.has(exampleAt(row)));
  const texts = all.map((row) => exampleAt(row).row.example);
  const trials = await tryL2Values(problem, { ...task, rows, texts });
  const l2 = bestL2(values, trials);
  const solution = await task.solve({ l2, prior, rows });
  const reranker = task.rerankerOf(solution);
  const unread = outOfReach(task);
  return {
    l2,
    trials,
    heldOut: [
      ...decisionsOf(
        task,
        reranker,
        all.filter((row) => heldOut.has(exampleAt(row))),
      ),
      ...unread.filter(({ example }) => heldOut.has(example)),
    ],
    train: [...decisionsOf(task, reranker, rows), ...unread.filter(({ example }) => !heldOut.has(example))],
    solution,
    learnt: rows.length,
  };
}

/**
 * Every fold is judged by a reranker of the other folds whose prior is the head that mined it, which has not seen its
 * texts. λ is that which does best on all of them.
 */
export async function judgeFolds(
  task: JudgeTask,
  foldHeads: ReadonlyMap<number, ToolHead> | undefined,
): Promise<Judgement> {
  const { problem, examples, exampleOf, values } = task;
  const all = [...exampleOf.keys()];
  const foldOf = (row: number): number => examples[exampleOf[row]!]!.row.fold ?? 0;
  const tried = values.map((l2) => ({
    l2,
    loss: 0,
    right: 0,
    rows: all.length,
    decisions: [] as RerankDecision[],
  }));
  for (const fold of [...new Set(all.map(foldOf))].sort((a, b) => a - b)) {
    const rows = all.filter((row) => foldOf(row) !== fold);
    const own = all.filter((row) => foldOf(row) === fold);
    let start: Float32Array | undefined;
    for (const trial of tried) {
      const solution = await task.solve({ l2: trial.l2, prior: foldHeads?.get(fold), rows, start });
      start = solution.weights;
      const reranker = task.rerankerOf(solution);
      trial.decisions.push(...decisionsOf(task, reranker, own));
      addLosses(trial, problem, reranker, own);
    }
  }
  const l2 = bestL2(values, tried);
  return {
    l2,
    trials: tried.map(({ l2: value, loss, right, rows }) => ({ l2: value, loss, right, rows })),
    heldOut: [...tried.find((trial) => trial.l2 === l2)!.decisions, ...outOfReach(task)],
    train: null,
    solution: null,
    learnt: null,
  };
}

/** What a reranker makes of rows of the problem. */
export function decisionsOf(
  { problem, examples, exampleOf }: Pick<JudgeTask, "problem" | "examples" | "exampleOf">,
  reranker: Reranker,
  rows: readonly number[],
): RerankDecision[] {
  return rows.map((row) => decide(reranker, examples[exampleOf[row]!]!, hiddenState(problem, row)));
}

/** Examples that were not read: their gold tool is not among the candidates, whatever is chosen is wrong. */
function outOfReach({ examples }: JudgeTask): RerankDecision[] {
  return examples.filter(({ learns }) => !learns).map(unreached);
}
