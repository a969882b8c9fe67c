// The way from texts to steps: the prompt before them, alignment, the shared beginning, one forward pass.
import { randomBytes } from "node:crypto";
import { access, rename, rm } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { z } from "zod";
import { invalidArgument, throwIfAborted } from "../errors.js";
import { assertPath, fileSystemError } from "../utils/file-error.js";
import { temporaryFolder } from "../utils/folders.js";
import type { Model } from "../model/model.js";
import { alignCorpus, packCorpus } from "./corpus.js";
import type { TrainingExample } from "../examples/example.js";
import { featuresMetadata } from "./features-format.js";
import { Features } from "./features.js";
import { corpusDigest, createFrame, type Frame } from "./frame.js";
import {
  callback,
  integerField,
  nonEmptyString,
  type Progress,
  signalField,
  threadsField,
  value,
} from "../utils/option-fields.js";
import { defineOptions, type OptionsOf, resolveOptions } from "../utils/options.js";

export const extractFields = {
  examples: value<readonly TrainingExample[]>(
    "at least one example",
    (examples) => Array.isArray(examples) && examples.length > 0,
  ).describe("Training examples"),
  tools: value<readonly string[]>(
    "different tool names",
    (tools) => Array.isArray(tools) && tools.length > 0 && new Set(tools).size === tools.length,
  ).describe("Tool names, in the order of the head's rows"),
  prompt: z
    .string()
    .nullable()
    .default(null)
    .describe("Prompt of inference with [QUESTION], or a string that stands before each example; null: none"),
  chat: z.boolean().default(false).describe("Wrap prompt and question in the model's chat template"),
  includeQuestion: z
    .boolean()
    .default(false)
    .describe("Keep positions that predict the question, where the head is never asked"),
  topTokens: integerField(0, 1024)
    .default(0)
    .describe("Best tokens to keep of every position, with the vocabulary's entropy; 0: neither"),
  batchSize: integerField(1, 1 << 20)
    .default(512)
    .describe("Tokens per decode"),
  threads: threadsField,
  signal: signalField,
  onProgress: callback<(event: Progress<"features">) => void>()
    .optional()
    .describe("Called with finished and all examples"),
};

export const extractSchema = defineOptions({
  ...extractFields,
  origins: value<readonly number[]>("indices of examples", Array.isArray)
    .default([])
    .describe(
      "The last examples are generations: for each, the index of the example whose question it answers",
    ),
  frame: value<Frame>("a frame")
    .optional()
    .describe("How the examples follow the prompt, when they are a part of a corpus"),
  path: nonEmptyString()
    .optional()
    .describe("File to write; without it a temporary one that dispose() removes"),
});
export type ExtractFeaturesOptions = OptionsOf<typeof extractSchema>;

/**
 * Hidden state, logsumexp and target of every step that training needs, by one forward pass over the texts.
 * The file appears under its name when it is complete, or not at all.
 *
 * @throws `INVALID_ARGUMENT`, `UNKNOWN_TOOL` (an example calls a tool that is not given), `ALIGNMENT_FAILED` (no
 * text could be aligned), `CONTEXT_CREATE_FAILED`, `DECODE_FAILED`, `FILE_NOT_FOUND` (no such folder), `IO`,
 * `ABORTED`, `DISPOSED`.
 */
export async function extractFeatures(model: Model, given: ExtractFeaturesOptions): Promise<Features> {
  const options = resolveOptions(extractSchema, given, "extractFeatures");
  const { examples, tools, prompt, chat, includeQuestion, origins, batchSize, signal, onProgress } = options;
  const { threads = model.threads } = options;
  checkOrigins(origins, examples.length - origins.length);
  throwIfAborted(signal);
  if (options.path !== undefined) await checkFolder(options.path);
  const frame = options.frame ?? createFrame(model, examples, { prompt, chat, includeQuestion });
  const corpus = await alignCorpus(model, examples, tools, frame, signal);
  const packed = packCorpus(corpus.aligned);
  const info = {
    tools,
    model: { ...(await model.identity()), fileName: basename(model.path) },
    texts: examples.length,
    origins,
    tokens: packed.decodedTokens,
    corpus: corpusDigest(examples, { prompt, chat, includeQuestion }),
    prefix: frame.prefix,
    includeQuestion,
    chat,
    problems: corpus.problems,
  };

  const place = await outputPlace(options.path);
  try {
    const { prefix, tokens, targets, offsets } = packed;
    const metadata = featuresMetadata(info);
    const topTokens = Math.min(options.topTokens, model.facts.vocabularySize);
    await model.extractFeatures(
      { prefix, tokens, targets, offsets, path: place.temporary, metadata, topTokens, batchSize, threads },
      {
        signal,
        onProgress:
          onProgress &&
          ((done, total) => {
            onProgress({ phase: "features", done, total });
          }),
      },
    );
    throwIfAborted(signal);
    await rename(place.temporary, place.path).catch((cause: unknown) => {
      throw fileSystemError("write", place.path, cause);
    });
    return await Features.load(place.path, { temporaryFolder: place.folder });
  } catch (error) {
    await rm(place.folder ?? place.temporary, { recursive: true, force: true });
    throw error;
  }
}

function checkOrigins(origins: readonly number[], originals: number): void {
  if (origins.some((origin) => !Number.isInteger(origin) || origin < 0 || origin >= originals)) {
    throw invalidArgument(`indices below ${originals}`, "origins", origins);
  }
}

async function checkFolder(path: string): Promise<void> {
  assertPath(path);
  await access(dirname(resolve(path))).catch((cause: unknown) => {
    throw fileSystemError("write", path, cause);
  });
}

/** Where the pass writes, where the file ends up, and what `dispose` removes when nobody asked for a file. */
async function outputPlace(
  path: string | undefined,
): Promise<{ readonly temporary: string; readonly path: string; readonly folder?: string }> {
  if (path !== undefined) {
    const folder = dirname(resolve(path));
    return { temporary: join(folder, `.toolken-${randomBytes(9).toString("base64url")}.tmp`), path };
  }
  const folder = await temporaryFolder("toolken-features-");
  return { temporary: join(folder, "features.tmp"), path: join(folder, "features.safetensors"), folder };
}
