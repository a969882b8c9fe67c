// A request is one step: the hidden state behind the prompt with the request in it, and the tool as its target.
import { invalidArgument } from "../errors.js";
import type { ToolRequest } from "../examples/requests.js";
import type { Model } from "../model/model.js";
import { QUESTION_SLOT, splitAtQuestion } from "../prompts/prompts.js";
import type { TrainingExample } from "../examples/example.js";
import { extractFeatures, type ExtractFeaturesOptions } from "./extract-features.js";
import { extractFeatureParts } from "./feature-parts.js";
import type { FeatureSource } from "./steps.js";

/** The prompt of tool selection, when the caller gives no other. */
export const SELECTION_PROMPT = `Request: ${QUESTION_SLOT}\nThe best tool for this request is`;

export interface RequestFeaturesOptions extends Pick<
  ExtractFeaturesOptions,
  "threads" | "signal" | "onProgress"
> {
  readonly requests: readonly ToolRequest[];
  /** Text with `[QUESTION]`; the tool is chosen behind it. Default: {@link SELECTION_PROMPT}. */
  readonly prompt?: string | undefined;
  /** Wrap prompt and request in the model's chat template. Default: false. */
  readonly chat?: boolean | undefined;
  /**
   * Folder that keeps the features part by part: a pass that was stopped goes on there, and those of the same
   * requests are taken from it. Default: they are not kept.
   */
  readonly features?: string | undefined;
  /** Tokens per decode. Default: 512. */
  readonly featureBatchSize?: number | undefined;
}

/**
 * Features of requests, one step each, in their order; `info.tools` are the tools that they name. Free them with
 * `dispose()` or `await using`.
 *
 * @throws what `extractFeatures` throws; `MODEL_MISMATCH` (kept features of another model).
 */
export async function requestFeatures(
  model: Model,
  options: RequestFeaturesOptions,
): Promise<FeatureSource & AsyncDisposable> {
  const { requests, prompt = SELECTION_PROMPT, chat = false, threads, signal, onProgress } = options;
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
