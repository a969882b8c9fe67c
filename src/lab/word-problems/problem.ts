import type { Operator } from "./arithmetic.js";
import type { WordProblemSplit } from "./options.js";

/** One calculation of a problem. */
export interface WordProblemCall {
  readonly operator: Operator;
  /** The tool to call: the operator's name, or `add_money` and the like where look-alikes are asked for. */
  readonly tool: string;
  /** Numerals without separators or signs of currency: `["8412", "377"]`. */
  readonly args: readonly string[];
  /** Rounded: two decimals, below 1 two digits after the leading zeros. */
  readonly result: string;
}

/** A piece of the reasoning: text, or the position of a call's result. */
export type ReasoningPart = string | { readonly call: number };

export interface WordProblem {
  readonly id: string;
  readonly split: WordProblemSplit;
  /** The situation, such as `subtract/give`; many problems share one. */
  readonly situation: string;
  /** The question before numbers, names and things were filled in; without distractions and requests. */
  readonly wording: string;
  readonly question: string;
  /** The answer's text, from the first word to the closing sentence. */
  readonly reasoning: readonly ReasoningPart[];
  readonly calls: readonly WordProblemCall[];
  readonly answer: string;
}
