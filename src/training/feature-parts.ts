// Resumable feature extraction: one file per part of the corpus.

import { join } from "node:path";
import { ToolkenError, throwIfAborted } from "../errors.js";
import { createFolder } from "../utils/folders.js";
import type { Model } from "../model/model.js";
import type { TrainingProblem } from "../examples/example.js";
import { extractFeatures, type ExtractFeaturesOptions, extractFields } from "./extract-features.js";
import { cachedFeatures } from "./cached-features.js";
import type { FeaturesInfo } from "./features-format.js";
import type { Features } from "./features.js";
import { concatenated, type FeatureSource, joinedSteps, type Steps, type VocabularySteps } from "./steps.js";
import { corpusDigest, createFrame } from "./frame.js";
import { integerField, nonEmptyString } from "../utils/option-fields.js";
import { defineOptions, type OptionsOf, resolveOptions } from "../utils/options.js";
import { inShard, shardField } from "../utils/shard.js";

export const textsPerPartField = integerField(1).describe(
  "Examples per part, how much an interrupted pass loses; the same for every pass into the folder",
);

export const partsSchema = defineOptions({
  ...extractFields,
  folder: nonEmptyString().describe("Folder of the parts, created if missing; only for this corpus"),
  textsPerPart: textsPerPartField.default(256),
  shard: shardField.describe("Compute only this part of the files; what the others hold is left out"),
});
export type FeaturePartsOptions = OptionsOf<typeof partsSchema>;

/** Features of one corpus in several files. Free them with `dispose()` or `await using`. */
export class FeatureParts implements FeatureSource, AsyncDisposable {
  readonly info: FeaturesInfo;
  /** Tokens decoded by this pass; cached parts cost none. */
  readonly decodedTokens: number;
  readonly #parts: readonly OpenPart[];

  constructor(info: FeaturesInfo, parts: readonly OpenPart[]) {
    this.info = info;
    this.decodedTokens = parts.reduce((sum, part) => sum + (part.isNew ? part.features.info.tokens : 0), 0);
    this.#parts = parts;
  }

  /** All steps, read again at each call. @throws what {@link Features.steps} throws. */
  async steps(tools: readonly string[] = this.info.tools): Promise<Steps> {
    const unknown = tools.find((tool) => !this.info.tools.includes(tool));
    if (unknown !== undefined) {
      throw new ToolkenError("UNKNOWN_TOOL", `The features have no tool ${JSON.stringify(unknown)}`, {
        hint: `They have ${this.info.tools.join(", ")}.`,
      });
    }
    const parts: Steps[] = [];
    for (const { features, firstText } of this.#parts) {
      const steps = await stepsAmong(features, tools);
      parts.push(firstText === 0 ? steps : { ...steps, text: steps.text.map((text) => text + firstText) });
    }
    return joinedSteps(parts);
  }

  /** The vocabulary's distribution at all steps. @throws what {@link Features.vocabulary} throws. */
  async vocabulary(): Promise<VocabularySteps> {
    const parts: VocabularySteps[] = [];
    for (const { features } of this.#parts) parts.push(await features.vocabulary());
    return {
      top: parts[0]!.top,
      token: concatenated(Int32Array, parts, ({ token }) => token),
      logit: concatenated(Float32Array, parts, ({ logit }) => logit),
      entropy: concatenated(Float32Array, parts, ({ entropy }) => entropy),
    };
  }

  async dispose(): Promise<void> {
    await Promise.all(this.#parts.map(({ features }) => features.dispose()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose();
  }
}

interface OpenPart {
  readonly features: Features;
  /** Index of the part's first text in the corpus. */
  readonly firstText: number;
  readonly isNew: boolean;
}

/**
 * Like {@link extractFeatures}, part by part. Parts that the folder has already are not computed again.
 *
 * @throws what `extractFeatures` throws; `FILE_INVALID`, `MODEL_MISMATCH` (a part of another model).
 */
export async function extractFeatureParts(model: Model, given: FeaturePartsOptions): Promise<FeatureParts> {
  const { folder, textsPerPart, shard, ...pass } = resolveOptions(partsSchema, given, "extractFeatureParts");
  const { examples, prompt, chat, includeQuestion, onProgress } = pass;
  const total = examples.length;
  await createFolder(folder);
  // Computed over all examples, so that every part has the same prefix.
  const frame = createFrame(model, examples, { prompt, chat, includeQuestion });
  const parts: OpenPart[] = [];
  const problems: TrainingProblem[] = [];
  try {
    onProgress?.({ phase: "features", done: 0, total });
    for (let firstText = 0; firstText < examples.length; firstText += textsPerPart) {
      if (!inShard(shard, firstText / textsPerPart)) continue;
      const some = examples.slice(firstText, firstText + textsPerPart);
      const file = join(folder, `part-${String(firstText / textsPerPart).padStart(5, "0")}.safetensors`);
      const part = await openOrExtract(model, file, {
        ...pass,
        frame,
        examples: some,
        onProgress: ({ phase, done }) => onProgress?.({ phase, done: firstText + done, total }),
      });
      if (part instanceof ToolkenError) {
        problems.push({ ...(some[0]!.source ?? { file: "", line: firstText + 1 }), reason: part.message });
      } else {
        parts.push({ ...part, firstText });
        problems.push(...part.features.info.problems.map((problem) => numbered(problem, firstText)));
      }
      onProgress?.({ phase: "features", done: firstText + some.length, total });
      throwIfAborted(pass.signal);
    }
    // The pass does not notice an abort while the last part is written.
    throwIfAborted(pass.signal);
    if (parts.length === 0) throw new ToolkenError("ALIGNMENT_FAILED", problems[0]!.reason);
    const info = {
      ...parts[0]!.features.info,
      tools: pass.tools,
      texts: examples.length,
      tokens: parts.reduce((sum, { features }) => sum + features.info.tokens, 0),
      corpus: corpusDigest(examples, { prompt, chat, includeQuestion }),
      problems,
    };
    return new FeatureParts(info, parts);
  } catch (error) {
    await Promise.all(parts.map(({ features }) => features.dispose()));
    throw error;
  }
}

/** A part without any alignable example is a problem of its examples, not an error. */
async function openOrExtract(
  model: Model,
  path: string,
  options: ExtractFeaturesOptions,
): Promise<{ readonly features: Features; readonly isNew: boolean } | ToolkenError> {
  const cached = await cachedFeatures(model, path, options);
  if (typeof cached !== "string") return { features: cached, isNew: false };
  try {
    return { features: await extractFeatures(model, { ...options, path }), isNew: true };
  } catch (error) {
    if (error instanceof ToolkenError && error.code === "ALIGNMENT_FAILED") return error;
    throw error;
  }
}

/** A cached part may have fewer tools than the corpus; its examples use none of the others. */
async function stepsAmong(features: Features, tools: readonly string[]): Promise<Steps> {
  const of = new Set(features.info.tools);
  const known = tools.filter((tool) => of.has(tool));
  const steps = await features.steps(known);
  if (known.length === tools.length) return steps;
  const rows = new Map(tools.map((tool, row) => [tool, row]));
  const target = steps.target.map((k) => (k < 0 ? k : rows.get(known[k]!)!));
  return { ...steps, tools, target };
}

/** The line of a problem without a source counts the examples of its part from 1. */
function numbered(problem: TrainingProblem, firstText: number): TrainingProblem {
  return problem.file === "" ? { ...problem, line: problem.line + firstText } : problem;
}
