// From texts to a head in one call: generations, features, solve, calibration, report.
import { throwIfAborted } from "../errors.js";
import type { Model } from "../model/model.js";
import type { TrainingExample } from "../examples/example.js";
import { generalPrompt, type Generated, generateExamples, readExamples, type TextOptions } from "./inputs.js";
import { type DefinitionHead, trainOnDefinitions } from "./definitions/train-definitions.js";
import type { TrainDefinitionsOptions } from "./definitions/options.js";
import { cachedOrExtracted } from "./cached-features.js";
import type { OnPolicyOptions } from "./on-policy.js";
import { checkTrainOptions, toolNames, type TrainFeaturesOptions } from "./options.js";
import { timed } from "./timed.js";
import { solveOnFeatures, type TrainedHead } from "./train-on-features.js";

export interface TrainHeadOptions extends TextOptions, TrainFeaturesOptions {
  /** Keep the steps that predict the question. Default: false. */
  readonly includeQuestion?: boolean | undefined;
  /** Also learn from the model's own generations on the training questions. Default: false. */
  readonly onPolicy?: boolean | Pick<OnPolicyOptions, "path" | "maxTokens" | "parallel"> | undefined;

  // ---- the forward pass ----
  /** Where features are kept, and taken from when they are there. Default: nowhere. */
  readonly features?: string | undefined;
  /** Tokens per decode. Default: 512. */
  readonly featureBatchSize?: number | undefined;
}

/**
 * Trains a head from tool definitions alone, see {@link trainOnDefinitions}.
 *
 * @example
 * const head = await trainHead(model, { tools });
 * await head.save("my-tools.safetensors");
 */
export async function trainHead(
  model: Model,
  options: TrainDefinitionsOptions & { readonly examples?: undefined },
): Promise<DefinitionHead>;
/**
 * Trains a tool head (ToolkenGPT, arXiv 2305.11554): one forward pass over the texts behind the prompt of
 * inference, then a convex problem with one optimum. Equal input gives equal weights.
 *
 * @throws `INVALID_ARGUMENT`, `UNKNOWN_TOOL` (a text calls a tool that is not given), `RECORD_INVALID` (file and
 * line), `FILE_NOT_FOUND`, `FILE_INVALID` (kept features of other texts), `MODEL_MISMATCH` (kept features of
 * another model), `ALIGNMENT_FAILED` (no text could be aligned), `IO`, `ABORTED`, `DISPOSED`.
 *
 * @example
 * const head = await trainHead(model, { examples: "train.jsonl", tools: mathTools });
 * console.log(formatTrainingReport(head.training));
 * await head.save("math.safetensors");
 */
export async function trainHead(model: Model, options: TrainHeadOptions): Promise<TrainedHead>;
export async function trainHead(
  model: Model,
  options: TrainHeadOptions | (TrainDefinitionsOptions & { readonly examples?: undefined }),
): Promise<TrainedHead | DefinitionHead> {
  return options.examples === undefined
    ? trainOnDefinitions(model, options)
    : trainOnExamples(model, options);
}

async function trainOnExamples(model: Model, options: TrainHeadOptions): Promise<TrainedHead> {
  const begin = performance.now();
  const names = toolNames(options.tools);
  checkTrainOptions(options);
  throwIfAborted(options.signal);
  const { examples, problems } = await readExamples(options.examples, names);
  const prompt = await generalPrompt(model, options);

  const generated = await timed(() => generate(model, examples, prompt, options));
  const opened = await timed(() =>
    cachedOrExtracted(model, {
      examples: [...examples, ...generated.value.examples],
      tools: names,
      prompt,
      chat: options.chat,
      includeQuestion: options.includeQuestion,
      origins: generated.value.origins,
      path: options.features,
      batchSize: options.featureBatchSize,
      threads: options.threads,
      signal: options.signal,
      onProgress: (done, total) => options.onProgress?.({ phase: "features", done, total }),
    }),
  );
  await using features = opened.value.features;
  return await solveOnFeatures(features, names, options, {
    begin,
    generation: generated.seconds,
    features: opened.seconds,
    tokensPerSecond: opened.value.cached ? null : features.info.tokens / opened.seconds,
    problems,
  });
}

// ---- phases ----

async function generate(
  model: Model,
  examples: readonly TrainingExample[],
  prompt: string | null,
  options: TrainHeadOptions,
): Promise<Generated> {
  const { onPolicy = false, chat, threads, signal, onProgress } = options;
  if (onPolicy === false) return { examples: [], origins: [] };
  return generateExamples(model, examples, prompt, {
    ...(onPolicy === true ? {} : onPolicy),
    chat,
    threads,
    signal,
    onProgress: (done, total) => onProgress?.({ phase: "generation", done, total }),
  });
}
