import { invalidArgument } from "../../errors.js";
import type { ToolRequest } from "../../examples/requests.js";
import type { Tools } from "../../tools/index.js";
import { integer } from "../../utils/integer.js";
import type { TrainingProgress } from "../options.js";
import type { DecisionForm } from "./probe-text.js";
import type { SynthesizeOptions } from "./synthesis/synthesize.js";
import type { SourceWeights } from "./training-texts.js";

export interface TrainDefinitionsOptions {
  /** What the head is to tell apart; its rows in this order, then "no tool". */
  readonly tools: Tools;

  // ---- requests ----
  /**
   * Who writes requests from the definitions; false: nobody, only the definitions and given requests are learned
   * from. Default: the model itself where it has a chat template, else nobody.
   */
  readonly writer?: SynthesizeOptions["writer"] | false | undefined;
  /** Written requests per tool. Default: 8. */
  readonly perTool?: number | undefined;
  /** JSON Lines of written requests: taken from there, and added to it. Default: not kept. */
  readonly requests?: string | undefined;
  /** Further settings of the writer. */
  readonly synthesis?:
    Omit<SynthesizeOptions, "writer" | "perTool" | "path" | "signal" | "onProgress"> | undefined;
  /** Real requests with their tools, or files of them. Default: none. */
  readonly data?: string | readonly string[] | readonly ToolRequest[] | undefined;
  /** Texts that no tool answers. Default: up to 400 of the package. */
  readonly noTool?: readonly string[] | undefined;
  /** Further texts that no tool answers, such as corrected decisions of a log. Default: none. */
  readonly extraNoTool?: readonly string[] | undefined;
  /** Requests without a known tool; they improve the whitening. Default: none. */
  readonly unlabelled?: readonly string[] | undefined;

  // ---- what the head becomes ----
  /** Where the head decides. Default: after the chat template where the model has one. */
  readonly form?: DecisionForm | undefined;
  /** Share of texts without a fitting tool that may still get one. Default: 0.05. */
  readonly falsePositiveRate?: number | undefined;
  readonly weights?: Partial<SourceWeights> | undefined;
  /** λ of the L2 term. Default: {@link DEFAULT_DECISION_L2}. */
  readonly l2?: number | undefined;
  /** Logit that a tool's prior row gives its own definition. Default: {@link DEFAULT_PRIOR}. */
  readonly prior?: number | undefined;
  /** See {@link whiteningOf}. Default: {@link DEFAULT_DECISION_SHRINKAGE}. */
  readonly shrinkage?: number | undefined;
  /** Parts of the cross-validation that calibrates and measures; 0: neither. Default: 4. */
  readonly folds?: number | undefined;
  /** Default: 1. */
  readonly seed?: number | undefined;

  // ---- speed ----
  /** Folder of computed hidden states, for updates and further trainings. Default: not kept. */
  readonly states?: string | undefined;
  /** Default: the model's. */
  readonly threads?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((event: TrainingProgress) => void) | undefined;
}

export const DEFAULT_DECISION_L2 = 1e-3;
export const DEFAULT_PRIOR = 4;
export const DEFAULT_DECISION_SHRINKAGE = 0.3;
export const DEFAULT_WEIGHTS: SourceWeights = { definition: 3, synthetic: 1, real: 2, "no-tool": 1 };
export const DEFAULT_FALSE_POSITIVE_RATE = 0.05;

export interface DecisionSettings {
  readonly falsePositiveRate: number;
  readonly weights: SourceWeights;
  readonly l2: number;
  readonly prior: number;
  readonly shrinkage: number;
  readonly folds: number;
  readonly seed: number;
}

/** @throws `INVALID_ARGUMENT`. */
export function decisionSettings(options: TrainDefinitionsOptions): DecisionSettings {
  const weights = { ...DEFAULT_WEIGHTS, ...options.weights };
  for (const [name, weight] of Object.entries(weights)) number(weight, `weights.${name}`, 0, Infinity);
  return {
    weights,
    falsePositiveRate: number(
      options.falsePositiveRate ?? DEFAULT_FALSE_POSITIVE_RATE,
      "falsePositiveRate",
      0,
      1,
    ),
    l2: number(options.l2 ?? DEFAULT_DECISION_L2, "l2", 0, Infinity),
    prior: number(options.prior ?? DEFAULT_PRIOR, "prior", 0, Infinity),
    shrinkage: number(options.shrinkage ?? DEFAULT_DECISION_SHRINKAGE, "shrinkage", 1e-6, 1),
    folds: integer(options.folds ?? 4, "folds", 0, 20),
    seed: integer(options.seed ?? 1, "seed", 0),
  };
}

function number(value: unknown, name: string, min: number, max: number): number {
  if (typeof value === "number" && value >= min && value <= max && Number.isFinite(value)) return value;
  throw invalidArgument(
    max === Infinity ? `a number of at least ${min}` : `a number in [${min}, ${max}]`,
    name,
    value,
  );
}
