import type { BfclCase } from "./cases.js";
import type { Call } from "./check.js";

/** What a contender made of a case. */
export interface Answer {
  readonly calls: readonly Call[];
  /** Calls that were written and whose arguments were not accepted. */
  readonly refused?: readonly {
    readonly code: string;
    readonly inputText: string;
    readonly message: string;
  }[];
  readonly text: string;
  readonly promptTokens?: number;
  /** Of the function's name in a call. */
  readonly probability?: number | undefined;
}

/** Answers cases with at most one call each, greedily. */
export interface Contender extends AsyncDisposable {
  answer(one: BfclCase): Promise<Answer>;
}

export interface ContenderSettings {
  readonly model: string;
  readonly threads: number;
  readonly documentation: "none" | "signature" | "prompt";
}

export const CONTEXT_SIZE = 4096;
/** Tokens of text without a call, after which none is expected. */
export const MAX_TEXT_TOKENS = 48;
export const MAX_CALL_TOKENS = 400;
