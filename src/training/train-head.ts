// From texts to a head in one call: generations, features, solve, calibration, report.
import { readTrainingExamples } from "../datasets/training-examples.js";
import { ToolkenError, invalidArgument, throwIfAborted } from "../errors.js";
import { promptsOf } from "../model/embedded.js";
import type { Model } from "../model/model.js";
import { type PromptsOption, QUESTION_SLOT, resolvePrompts } from "../prompts/prompts.js";
import { isTool, type Tool } from "../tools/index.js";
import { type TrainingExample, type TrainingProblem, validateExample } from "./example.js";
import { keptOrExtracted } from "./kept-features.js";
import { onPolicyExamples, type OnPolicyOptions } from "./on-policy.js";
import { checkTrainOptions, toolNames, type TrainFeaturesOptions } from "./options.js";
import { timed } from "./timed.js";
import { solveOnFeatures, type TrainedHead } from "./train-on-features.js";

export interface TrainHeadOptions extends TrainFeaturesOptions {
  // ---- what to learn from ----
  /** Files or folders of training texts, or the texts. */
  readonly examples: string | readonly string[] | readonly TrainingExample[];
  /** Tools or their names, in the order of the head's rows. */
  readonly tools: readonly (Tool | string)[];

  // ---- where to learn it ----
  /** Prompts of inference: a folder, or texts. Default: those made of the tools' demonstrations. */
  readonly prompts?: PromptsOption;
  /** The general prompt with `[QUESTION]`, instead of that of `prompts`; null: bare texts. */
  readonly prompt?: string | null | undefined;
  /** Wrap prompt and question in the model's chat template. Default: false. */
  readonly chat?: boolean | undefined;
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
export async function trainHead(model: Model, options: TrainHeadOptions): Promise<TrainedHead> {
  const begin = performance.now();
  const names = toolNames(options.tools);
  checkTrainOptions(options);
  throwIfAborted(options.signal);
  const { examples, problems } = await readExamples(options.examples, names);
  const prompt = await generalPrompt(model, options);

  const generated = await timed(() => generate(model, examples, prompt, options));
  const opened = await timed(() =>
    keptOrExtracted(model, {
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
    tokensPerSecond: opened.value.kept ? null : features.info.tokens / opened.seconds,
    problems,
  });
}

// ---- input ----

async function readExamples(
  given: TrainHeadOptions["examples"],
  tools: readonly string[],
): Promise<{ examples: readonly TrainingExample[]; problems: readonly TrainingProblem[] }> {
  if (typeof given === "string") return readTrainingExamples(given, { tools });
  const all: unknown = given;
  if (!Array.isArray(all) || all.length === 0) {
    throw invalidArgument("paths or examples", "examples", given);
  }
  if (all.every((path) => typeof path === "string")) return readTrainingExamples(all, { tools });
  const examples = (given as readonly TrainingExample[]).map((example) =>
    validateExample(example, example.source),
  );
  return { examples, problems: [] };
}

async function generalPrompt(model: Model, options: TrainHeadOptions): Promise<string | null> {
  const { prompt } = options;
  if (prompt === undefined) {
    const prompts = options.prompts ?? promptsOf(model);
    return (await resolvePrompts(prompts, options.tools.filter(isTool))).general;
  }
  if (prompt !== null && (typeof prompt !== "string" || !prompt.includes(QUESTION_SLOT))) {
    throw invalidArgument(`a text with ${QUESTION_SLOT}, or null`, "prompt", prompt);
  }
  return prompt;
}

// ---- phases ----

interface Generated {
  readonly examples: readonly TrainingExample[];
  readonly origins: readonly number[];
}

async function generate(
  model: Model,
  examples: readonly TrainingExample[],
  prompt: string | null,
  options: TrainHeadOptions,
): Promise<Generated> {
  const { onPolicy = false, chat, threads, signal, onProgress } = options;
  if (onPolicy === false) return { examples: [], origins: [] };
  if (prompt === null) {
    throw new ToolkenError("INVALID_ARGUMENT", "Expected a prompt for the model's own generations", {
      hint: "Leave out prompt: null, or onPolicy.",
    });
  }
  const { texts } = await onPolicyExamples(model, {
    ...(onPolicy === true ? {} : onPolicy),
    examples,
    prompts: { general: prompt },
    chat,
    threads,
    signal,
    onProgress: (done, total) => onProgress?.({ phase: "generation", done, total }),
  });
  return { examples: texts.map(({ example }) => example), origins: texts.map(({ origin }) => origin) };
}
