// Options that training with and without a model share.
import { z } from "zod";
import { invalidArgument } from "../errors.js";
import { validationSplitField } from "../examples/split.js";
import { ToolHead } from "../head/tool-head.js";
import { isTool, type Tool } from "../tools/index.js";
import { bareToolName } from "../tools/tool-name.js";
import {
  callback,
  instance,
  integerField,
  nonEmptyString,
  type Progress,
  signalField,
  threadsField,
} from "../utils/option-fields.js";
import { onlyToolStepsField } from "./solve-head.js";
import { solverFields } from "./solver.js";

export interface TrainingProgress extends Progress<
  "generation" | "features" | "solve" | "evaluation" | "refit"
> {
  /** Of `solve` and `refit`. */
  readonly loss?: number;
}

export const onTrainingProgress = callback<(event: TrainingProgress) => void>()
  .optional()
  .describe("Called while the training works");

/** Where examples for measuring come from, and what is random. */
export const splitFields = {
  validationSplit: validationSplitField,
  seed: integerField(0).default(1).describe("Seed of the split and of Adam"),
};

export const refitField = z
  .boolean()
  .default(true)
  .describe("After measuring, solve once more on all examples; the report is that of the first solution");

/** The forward pass. */
export const passFields = {
  features: nonEmptyString()
    .optional()
    .describe("File that caches the hidden states: a second training needs no forward pass"),
  featureBatchSize: integerField(1, 1 << 20)
    .default(512)
    .describe("Tokens per decode of the forward pass"),
};

export const toolsField = z.custom<readonly (Tool | string)[]>(
  (tools) => Array.isArray(tools) && tools.length > 0,
  { error: "at least one tool" },
);

/** From steps to a head. */
export const headFields = {
  ...splitFields,
  calibrate: z
    .boolean()
    .default(true)
    .describe("Choose one bias for all tools on the validation split; without it the bias is 0"),
  refit: refitField,
  threads: threadsField,
  signal: signalField,
  onProgress: onTrainingProgress,
};

/** Expert options of the same. */
export const headSolverFields = {
  ...solverFields,
  onlyToolSteps: onlyToolStepsField,
  prior: instance(ToolHead, "a tool head")
    .optional()
    .describe("Head whose rows the L2 term pulls towards; zeros without it"),
};

/** Names of tools, in order, each once. @throws `INVALID_ARGUMENT`. */
export function toolNames(tools: readonly (Tool | string)[]): string[] {
  const names = tools.map((tool) => {
    if (typeof tool === "string" && bareToolName(tool) !== "") return bareToolName(tool);
    if (isTool(tool)) return tool.name;
    throw invalidArgument("tools or their names", "tools", tool);
  });
  const twice = names.find((name, k) => names.indexOf(name) !== k);
  if (twice !== undefined) throw invalidArgument("different names", "tools", twice);
  return names;
}
