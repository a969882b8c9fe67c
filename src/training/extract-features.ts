// The way from texts to steps: the prompt before them, alignment, the shared beginning, one forward pass.
import { randomBytes } from "node:crypto";
import { access, mkdtemp, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { invalidArgument, throwIfAborted } from "../errors.js";
import { assertPath, fileSystemError } from "../utils/file-error.js";
import type { Model } from "../model/model.js";
import { alignCorpus, packCorpus } from "./corpus.js";
import type { TrainingExample } from "../examples/example.js";
import { featuresMetadata } from "./features-format.js";
import { Features } from "./features.js";
import { corpusDigest, createFrame, type Frame } from "./frame.js";
import { integer } from "../utils/integer.js";

export interface ExtractFeaturesOptions {
  readonly examples: readonly TrainingExample[];
  /** Tool names, in the order of the head's rows. */
  readonly tools: readonly string[];
  /**
   * The prompt of inference with `[QUESTION]`, which the texts continue; a text without the slot stands before
   * each of them. Computed once for all. Default: none.
   */
  readonly prompt?: string | null | undefined;
  /** Wrap prompt and question in the model's chat template. Default: false. */
  readonly chat?: boolean | undefined;
  /** Keep the steps that predict the question; the head is never asked there. Default: false. */
  readonly includeQuestion?: boolean | undefined;
  /** The last texts are generations; for each, the index of the text whose question it answers. Default: none. */
  readonly origins?: readonly number[] | undefined;
  /** How the texts stand behind the prompt, when they are a part of a corpus. Default: as most of them do. */
  readonly frame?: Frame | undefined;
  /** Keep that many best tokens of every step, and the vocabulary's entropy. Default: 0, neither. */
  readonly topTokens?: number | undefined;
  /** Where to keep the features. Default: a temporary file that `dispose` removes. */
  readonly path?: string | undefined;
  /** Tokens per decode. Default: 512. */
  readonly batchSize?: number | undefined;
  /** Default: the model's. */
  readonly threads?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called with finished and all texts. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

const DEFAULT_BATCH_SIZE = 512;
const MAX_TOP_TOKENS = 1024;

/**
 * Hidden state, logsumexp and target of every step that training needs, by one forward pass over the texts.
 * The file appears under its name when it is complete, or not at all.
 *
 * @throws `INVALID_ARGUMENT`, `UNKNOWN_TOOL` (an example calls a tool that is not given), `ALIGNMENT_FAILED` (no
 * text could be aligned), `CONTEXT_CREATE_FAILED`, `DECODE_FAILED`, `FILE_NOT_FOUND` (no such folder), `IO`,
 * `ABORTED`, `DISPOSED`.
 */
export async function extractFeatures(model: Model, options: ExtractFeaturesOptions): Promise<Features> {
  const { examples, tools, prompt = null, chat = false, includeQuestion = false, signal } = options;
  checkOptions(model, options);
  throwIfAborted(signal);
  if (options.path !== undefined) await checkFolder(options.path);
  const { origins = [], batchSize = DEFAULT_BATCH_SIZE, threads = model.threads } = options;
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
    const topTokens = Math.min(options.topTokens ?? 0, model.facts.vocabularySize);
    await model.extractFeatures(
      { prefix, tokens, targets, offsets, path: place.temporary, metadata, topTokens, batchSize, threads },
      { signal, onProgress: options.onProgress },
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

function checkOptions(model: Model, options: ExtractFeaturesOptions): void {
  const { examples, tools, origins = [], batchSize = DEFAULT_BATCH_SIZE, threads = model.threads } = options;
  const { topTokens = 0 } = options;
  if (!Array.isArray(examples) || examples.length === 0) {
    throw invalidArgument("at least one example", "examples", examples);
  }
  if (!Array.isArray(tools) || tools.length === 0 || new Set(tools).size !== tools.length) {
    throw invalidArgument("different tool names", "tools", tools);
  }
  const originals = examples.length - origins.length;
  if (origins.some((origin) => !Number.isInteger(origin) || origin < 0 || origin >= originals)) {
    throw invalidArgument(`indices below ${originals}`, "origins", origins);
  }
  integer(batchSize, "batchSize", 1, 1 << 20);
  integer(threads, "threads", 0, 1024);
  integer(topTokens, "topTokens", 0, MAX_TOP_TOKENS);
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
  const folder = await mkdtemp(join(tmpdir(), "toolken-features-")).catch((cause: unknown) => {
    throw fileSystemError("write", tmpdir(), cause);
  });
  return { temporary: join(folder, "features.tmp"), path: join(folder, "features.safetensors"), folder };
}
