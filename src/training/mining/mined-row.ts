// What mining finds at one step, as the reranker learns from it: a row of JSON Lines, behind one line about all rows.
import type { HeadModelFacts } from "../../head/model-identity.js";

/** Label of a row whose right outcome is a token: the reranker should go on without a tool. */
export const REJECT_LABEL = "REJ";

/**
 * `tool`: the gold outcome is a tool. `reject`: it is a token, and the best tool's logit beats every token's (Toolken+,
 * arXiv 2410.12004). `easy`: it is a token, and no tool beats the best token; a sample of these.
 */
export type MinedKind = "tool" | "reject" | "easy";

/** A tool as an outcome of the step. */
export interface MinedTool {
  readonly tool: string;
  /** `w·h + b`, bias included. */
  readonly logit: number;
  /** Of the joint softmax over V + K outcomes. */
  readonly probability: number;
}

/** A token as an outcome of the step. */
export interface MinedToken {
  /** Broken UTF-8 is shown as U+FFFD; the id is exact. */
  readonly text: string;
  readonly token: number;
  readonly logit: number;
  /** Of the joint softmax over V + K outcomes. */
  readonly probability: number;
}

/** One step of a text that the head was not trained on. Logits and probabilities are those at the mining bias. */
export interface MinedRow {
  /** `<example>:<offset>`, with `:generated` behind it for a step of a generation. */
  readonly id: string;
  /** Id of the text: its own, or file and line. */
  readonly example: string;
  /** Where the step's outcome begins: UTF-16 units into the text (or the generation). */
  readonly offset: number;
  /** Tokens behind the prompt that the step has read, question included; less one. */
  readonly position: number;
  /** What stands in the prompt's slot. */
  readonly question: string;
  /** The text so far behind prompt and question, with results in place of calls. */
  readonly text: string;
  /** The step is one of the model's own generation, not of the given text. */
  readonly generated: boolean;
  /** A tool's name, or "REJ". */
  readonly label: string;
  readonly kind: MinedKind;
  /** The label is among `tools`; true for "REJ". */
  readonly goldInTop: boolean;
  /** Place of the gold tool among all tools, from 1; null for "REJ". */
  readonly goldRank: number | null;
  /** The most probable tools, descending. */
  readonly tools: readonly MinedTool[];
  /** The most probable tokens, descending. */
  readonly tokens: readonly MinedToken[];
  /** The best tool's logit minus the best token's. Above 0 the tool is the tentative outcome. */
  readonly margin: number;
  /** Place of the best tool among all outcomes, from 1; null when all tokens of `tokens` beat it. */
  readonly rank: number | null;
  /** Of the whole joint distribution over V + K outcomes, in nats; null when it is not known (published rows). */
  readonly entropy: number | null;
  /** Of the softmax over the K tools alone, in nats: what published rows hold. */
  readonly toolEntropy: number;
  /** The fold that the text was held out in, from 0. */
  readonly fold: number;
}

/** How a fold was mined. */
export interface MinedFold {
  readonly fold: number;
  /** Texts that the head was trained on, and that were mined; 0 trained: a head that was given. */
  readonly trainedTexts: number;
  readonly minedTexts: number;
  /** Steps that were looked at. */
  readonly steps: number;
  /** (K): the fold's bias, calibrated or the head's own, and the caller's on top. null: -Infinity. */
  readonly bias: readonly (number | null)[];
}

/** Rows by kind. */
export interface MinedCounts {
  readonly rows: number;
  readonly tool: number;
  readonly reject: number;
  readonly easy: number;
  /** Tool rows whose gold tool is not among the most probable ones. */
  readonly goldOutsideTop: number;
  /** Tool rows by their label, and reject and easy rows by their best tool. */
  readonly perTool: Readonly<
    Record<string, { readonly tool: number; readonly reject: number; readonly easy: number }>
  >;
}

/** The first line of a file of mined rows: all that the rows depend on. */
export interface MinedInfo {
  /** In the order of the head's rows. */
  readonly tools: readonly string[];
  readonly model: HeadModelFacts;
  /** Tools per row. */
  readonly topTools: number;
  /** Digest of everything that the rows depend on; other settings are not continued. */
  readonly settings: string;
  readonly folds: readonly MinedFold[];
  readonly counts: MinedCounts;
}
