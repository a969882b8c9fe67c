import { z } from "zod";
import { ToolHead } from "../../head/tool-head.js";
import type { ToolDocumentation } from "../../reranker/prompt.js";
import type { Tool } from "../../tools/index.js";
import { instance, integerField, signalField, threadsField, value } from "../../utils/option-fields.js";
import { advanced, defineOptions, type OptionsOf, type ResolvedOptions } from "../../utils/options.js";
import { onTrainingProgress, passFields, refitField, splitFields } from "../options.js";
import { l2ListField, solverFields } from "../solver.js";
import { OUTSIDE_CHOICES, type RerankRow } from "./rerank-rows.js";
import { classWeightsField } from "./solve-reranker.js";

export const rerankerFields = {
  outside: z
    .enum(OUTSIDE_CHOICES)
    .default("add")
    .describe("Rows whose reference tool is no candidate: add it as the last one, or leave the row out")
    .meta({
      more: "Added, its row of R learns from every call in the texts; left out, from what inference can meet.",
    }),
  l2: l2ListField([1, 1e-1, 1e-2, 1e-3, 1e-4]).describe(
    "L2 regularization strength (towards the prior); of several, the best of a cross-validation",
  ),
  classWeights: classWeightsField,
};

export const trainRerankerOptions = defineOptions({
  rows: value<string | readonly RerankRow[]>(
    "a path or rows",
    (rows) => typeof rows === "string" || Array.isArray(rows),
  ).describe("File of mined rows, own or published, or the rows"),
  tools: value<Iterable<Tool>>("tools", (tools) => typeof tools === "object" && tools !== null).describe(
    "The tools that the rows were mined with",
  ),
  head: instance(ToolHead, "a tool head")
    .optional()
    .describe("Head whose calls are reranked: its rows are the prior, its tools must be those given"),
  documentation: value<string | ToolDocumentation>("a path or strings by tool")
    .optional()
    .describe("Documentation by tool name, or a JSON file of it, instead of the tools' own"),
  foldHeads: value<string | readonly ToolHead[]>("a folder or heads")
    .optional()
    .describe("Heads that mined the rows, fold by fold, or their folder: rows are evaluated out of fold")
    .meta({
      more: "Each row is scored once, by a reranker of the other folds whose prior is the fold's own head. Without them the validation split is used, and figures are too good where `head` was trained on those texts.",
    }),
  topK: integerField(1).optional().describe("Candidates per row; all that were mined without it"),
  ...splitFields,
  refit: refitField,
  force: z.boolean().default(false).describe("Accept rows and a head of another file of the model"),
  features: passFields.features,
  threads: threadsField,
  signal: signalField,
  onProgress: onTrainingProgress,
  advanced: advanced({
    ...solverFields,
    ...rerankerFields,
    prior: z.boolean().default(true).describe("Regularize towards the head's rows, not towards zeros"),
    featureBatchSize: passFields.featureBatchSize,
  }),
});
export type TrainRerankerOptions = OptionsOf<typeof trainRerankerOptions>;
export type ResolvedReranker = ResolvedOptions<typeof trainRerankerOptions>;
