import type { RerankSettings } from "./rerank.js";
import type { SamplingOptions } from "./sampler.js";

export interface ResolvedSettings {
  readonly sampling: SamplingOptions;
  /** (K): the head's bias and the caller's, -Infinity for tools that may not be called. */
  readonly bias: Float32Array;
  /** A run must not end without a call. */
  readonly required: boolean;
  /** Undefined: tentative calls are made as they are. */
  readonly rerank: RerankSettings | undefined;
  /** What the answer begins with, before its text. */
  readonly prefill: string;
  readonly maxCalls: number;
  readonly maxArgumentTokens: number;
  /** Times that refused arguments are decoded again. */
  readonly argumentRetries: number;
  readonly maxTokens: number;
  readonly stop: readonly (string | RegExp)[];
  readonly candidates: number;
  readonly signal: AbortSignal | undefined;
}
