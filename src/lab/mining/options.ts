import { z } from "zod";
import { ToolkenError, invalidArgument } from "../../errors.js";
import { ToolHead } from "../../head/tool-head.js";
import { textsPerPartField } from "../../training/feature-parts.js";
import { textFields } from "../../training/inputs.js";
import { headSolverFields, passFields } from "../../training/options.js";
import { integer } from "../../utils/integer.js";
import {
  callback,
  instance,
  integerField,
  nonEmptyString,
  type Progress,
  signalField,
  threadsField,
  value,
} from "../../utils/option-fields.js";
import { advanced, defineOptions, type OptionsOf, type ResolvedOptions } from "../../utils/options.js";

export const MINED_FORMATS = ["toolken", "published"] as const;
export type MinedFormat = (typeof MINED_FORMATS)[number];

export const DEFAULT_FOLDS = 5;
export const DEFAULT_TOP_TOOLS = 3;
/** Tokens that the features keep of each step; ranks are known up to here. */
export const KEPT_TOKENS = 32;

export const miningFields = {
  folds: integerField(2, 1 << 20)
    .optional()
    .describe("Parts of the examples, each mined by a head trained on the others")
    .meta({ defaultText: String(DEFAULT_FOLDS) }),
  halfSplit: z
    .boolean()
    .default(false)
    .describe("Train on one half of the examples and mine the other, instead of folds"),
  calibrate: z
    .boolean()
    .default(true)
    .describe("Choose each fold's bias on its held-out examples; without it the bias is 0"),
  topTools: integerField(1)
    .optional()
    .describe("Tools per row: the reranker's candidates")
    .meta({ defaultText: `${DEFAULT_TOP_TOOLS}, or all when there are fewer`, aliases: ["post_mine_top_k"] }),
  topTokens: integerField(0, KEPT_TOKENS).default(5).describe("Tokens per row"),
  easy: integerField(0)
    .default(0)
    .describe("Number of easy negatives to sample: positions where no tool would be called"),
  seed: integerField(0).default(1).describe("Seed of the folds and of the sample"),
  format: z
    .enum(MINED_FORMATS)
    .default("toolken")
    .describe("Format of the rows; published: the fields of miner_half_split.jsonl"),
};

export const mineOptions = defineOptions({
  ...textFields,
  ...miningFields,
  head: instance(ToolHead, "a tool head")
    .optional()
    .describe("Head to mine with, which was not trained on these examples; without it heads are trained"),
  force: z.boolean().default(false).describe("Accept a head that was trained on another file of the model"),
  bias: value<number | Readonly<Record<string, number>>>(
    "a number or one per tool",
    (bias) => typeof bias === "number" || (typeof bias === "object" && bias !== null),
  )
    .default(0)
    .describe("Added to the tools' logits, on top of the head's own bias: one number, or one per tool"),
  out: nonEmptyString()
    .optional()
    .describe("JSON Lines to write, complete or not at all; unfinished work is in <out>.parts"),
  heads: nonEmptyString()
    .optional()
    .describe("Folder for the head of each fold, which trainReranker needs to evaluate rows out of fold"),
  features: nonEmptyString()
    .optional()
    .describe(
      "Folder that caches the hidden states, for other settings and examples too; a part of <out>.parts without it",
    ),
  threads: threadsField,
  signal: signalField,
  onProgress: callback<(event: MiningProgress) => void>().optional().describe("Called while mining works"),
  advanced: advanced({
    ...headSolverFields,
    textsPerPart: textsPerPartField.default(128),
    featureBatchSize: passFields.featureBatchSize,
  }),
});
export type MineOptions = OptionsOf<typeof mineOptions>;
export type ResolvedMineOptions = ResolvedOptions<typeof mineOptions>;

export interface MiningProgress extends Progress<"generation" | "features" | "solve" | "rows"> {
  /** Of `solve` and `rows`: from 0. */
  readonly fold?: number;
}

/** The numbers that depend on each other, or on the tools. */
export interface MiningNumbers extends Pick<ResolvedMineOptions, "topTokens" | "easy" | "seed"> {
  readonly folds: number;
  readonly topTools: number;
}

/** @throws `INVALID_ARGUMENT`, `UNKNOWN_TOOL` (a bias of another tool). */
export function miningNumbers(options: ResolvedMineOptions, tools: readonly string[]): MiningNumbers {
  const { head, halfSplit, topTokens, easy, seed } = options;
  if (options.folds !== undefined && (halfSplit || head !== undefined)) {
    throw cannotCombine("folds", halfSplit ? "halfSplit" : "head");
  }
  if (halfSplit && head !== undefined) throw cannotCombine("halfSplit", "head");
  if (options.heads !== undefined && head !== undefined) throw cannotCombine("heads", "head");
  checkBias(options.bias, tools);
  const topTools = options.topTools ?? Math.min(DEFAULT_TOP_TOOLS, tools.length);
  return {
    folds: halfSplit ? 2 : (options.folds ?? DEFAULT_FOLDS),
    topTools: integer(topTools, "topTools", 1, tools.length),
    ...{ topTokens, easy, seed },
  };
}

function cannotCombine(parameter: string, other: string): ToolkenError {
  return new ToolkenError("INVALID_ARGUMENT", `${parameter} cannot be combined with ${other}`, {
    facts: { parameter },
  });
}

/** (K): the caller's bias per tool. */
export function callerBias(bias: ResolvedMineOptions["bias"], tools: readonly string[]): Float32Array {
  return Float32Array.from(tools, (tool) => (typeof bias === "object" ? (bias[tool] ?? 0) : bias));
}

function checkBias(bias: ResolvedMineOptions["bias"], tools: readonly string[]): void {
  const entries = typeof bias === "object" ? Object.entries(bias) : [["", bias] as const];
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
