// A run goes on only where an earlier one of the same model, texts and settings has stopped.
import { digestOf } from "../../utils/digest.js";
import type { Model } from "../../model/model.js";
import type { TrainingExample } from "../../examples/example.js";
import { corpusDigest } from "../../training/frame.js";
import { headSolverFields } from "../../training/options.js";
import { partOf } from "../../utils/options.js";
import type { MiningNumbers, ResolvedMineOptions } from "./options.js";

interface MiningSettings {
  readonly examples: readonly TrainingExample[];
  readonly tools: readonly string[];
  readonly prompt: string | null;
  readonly options: ResolvedMineOptions;
  readonly numbers: MiningNumbers;
}

export interface MiningDigests {
  /** Of all that the features depend on. */
  readonly features: string;
  /** Of all that the rows depend on. */
  readonly rows: string;
}

export async function miningDigests(model: Model, settings: MiningSettings): Promise<MiningDigests> {
  const { examples, tools, prompt, options, numbers } = settings;
  const { chat, head, halfSplit, calibrate, bias, onPolicy } = options;
  const { prior, ...solver } = partOf(headSolverFields, options.advanced);
  const { folds, topTools, topTokens, easy, seed } = numbers;
  const features = digestOf(
    await model.fingerprint(),
    corpusDigest(examples, { prompt, chat, includeQuestion: false }),
    tools,
    onPolicy === false ? null : { maxTokens: onPolicy === true ? null : onPolicy.maxTokens },
  );
  const rows = digestOf(
    features,
    examples.map(({ id }) => id ?? null),
    { folds, topTools, topTokens, easy, seed, halfSplit, calibrate, bias },
    solver,
    ...[head, prior].flatMap((one) => (one === undefined ? [null] : [one.tools, one.weights, one.bias])),
  );
  return { features, rows };
}
