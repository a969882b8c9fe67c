// What mining may be told, and what of it is checked before any work.
import { ToolkenError, invalidArgument } from "../../errors.js";
import { ToolHead } from "../../head/tool-head.js";
import type { TextOptions } from "../../training/inputs.js";
import type { OnPolicyOptions } from "../../training/on-policy.js";
import type { SolveOptions } from "../../training/solve-head.js";
import { integer } from "../../utils/integer.js";

export const MINED_FORMATS = ["toolken", "published"] as const;
export type MinedFormat = (typeof MINED_FORMATS)[number];

export const DEFAULT_FOLDS = 5;
export const DEFAULT_TOP_TOOLS = 3;
export const DEFAULT_TOP_TOKENS = 5;
/** Tokens that the features keep of each step; ranks are known up to here. */
export const KEPT_TOKENS = 32;

export interface MineOptions extends TextOptions {
  // ---- which head looks at which text ----
  /** Number of parts that are held out in turn, each mined by a head trained on the others. Default: 5. */
  readonly folds?: number | undefined;
  /** Train on one half of the texts and mine the other, instead of folds. Default: false. */
  readonly halfSplit?: boolean | undefined;
  /** Mine with this head, instead of training some: it must not have been trained on these texts. */
  readonly head?: ToolHead | undefined;
  /** Take a head that was trained on another file of the model. Default: false. */
  readonly force?: boolean | undefined;
  /** Mine the model's own generations on the questions instead of the texts. Default: false. */
  readonly onPolicy?: boolean | Pick<OnPolicyOptions, "path" | "maxTokens" | "parallel"> | undefined;

  // ---- the heads that are trained ----
  /** L2, prior and the like; see `solveHead`. */
  readonly solver?: Omit<SolveOptions, "include" | "start" | "threads" | "signal" | "onProgress"> | undefined;
  /** Choose each fold's bias on its held-out texts, as `trainHead` does. Default: true; otherwise it is 0. */
  readonly calibrate?: boolean | undefined;

  // ---- rows ----
  /** Added to the tools' logits on top of the head's own bias: one number, or one per tool. Default: 0. */
  readonly bias?: number | Readonly<Record<string, number>> | undefined;
  /** Tools per row. Default: 3, or all when there are fewer. */
  readonly topTools?: number | undefined;
  /** Tokens per row. Default: 5. */
  readonly topTokens?: number | undefined;
  /** Rows of steps where a token is right and no tool would fire: a random sample of so many. Default: 0. */
  readonly easy?: number | undefined;
  /** Of the folds and of the sample. Default: 1. */
  readonly seed?: number | undefined;

  // ---- files ----
  /** JSON Lines to write, complete or not at all. What is done by then stands in `<out>.parts`. Default: none. */
  readonly out?: string | undefined;
  /** "published": the fields of `miner_half_split.jsonl`. Default: "toolken". */
  readonly format?: MinedFormat | undefined;
  /**
   * Folder that gets the head of each fold, `fold-0.safetensors` and so on: with them `trainReranker` judges each row
   * as it stands to a head that has not seen its text. Default: they are not kept.
   */
  readonly heads?: string | undefined;
  /** Folder that keeps features, for other settings and other texts too. Default: a part of `<out>.parts`. */
  readonly features?: string | undefined;

  // ---- the forward pass ----
  /** Texts per file of features: how much an interrupted pass loses. Default: 128. */
  readonly textsPerPart?: number | undefined;
  /** Tokens per decode. Default: 512. */
  readonly featureBatchSize?: number | undefined;
  readonly threads?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((event: MiningProgress) => void) | undefined;
}

export interface MiningProgress {
  readonly phase: "generation" | "features" | "solve" | "rows";
  /** Questions, texts, iterations or folds that are done; iterations go on counting from fold to fold. */
  readonly done: number;
  readonly total: number;
  /** Of `solve` and `rows`: from 0. */
  readonly fold?: number;
}

/** Numbers with their defaults. */
export interface MiningNumbers {
  readonly folds: number;
  readonly topTools: number;
  readonly topTokens: number;
  readonly easy: number;
  readonly seed: number;
  readonly textsPerPart: number;
}

/** @throws `INVALID_ARGUMENT`, `UNKNOWN_TOOL` (a bias of another tool). */
export function checkMineOptions(options: MineOptions, tools: readonly string[]): MiningNumbers {
  const { head, halfSplit = false, format = "toolken" } = options;
  if (head !== undefined && !(head instanceof ToolHead)) throw invalidArgument("a tool head", "head", head);
  if (typeof halfSplit !== "boolean") throw invalidArgument("true or false", "halfSplit", halfSplit);
  if (options.folds !== undefined && (halfSplit || head !== undefined)) {
    const other = halfSplit ? "halfSplit" : "head";
    throw invalidArgument(`no number beside ${other}`, "folds", options.folds);
  }
  if (halfSplit && head !== undefined)
    throw invalidArgument("no half split beside a head", "halfSplit", true);
  if (!MINED_FORMATS.includes(format)) {
    throw invalidArgument(`one of ${MINED_FORMATS.join(", ")}`, "format", format);
  }
  if (options.heads !== undefined && head !== undefined) {
    throw invalidArgument("no folder beside a head that is given", "heads", options.heads);
  }
  checkBias(options.bias, tools);
  const most = tools.length;
  return {
    folds: halfSplit ? 2 : integer(options.folds ?? DEFAULT_FOLDS, "folds", 2, 1 << 20),
    topTools: integer(options.topTools ?? Math.min(DEFAULT_TOP_TOOLS, most), "topTools", 1, most),
    topTokens: integer(options.topTokens ?? DEFAULT_TOP_TOKENS, "topTokens", 0, KEPT_TOKENS),
    easy: integer(options.easy ?? 0, "easy", 0, 2 ** 31 - 1),
    seed: integer(options.seed ?? 1, "seed", 0, 2 ** 31 - 1),
    textsPerPart: integer(options.textsPerPart ?? 128, "textsPerPart", 1, 2 ** 31 - 1),
  };
}

/** (K): the caller's bias per tool. */
export function callerBias(bias: MineOptions["bias"], tools: readonly string[]): Float32Array {
  return Float32Array.from(tools, (tool) => (typeof bias === "object" ? (bias[tool] ?? 0) : (bias ?? 0)));
}

function checkBias(bias: MineOptions["bias"], tools: readonly string[]): void {
  const given: unknown = bias;
  if (given !== undefined && typeof given !== "number" && (typeof given !== "object" || given === null)) {
    throw invalidArgument("a number or one per tool", "bias", bias);
  }
  const entries = typeof bias === "object" ? Object.entries(bias) : [["", bias ?? 0] as const];
  for (const [tool, value] of entries) {
    if (tool !== "" && !tools.includes(tool)) {
      throw new ToolkenError(
        "UNKNOWN_TOOL",
        `Expected a bias of the given tools but received one of ${tool}`,
      );
    }
    if (typeof value !== "number" || Number.isNaN(value) || value === Infinity) {
      throw invalidArgument("a number below Infinity", "bias", value);
    }
  }
}
