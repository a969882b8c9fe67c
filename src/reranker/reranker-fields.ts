import type { HeadModelFacts } from "../head/model-identity.js";

export interface RerankerFields {
  /** K bare names, all different, none of them "REJ". */
  readonly tools: readonly string[];
  /** d */
  readonly dimension: number;
  /** (K+1, d), row-major: a row per tool, in their order, and that of REJ. */
  readonly weights: Float32Array;
  /** Candidates per call that it was trained with, 1…K. */
  readonly topK: number;
  /** The model whose hidden states it was trained on. */
  readonly model: HeadModelFacts | undefined;
  /** The tools' texts in the prompts that it was trained on, by name; empty when they are not known. */
  readonly documentation: Readonly<Record<string, string>>;
  /** How it was trained or where it is from; anything that JSON holds. */
  readonly metadata: Readonly<Record<string, unknown>>;
}
