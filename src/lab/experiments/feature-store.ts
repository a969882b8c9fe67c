// Features are computed once per model, prompt and texts; every training of an experiment takes them from here.
import { digestOf } from "../../utils/digest.js";
import path from "node:path";
import type { Model } from "../../model/model.js";
import { extractFeatureParts, type FeatureParts } from "../../training/feature-parts.js";
import { corpusDigest } from "../../training/frame.js";
import type { TrainingSource } from "./experiment-data.js";
import type { Progress } from "../../utils/option-fields.js";
import { slug } from "./slug.js";

export interface WantedFeatures {
  readonly model: Model;
  readonly modelName: string;
  readonly dataName: string;
  readonly training: TrainingSource;
  /** The general prompt, or null for bare texts. */
  readonly prompt: string | null;
  readonly chat: boolean;
  readonly includeQuestion: boolean;
  readonly threads: number | undefined;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: (event: Progress<"features">) => void;
}

/** Keeps the features that were asked for last open, since the cells of a sweep share them. */
export class FeatureStore implements AsyncDisposable {
  readonly #folder: string;
  #open: { readonly folder: string; readonly features: FeatureParts } | undefined;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async get(wanted: WantedFeatures): Promise<FeatureParts> {
    const { model, training, prompt, chat, includeQuestion } = wanted;
    const { examples } = training;
    const tools = training.tools.map(({ name }) => name);
    const corpus = corpusDigest(examples, { prompt, chat, includeQuestion });
    const digest = digestOf(await model.fingerprint(), corpus, tools);
    const title = [wanted.modelName, wanted.dataName, prompt === null ? "bare" : "prompt"];
    const folder = path.join(this.#folder, [...title.map(slug), digest.slice(0, 8)].join("--"));
    if (this.#open?.folder === folder) return this.#open.features;
    await this.dispose();
    const features = await extractFeatureParts(model, {
      folder,
      examples,
      tools,
      prompt,
      chat,
      includeQuestion,
      threads: wanted.threads,
      signal: wanted.signal,
      onProgress: wanted.onProgress,
    });
    this.#open = { folder, features };
    return features;
  }

  async dispose(): Promise<void> {
    await this.#open?.features.dispose();
    this.#open = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose();
  }
}
