// A run goes on only where an earlier one of the same model, texts and settings has stopped.
import { settingsDigest } from "../../evaluation/record.js";
import type { Model } from "../../model/model.js";
import type { TrainingExample } from "../example.js";
import { corpusDigest } from "../frame.js";
import type { MineOptions, MiningNumbers } from "./options.js";

interface MiningSettings {
  readonly examples: readonly TrainingExample[];
  readonly tools: readonly string[];
  readonly prompt: string | null;
  readonly options: MineOptions;
  readonly numbers: MiningNumbers;
}

/** Digest of all that the rows depend on. */
export async function miningDigest(model: Model, settings: MiningSettings): Promise<string> {
  const { examples, tools, prompt, options, numbers } = settings;
  const { chat = false, head, halfSplit = false, calibrate = true, bias = 0, onPolicy = false } = options;
  const { prior, ...solver } = options.solver ?? {};
  const { folds, topTools, topTokens, easy, seed } = numbers;
  return settingsDigest(
    await model.fingerprint(),
    corpusDigest(examples, { prompt, chat, includeQuestion: false }),
    examples.map(({ id }) => id ?? null),
    tools,
    { folds, topTools, topTokens, easy, seed, halfSplit, calibrate, bias },
    solver,
    onPolicy === false ? null : { maxTokens: onPolicy === true ? null : (onPolicy.maxTokens ?? null) },
    ...[head, prior].flatMap((one) => (one === undefined ? [null] : [one.tools, one.weights, one.bias])),
  );
}
