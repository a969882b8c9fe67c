// What a benchmark case gets and gives.
import type { Model } from "../src/index.js";
import type { Measured } from "./interleave.js";

export interface CaseSettings {
  readonly model: Model;
  readonly quick: boolean;
  readonly repetitions: number;
}

export interface CaseResult {
  readonly name: string;
  /** What is measured, and in which unit. */
  readonly what: string;
  readonly rival: string;
  readonly measured: readonly Measured[];
  readonly facts?: Readonly<Record<string, unknown>>;
}

export type BenchmarkCase = (settings: CaseSettings) => Promise<CaseResult>;
