import { seededRandom } from "../../utils/random.js";
import { throwIfAborted } from "../../errors.js";
import { multiplyRow } from "../score-steps.js";
import { type DecisionSolveOptions, type LabelledRows, solveDecision } from "./decision-solve.js";
import { foldBack } from "./unit-rows.js";
import type { UnseenLogits } from "./decision-calibration.js";

export interface FoldsInput extends DecisionSolveOptions {
  /** Rows that are left out in turn: requests and no-tool texts. */
  readonly judged: readonly number[];
  readonly folds: number;
  readonly seed: number;
  /** (N, d): states of all rows, as they are at inference. */
  readonly states: Float32Array;
}

export interface UnseenRows extends UnseenLogits {
  /** Row of each text. */
  readonly rows: readonly number[];
}

/**
 * Logits of the judged rows under heads that have not learned from them (k-fold cross-validation; with one fold a
 * fifth is judged). Whitening sees all rows; it knows no labels.
 *
 * @throws `ABORTED`.
 */
export async function unseenLogits(labelled: LabelledRows, input: FoldsInput): Promise<UnseenRows> {
  const { judged, folds, seed, states } = input;
  const outcomes = labelled.tools + 1;
  const parts = folds === 0 ? [] : split(judged, labelled.target, folds, seed);
  const rows: number[] = [];
  const logits: number[][] = [];
  for (const part of parts) {
    throwIfAborted(input.signal);
    const weight = Float32Array.from(labelled.weight);
    for (const i of part) weight[i] = 0;
    const { weights } = await solveDecision({ ...labelled, weight }, input);
    const folded = foldBack(weights, labelled.rows.space);
    const d = states.length / labelled.target.length;
    for (const i of part) {
      const z = new Float64Array(outcomes);
      multiplyRow(folded.weights, states, i * d, d, z);
      rows.push(i);
      logits.push(Array.from(z, (value, k) => value + folded.bias[k]!));
    }
  }
  return {
    rows,
    outcomes,
    logits: Float64Array.from(logits.flat()),
    target: Int32Array.from(rows, (i) => labelled.target[i]!),
  };
}

/** Parts of about equal size; the rows of each outcome are spread over them. */
function split(
  judged: readonly number[],
  target: Int32Array,
  folds: number,
  seed: number,
): (readonly number[])[] {
  const random = seededRandom(seed);
  const order = judged
    .map((row) => ({ row, key: random() }))
    .sort((a, b) => target[a.row]! - target[b.row]! || a.key - b.key)
    .map(({ row }) => row);
  const count = folds === 1 ? 5 : folds;
  const parts = Array.from({ length: count }, (_, part) => order.filter((_, i) => i % count === part));
  return (folds === 1 ? parts.slice(0, 1) : parts).filter((part) => part.length > 0);
}
