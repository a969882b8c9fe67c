// A request is one step: the hidden state after the prompt with the request in it, and the tool as its target.
import { z } from "zod";
import { invalidArgument } from "../errors.js";
import type { ToolRequest } from "../examples/requests.js";
import type { Model } from "../model/model.js";
import { QUESTION_SLOT, splitAtQuestion } from "../prompts/prompts.js";
import type { TrainingExample } from "../examples/example.js";
import { extractFeatures, type ExtractFeaturesOptions } from "./extract-features.js";
import { extractFeatureParts } from "./feature-parts.js";
import { passFields } from "./options.js";
import type { FeatureSource } from "./steps.js";
import {
  callback,
  nonEmptyString,
  type Progress,
  signalField,
  threadsField,
  value,
} from "../utils/option-fields.js";
import { defineOptions, type OptionsOf, resolveOptions } from "../utils/options.js";

/** The prompt of tool selection, when the caller gives no other. */
export const SELECTION_PROMPT = `Request: ${QUESTION_SLOT}\nThe best tool for this request is`;

export const requestFields = {
  prompt: z
    .string()
    .default(SELECTION_PROMPT)
    .describe("Prompt with [QUESTION]; the tool is chosen at its end"),
  chat: z.boolean().default(false).describe("Wrap prompt and request in the model's chat template"),
  features: nonEmptyString()
    .optional()
    .describe(
      "Folder that caches the hidden states part by part: a stopped pass resumes, a second one is not needed",
    ),
  featureBatchSize: passFields.featureBatchSize,
  threads: threadsField,
  signal: signalField,
};

/** Requests, or files of them. */
export const requestsField = value<string | readonly string[] | readonly ToolRequest[]>(
  "paths or requests",
  (requests) => typeof requests === "string" || Array.isArray(requests),
);

export const featuresSchema = defineOptions({
  ...requestFields,
  requests: value<readonly ToolRequest[]>("requests", Array.isArray).describe("Requests, one position each"),
  onProgress: callback<(event: Progress<"features">) => void>()
    .optional()
    .describe("Called with finished and all requests"),
});
export type RequestFeaturesOptions = OptionsOf<typeof featuresSchema>;

/**
 * Features of requests, one step each, in their order; `info.tools` are the tools that they name. Free them with
 * `dispose()` or `await using`.
 *
 * @throws what `extractFeatures` throws; `MODEL_MISMATCH` (kept features of another model).
 */
export async function requestFeatures(
  model: Model,
  given: RequestFeaturesOptions,
): Promise<FeatureSource & AsyncDisposable> {
  const options = resolveOptions(featuresSchema, given, "requestFeatures");
  const { requests, prompt, chat, threads, signal, onProgress } = options;
  checkSelectionPrompt(prompt);
  const pass: ExtractFeaturesOptions = {
    examples: requests.map((request) => requestExample(prompt, request)),
    tools: [...new Set(requests.map(({ tool }) => tool))].sort(),
    // In a chat the template stands around the prompt; else the prompt is a part of the text.
    prompt: chat ? prompt : null,
    chat,
    batchSize: options.featureBatchSize,
    threads,
    signal,
    onProgress,
  };
  const folder = options.features;
  return folder === undefined
    ? extractFeatures(model, pass)
    : extractFeatureParts(model, { ...pass, folder });
}

/** @throws `INVALID_ARGUMENT` */
export function checkSelectionPrompt(prompt: unknown): asserts prompt is string {
  if (typeof prompt === "string" && prompt.split(QUESTION_SLOT).length === 2) return;
  throw invalidArgument(`a text with one ${QUESTION_SLOT}`, "prompt", prompt);
}

/** Stands for what the call would write; the pass ends before it. Cut off, so that the opening's tokens stay its own. */
const RESULT = "→";

function requestExample(prompt: string, { question, tool, source }: ToolRequest): TrainingExample {
  const { before, after } = splitAtQuestion(prompt);
  const opening = before + question + after;
  const [start, end] = [opening.length, opening.length + RESULT.length];
  return {
    text: opening + RESULT,
    questionEnd: start,
    calls: [{ tool, start, end, args: "", result: RESULT }],
    ...(source === undefined ? {} : { source }),
  };
}
