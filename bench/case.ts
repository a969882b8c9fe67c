// What a benchmark case gets and gives.
import type { GpuChoice } from "../src/model/load-model.js";
import type { Model } from "../src/index.js";
import type { Measured } from "./interleave.js";

export interface CaseSettings {
  readonly model: Model;
  readonly gpu: GpuChoice;
  /** 0: physical cores. */
  readonly threads: number;
  readonly quick: boolean;
  readonly repetitions: number;
  /** Folder for what a case writes while it runs. */
  readonly scratch: string;
  /** Folder of a built package that `import` is compared with. */
  readonly baseline?: string | undefined;
  /** What an evaluation asks instead of the embedded model's word problems. */
  readonly questions?: QuestionFiles | undefined;
}

export interface QuestionFiles {
  /** As `toolken eval --data`. */
  readonly data: string;
  /** A head with the thirteen operators. */
  readonly head: string;
  /** A folder. */
  readonly prompts: string;
}

export interface CaseResult {
  readonly name: string;
  /** What is measured, and in which unit. */
  readonly what: string;
  readonly rival: string;
  readonly measured: readonly Measured[];
  readonly facts?: Readonly<Record<string, unknown>>;
  /** Times to the first call, as `toolken lab plot first-call` reads them. */
  readonly firstCall?: readonly FirstCallTime[];
}

export interface FirstCallTime {
  readonly tools: number;
  readonly series: string;
  readonly milliseconds: number;
  /** First and third quartile. */
  readonly range: readonly [number, number];
}

/** Long cases give their results one by one, so that a run that is stopped keeps what it has. */
export type BenchmarkCase = (
  settings: CaseSettings,
) => Promise<readonly CaseResult[]> | AsyncIterable<CaseResult>;
