// What mining finds at one step, as the reranker learns from it, and what is said once about all rows.
import type { HeadModelFacts } from "../head/model-identity.js";

/**
 * `tool`: the gold outcome is a tool. `reject`: it is a token, and the best tool's logit beats every token's (Toolken+,
 * arXiv 2410.12004). `easy`: it is a token, and no tool beats the best token; a sample of these. Where the text so far
 * ends in digits, which reasoning mode lets no tool follow, there are only `tool` rows.
 */
export const MINED_KINDS = ["tool", "reject", "easy"] as const;
export type MinedKind = (typeof MINED_KINDS)[number];

/** A tool as an outcome of the step. */
export interface MinedTool {
  readonly tool: string;
  /** `w·h + b`, bias included. */
  readonly logit: number;
  /** Of the joint softmax over V + K outcomes; in rows of published files, of the softmax over the K tools. */
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
  /** `<example>:<offset>`, with `:generated` after it for a step of a generation. */
  readonly id: string;
  /** Id of the text: its own, or file and line. */
  readonly example: string;
  /** Place of the text among those given, from 0. */
  readonly index: number;
  /** Where the step's outcome begins: UTF-16 units into the text (or the generation). */
  readonly offset: number;
  /** Tokens of the text that the step has read, question included (in a chat: of the answer). */
  readonly position: number;
  /** What stands in the prompt's slot. */
  readonly question: string;
  /** The text so far after prompt and question, with results in place of calls. */
  readonly text: string;
  /** The step is one of the model's own generation, not of the given text. */
  readonly generated: boolean;
  /** A tool's name, or "REJ". */
  readonly label: string;
  readonly kind: MinedKind;
  /** The label is among `tools`; true for "REJ". */
  readonly goldInTop: boolean;
  /** Place of the gold tool among all tools, from 1; null for "REJ", and where it is not known (published rows). */
  readonly goldRank: number | null;
  /** The gold tool as an outcome; null for "REJ", and for a tool that a bias of -Infinity switches off. */
  readonly goldTool: MinedTool | null;
  /** The most probable tools, descending. */
  readonly tools: readonly MinedTool[];
  /** Probability of all K tools together. */
  readonly toolProbability: number;
  /** The most probable tokens, descending; empty in published rows. */
  readonly tokens: readonly MinedToken[];
  /** The best tool's logit minus the best token's. Above 0 the tool is the tentative outcome. */
  readonly margin: number;
  /** Place of the best tool among all outcomes, from 1; null when 32 tokens or more beat it. */
  readonly rank: number | null;
  /** Of the whole joint distribution over V + K outcomes, in nats; null where it is not known (published rows). */
  readonly entropy: number | null;
  /** Of the softmax over the K tools alone, in nats: what published rows hold. */
  readonly toolEntropy: number;
  /** The fold that the text was held out in, from 0. */
  readonly fold: number;
}

/** How a fold was mined. */
export interface MinedFold {
  readonly fold: number;
  /** Texts that the head was trained on, generations included; 0: a head that was given. */
  readonly trainedTexts: number;
  readonly minedTexts: number;
  /** Steps that were looked at. */
  readonly steps: number;
  /** (K): the head's own or calibrated bias and the caller's on top; null: -Infinity. */
  readonly bias: readonly (number | null)[];
}

/** Rows by kind. */
export interface MinedCounts {
  readonly rows: number;
  readonly tool: number;
  readonly reject: number;
  readonly easy: number;
  /** Tool rows whose reference tool is not among the most probable ones. */
  readonly goldOutsideTop: number;
  /** Tool rows by their label; reject and easy rows by their best tool. */
  readonly perTool: Readonly<Record<string, Readonly<Record<MinedKind, number>>>>;
}

/** What stands in the first line of a file of mined rows. */
export interface MinedInfo {
  /** In the order of the head's rows. */
  readonly tools: readonly string[];
  readonly model: HeadModelFacts;
  /** Tools per row. */
  readonly topTools: number;
  /** Digest of everything that the rows depend on. */
  readonly settings: string;
  readonly folds: readonly MinedFold[];
}

export function countMined(rows: Iterable<MinedRow>): MinedCounts {
  const counts = { rows: 0, tool: 0, reject: 0, easy: 0, goldOutsideTop: 0 };
  const perTool: Record<string, Record<MinedKind, number>> = {};
  for (const { kind, label, tools, goldInTop } of rows) {
    counts.rows++;
    counts[kind]++;
    if (!goldInTop) counts.goldOutsideTop++;
    const tool = kind === "tool" ? label : (tools[0]?.tool ?? "");
    perTool[tool] ??= { tool: 0, reject: 0, easy: 0 };
    perTool[tool][kind]++;
  }
  return { ...counts, perTool };
}
