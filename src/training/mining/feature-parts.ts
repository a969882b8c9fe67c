// The forward pass is what mining waits for, so it is kept in parts: an interrupted run loses one of them at most.
import { access, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileSystemError, invalidFile } from "../../files/file-error.js";
import type { Model } from "../../model/model.js";
import type { Corpus } from "../corpus.js";
import type { TrainingExample } from "../example.js";
import { extractAligned } from "../extract-features.js";
import { Features, type Steps, type VocabularySteps } from "../features.js";
import { corpusDigest } from "../frame.js";
import { KEPT_TOKENS } from "./options.js";

export interface FeaturePartsOptions {
  readonly examples: readonly TrainingExample[];
  /** Of the examples; those without steps are passed over. */
  readonly corpus: Corpus;
  readonly tools: readonly string[];
  readonly prompt: string | null;
  readonly chat: boolean;
  /** What stands before every text. */
  readonly prefix: string;
  /** Folder of the parts; undefined: they are not kept. */
  readonly folder: string | undefined;
  readonly textsPerPart: number;
  readonly batchSize?: number | undefined;
  readonly threads?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

export interface AllSteps {
  /** `text` counts the examples. */
  readonly steps: Steps;
  readonly vocabulary: VocabularySteps;
  /** Tokens of this run's forward pass; parts that were there already cost none. */
  readonly tokens: number;
}

/**
 * Features of all texts with their best tokens; parts that the folder has are read, not computed.
 * @throws `FILE_INVALID` (a part of other texts, prompt or settings), and what `extractFeatures` throws
 */
export async function featureParts(model: Model, options: FeaturePartsOptions): Promise<AllSteps> {
  const { corpus, folder, textsPerPart } = options;
  const usable = [...corpus.aligned.keys()].filter((index) => corpus.aligned[index] !== undefined);
  if (folder !== undefined) {
    await mkdir(folder, { recursive: true }).catch((cause: unknown) => {
      throw fileSystemError("write", folder, cause);
    });
  }
  const parts: Part[] = [];
  let tokens = 0;
  for (let from = 0; from < usable.length; from += textsPerPart) {
    const texts = usable.slice(from, from + textsPerPart);
    const path =
      folder === undefined ? undefined : join(folder, `part-${from / textsPerPart + 1}.safetensors`);
    const { features, isNew } = await partOf(model, texts, path, options, (done) =>
      options.onProgress?.(from + done, usable.length),
    );
    await using part = features;
    if (isNew) tokens += part.info.tokens;
    parts.push({ texts, steps: await part.steps(options.tools), vocabulary: await part.vocabulary() });
    options.onProgress?.(from + texts.length, usable.length);
  }
  return { ...joined(parts), tokens };
}

interface Part {
  /** Indices of the examples. */
  readonly texts: readonly number[];
  readonly steps: Steps;
  readonly vocabulary: VocabularySteps;
}

async function partOf(
  model: Model,
  texts: readonly number[],
  path: string | undefined,
  options: FeaturePartsOptions,
  onProgress: (done: number) => void,
): Promise<{ readonly features: Features; readonly isNew: boolean }> {
  const { corpus, tools, prompt, chat, prefix } = options;
  const examples = texts.map((index) => options.examples[index]!);
  if (path !== undefined && (await exists(path))) {
    const features = await Features.load(path, { for: await model.identity() });
    const { info } = features;
    const fits =
      info.corpus === corpusDigest(examples, { prompt, chat, includeQuestion: false }) &&
      info.prefix === prefix &&
      tools.every((tool) => info.tools.includes(tool)) &&
      features.topTokens === Math.min(KEPT_TOKENS, model.facts.vocabularySize);
    if (fits) return { features, isNew: false };
    await features.dispose();
    throw invalidFile(path, "features of these texts, tools, prompt and settings", "those of others", {
      hint: "Give another folder of features, or delete this one to compute them anew.",
    });
  }
  const features = await extractAligned(
    model,
    { aligned: texts.map((index) => corpus.aligned[index]), problems: [] },
    prefix,
    {
      examples,
      tools,
      prompt,
      chat,
      path,
      topTokens: KEPT_TOKENS,
      batchSize: options.batchSize,
      threads: options.threads,
      signal: options.signal,
      onProgress,
    },
  );
  return { features, isNew: true };
}

/** The steps of all parts, one part after the other. */
function joined(parts: readonly Part[]): { readonly steps: Steps; readonly vocabulary: VocabularySteps } {
  const first = parts[0]!;
  const { dimension, tools } = first.steps;
  const { top } = first.vocabulary;
  const count = parts.reduce((sum, { steps }) => sum + steps.count, 0);
  const floats = (width: number, column: (part: Part) => Float32Array): Float32Array =>
    filled(new Float32Array(count * width), parts.map(column));
  const integers = (width: number, column: (part: Part) => Int32Array): Int32Array =>
    filled(new Int32Array(count * width), parts.map(column));
  return {
    steps: {
      count,
      dimension,
      tools,
      h: floats(dimension, ({ steps }) => steps.h),
      lse: floats(1, ({ steps }) => steps.lse),
      target: integers(1, ({ steps }) => steps.target),
      targetLogit: floats(1, ({ steps }) => steps.targetLogit),
      bestLogit: floats(1, ({ steps }) => steps.bestLogit),
      text: integers(1, ({ steps, texts }) => steps.text.map((text) => texts[text]!)),
      position: integers(1, ({ steps }) => steps.position),
    },
    vocabulary: {
      top,
      token: integers(top, ({ vocabulary }) => vocabulary.token),
      logit: floats(top, ({ vocabulary }) => vocabulary.logit),
      entropy: floats(1, ({ vocabulary }) => vocabulary.entropy),
    },
  };
}

function filled<T extends Float32Array | Int32Array>(into: T, columns: readonly T[]): T {
  let at = 0;
  for (const column of columns) {
    into.set(column, at);
    at += column.length;
  }
  return into;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
