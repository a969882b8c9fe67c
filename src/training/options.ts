// Options that training with and without a model share, with their checks.
import { invalidArgument } from "../errors.js";
import { isTool, type Tool } from "../tools/index.js";
import { bareToolName } from "../tools/tool-name.js";
import type { SolveOptions } from "./solve-head.js";
import { integer } from "../utils/integer.js";

export interface TrainFeaturesOptions extends Omit<
  SolveOptions,
  "include" | "start" | "onProgress" | "seed"
> {
  /** Share of the texts that is held out, stratified by tool. Default: 0.2. */
  readonly heldOut?: number | undefined;
  /** Of the split and of Adam. Default: 1. */
  readonly seed?: number | undefined;
  /** Choose one bias for all tools on the held-out part. Default: true (without held-out texts the bias is 0). */
  readonly calibrate?: boolean | undefined;
  /** Learn and measure on these texts alone, by their index. Default: all. */
  readonly texts?: ReadonlySet<number> | undefined;
  /**
   * After measuring, solve once more on all texts: the head that is returned has seen every text, the report is of
   * the head that has not seen the held-out part. Default: true.
   */
  readonly refit?: boolean | undefined;
  readonly onProgress?: ((event: TrainingProgress) => void) | undefined;
}

export interface TrainingProgress {
  readonly phase: "generation" | "features" | "solve" | "evaluation" | "refit";
  /** Questions, texts or iterations that are done; of `evaluation`, 0 or 1. */
  readonly done: number;
  /** Of `solve` and `refit`, the most that there can be. */
  readonly total: number;
  /** Of `solve` and `refit`. */
  readonly loss?: number;
}

/** Names of tools, in order, each once. @throws `INVALID_ARGUMENT`. */
export function toolNames(tools: readonly (Tool | string)[]): string[] {
  const given: unknown = tools;
  if (!Array.isArray(given) || given.length === 0) throw invalidArgument("at least one tool", "tools", tools);
  const names = tools.map((tool) => {
    if (typeof tool === "string" && bareToolName(tool) !== "") return bareToolName(tool);
    if (isTool(tool)) return tool.name;
    throw invalidArgument("tools or their names", "tools", tool);
  });
  const twice = names.find((name, k) => names.indexOf(name) !== k);
  if (twice !== undefined) throw invalidArgument("different names", "tools", twice);
  return names;
}

/** @throws `INVALID_ARGUMENT`. */
export function checkTrainOptions({ heldOut = 0.2, seed = 1 }: TrainFeaturesOptions): void {
  if (typeof heldOut !== "number" || !(heldOut >= 0 && heldOut < 1)) {
    throw invalidArgument("a number in [0, 1)", "heldOut", heldOut);
  }
  integer(seed, "seed", 0);
}
