import { z } from "zod";
import { ToolHead } from "../head/tool-head.js";
import { HEAD_TYPES } from "../model/model.js";
import type { PromptsOption } from "../prompts/prompts.js";
import { Reranker } from "../reranker/reranker.js";
import type { Tools } from "../tools/index.js";
import { instance, integerField, threadsField, value } from "../utils/option-fields.js";
import { advanced, defineOptions, type OptionsOf } from "../utils/options.js";
import { engineFields } from "./call-fields.js";

export const engineOptions = defineOptions({
  head: instance(ToolHead, "a tool head")
    .optional()
    .describe("Without a head the tools are listed in the prompt, and the model decides by its text"),
  tools: value<Tools>("tools", (tools) => typeof tools === "object" && tools !== null)
    .default([])
    .describe(
      "Tools that may be called: an array or a record by name; rows of a head without a tool here are switched off",
    ),
  prompts: value<PromptsOption>("a folder or prompts")
    .optional()
    .describe("A folder, or prompts with `[QUESTION]`")
    .meta({ defaultText: "made of the tools' demonstrations; the embedded model has its own" }),
  chat: z.boolean().default(false).describe("Wrap prompts in the model's own chat template"),
  chatTemplate: z
    .string()
    .optional()
    .describe("Jinja source of the chat template for messages")
    .meta({ defaultText: "the model's" }),
  toolPromptBudget: integerField(0)
    .default(1024)
    .describe("Tokens that a list of tools may take in every prompt before a warning (TOOL_PROMPT_BUDGET)")
    .meta({ more: "The warning says how to train a head, which needs no list." }),
  constrainInput: engineFields.constrainInput,
  reranker: instance(Reranker, "a reranker")
    .optional()
    .describe("Re-scores each proposed call with the tool documentation in context (Toolken+)"),
  rerankTopK: integerField(1)
    .optional()
    .describe("Tools that the reranker chooses among")
    .meta({ defaultText: "the number it was trained with" }),
  parallel: engineFields.parallel,
  batchInvariant: engineFields.batchInvariant.meta({
    more: "Decodes are shared only as widely as the model's kernels round alike, every run has KV cells of its own into which cached prompts are copied, and a run computes its question again.",
  }),
  contextSize: integerField(1).optional().describe("KV cells for everything").meta({
    defaultText:
      "the prompts' tokens and 2,048 for each parallel run (3,072 with a reranker); without `advanced.kvUnified` two times (three times) the longest prompt and 2,048 for each",
  }),
  threads: threadsField,
  advanced: advanced({
    placement: engineFields.placement,
    headType: z
      .enum(HEAD_TYPES)
      .default("auto")
      .describe("Type of the head's weights on the device; auto: F32 up to 4 MiB and F16 above"),
    kvUnified: z
      .boolean()
      .optional()
      .describe("Share one KV cache; disable for 4 or more parallel runs (faster, more memory)")
      .meta({ defaultText: "true, unless `batchInvariant`" }),
    candidates: integerField(1, 1024).default(64).describe("Best tokens that a step gives to sampling"),
    topTools: integerField(1, 256).default(8).describe("Best tools that a step gives"),
  }),
});
export type EngineOptions = OptionsOf<typeof engineOptions>;
