// Where the right tool stands among all tools of a step: everything that selection is measured by follows from it.
import { setImmediate } from "node:timers/promises";
import { throwIfAborted } from "../errors.js";
import type { Steps } from "./steps.js";
import { multiplyRow, type ScoredRows, WORK_PER_TURN } from "./score-steps.js";

export interface ToolRanks {
  /** (N): place of the right tool, from 1; 0 where the step's outcome is not a tool of the list. */
  readonly ranks: Int32Array;
  /** (N): the tool of the highest logit. */
  readonly best: Int32Array;
}

/**
 * Ranks the tools of every step by `W h + b`; of equal logits the earlier tool is first. A tool with a bias of
 * `-Infinity` is after all others.
 *
 * @throws `ABORTED`.
 */
export async function rankTools(steps: Steps, rows: ScoredRows, signal?: AbortSignal): Promise<ToolRanks> {
  const { count, dimension: d, h, target } = steps;
  const tools = steps.tools.length;
  const bias = rows.bias ?? new Float32Array(tools);
  const ranks = new Int32Array(count);
  const best = new Int32Array(count);
  const z = new Float64Array(tools);
  const stepsPerTurn = Math.max(1, Math.floor(WORK_PER_TURN / (d * tools)));
  for (let step = 0; step < count; step++) {
    if (step % stepsPerTurn === 0) {
      await setImmediate();
      throwIfAborted(signal);
    }
    multiplyRow(rows.weights, h, step * d, d, z);
    let top = 0;
    for (let k = 0; k < tools; k++) {
      z[k]! += bias[k]!;
      if (z[k]! > z[top]!) top = k;
    }
    best[step] = top;
    const gold = target[step]!;
    if (gold >= 0) ranks[step] = rankOf(gold, z);
  }
  return { ranks, best };
}

function rankOf(gold: number, z: Float64Array): number {
  let before = 0;
  for (let k = 0; k < z.length; k++) {
    if (z[k]! > z[gold]! || (z[k] === z[gold] && k < gold)) before++;
  }
  return before + 1;
}

export interface RankCounts {
  readonly requests: number;
  /** Requests whose tool is ranked first. */
  readonly first: number;
  /** Requests whose tool is among the first five. */
  readonly amongFive: number;
  /** Mean of 1 / rank, 0 without requests. */
  readonly meanReciprocalRank: number;
}

/** Counts ranks from 1. */
export function countRanks(ranks: Iterable<number>): RankCounts {
  let [requests, first, amongFive, reciprocal] = [0, 0, 0, 0];
  for (const rank of ranks) {
    requests++;
    if (rank === 1) first++;
    if (rank <= 5) amongFive++;
    reciprocal += 1 / rank;
  }
  return { requests, first, amongFive, meanReciprocalRank: requests === 0 ? 0 : reciprocal / requests };
}
