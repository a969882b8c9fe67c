// From texts to a head: generations, features, solve, calibration, report.
import { z } from "zod";
import { throwIfAborted } from "../errors.js";
import type { Model } from "../model/model.js";
import { generalPrompt, generateExamples, readExamples, textFields } from "./inputs.js";
import { cachedOrExtracted } from "./cached-features.js";
import { headFields, headSolverFields, passFields, toolNames } from "./options.js";
import { advanced, defineOptions, type OptionsOf, resolveOptions } from "../utils/options.js";
import { timed } from "./timed.js";
import { solveOnFeatures, type TrainedHead } from "./train-on-features.js";

export const trainHeadOptions = defineOptions({
  ...textFields,
  ...headFields,
  features: passFields.features,
  advanced: advanced({
    includeQuestion: z
      .boolean()
      .default(false)
      .describe("Keep positions that predict the question, where the head is never asked"),
    featureBatchSize: passFields.featureBatchSize,
    ...headSolverFields,
  }),
});
export type TrainHeadOptions = OptionsOf<typeof trainHeadOptions>;

/** What `trainHead` does with `examples`. */
export async function trainOnExamples(model: Model, given: TrainHeadOptions): Promise<TrainedHead> {
  const begin = performance.now();
  const options = resolveOptions(trainHeadOptions, given, "trainHead");
  const { chat, onPolicy, threads, signal, onProgress, advanced } = options;
  const names = toolNames(options.tools);
  throwIfAborted(signal);
  const { examples, problems } = await readExamples(options.examples, names);
  const prompt = await generalPrompt(model, options);

  const generated = await timed(() =>
    generateExamples(model, examples, prompt, { onPolicy, chat, threads, signal, onProgress }),
  );
  const opened = await timed(() =>
    cachedOrExtracted(model, {
      examples: [...examples, ...generated.value.examples],
      tools: names,
      prompt,
      chat,
      includeQuestion: advanced.includeQuestion,
      origins: generated.value.origins,
      path: options.features,
      batchSize: advanced.featureBatchSize,
      threads,
      signal,
      onProgress,
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
