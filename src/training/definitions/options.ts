import { z } from "zod";
import type { Tools } from "../../tools/index.js";
import { integerField, nonEmptyString, signalField, threadsField, value } from "../../utils/option-fields.js";
import { advanced, defineOptions, type OptionsOf, type ResolvedOptions } from "../../utils/options.js";
import { onTrainingProgress } from "../options.js";
import { requestsField } from "../request-features.js";
import type { DecisionForm } from "../../prompts/decision-text.js";
import { isWriter, synthesisFields, synthesizeOptions, type Writer } from "./synthesis/options.js";

const strings = z.array(z.string()).readonly();
const weight = z.number().min(0);

/** Fields of the solution. */
const solveFields = {
  weights: z
    .strictObject({
      definition: weight.default(3),
      synthetic: weight.default(1),
      real: weight.default(2),
      "no-tool": weight.default(1),
      "follow-up": weight.default(4),
    })
    .prefault({})
    .describe("Weight of each source of texts"),
  l2: weight.default(1e-3).describe("L2 regularization strength"),
  prior: weight.default(4).describe("Logit that a tool's prior row gives its own definition"),
  shrinkage: z.number().min(1e-6).max(1).default(0.3).describe("Covariance shrinkage for whitening"),
  folds: integerField(0, 20)
    .default(4)
    .describe("Parts of the cross-validation that calibrates and measures; 0: neither"),
};

const synthesisOptions = defineOptions(synthesisFields);

export const trainDefinitionsOptions = defineOptions({
  tools: value<Tools>("tools", (tools) => typeof tools === "object" && tools !== null).describe(
    "Tools that the head selects among; its rows in this order, then that of no tool",
  ),
  writer: value<Writer | false>("a model, a writer or false", (given) => given === false || isWriter(given))
    .optional()
    .describe("Who writes requests from the definitions; false: only definitions and given requests are used")
    .meta({ defaultText: "the model itself where it has a chat template, else false" }),
  perTool: synthesizeOptions.shape.perTool,
  requests: nonEmptyString()
    .optional()
    .describe("JSON Lines of written requests: read from there, and added to it"),
  synthesis: synthesisOptions.prefault({}).describe("Further settings of the writer"),
  data: requestsField.optional().describe("Real requests with their tools, or files of them"),
  noTool: strings
    .optional()
    .describe("Texts that no tool answers")
    .meta({ defaultText: "up to 400 of the package" }),
  extraNoTool: strings
    .optional()
    .describe("Further texts that no tool answers, such as corrected decisions of a log"),
  unlabelled: strings.optional().describe("Requests without a known tool; they improve the whitening"),
  form: value<DecisionForm>("a form", (form) => typeof form === "object" && form !== null)
    .optional()
    .describe("Where the head decides")
    .meta({ defaultText: "after the chat template where the model has one" }),
  falsePositiveRate: z
    .number()
    .min(0)
    .max(1)
    .default(0.05)
    .describe("Share of texts without a fitting tool that may still get one"),
  seed: integerField(0).default(1).describe("Seed of writing and validation"),
  states: nonEmptyString()
    .optional()
    .describe("Folder of computed hidden states, for updates and further trainings"),
  advanced: advanced(solveFields),
  threads: threadsField,
  signal: signalField,
  onProgress: onTrainingProgress,
});
export type TrainDefinitionsOptions = OptionsOf<typeof trainDefinitionsOptions>;

export type ResolvedDefinitions = ResolvedOptions<typeof trainDefinitionsOptions>;

/** What a head that is extended has settled already is not asked for. */
export const updateHeadOptions = trainDefinitionsOptions.omit({ form: true, falsePositiveRate: true });
export type UpdateHeadOptions = OptionsOf<typeof updateHeadOptions>;
export type UpdateSettings = ResolvedOptions<typeof updateHeadOptions>;

/** What solving and validating need. */
export type SolveSettings = z.output<z.ZodObject<typeof solveFields>> & Pick<ResolvedDefinitions, "seed">;

export type DecisionSettings = SolveSettings & Pick<ResolvedDefinitions, "falsePositiveRate">;

export function solveSettings({ advanced: solve, seed }: UpdateSettings): SolveSettings {
  return { ...solve, seed };
}
