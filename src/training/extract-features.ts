// The way from texts to steps: the prompt before them, alignment, the shared beginning, one forward pass.
import { randomBytes } from "node:crypto";
import { access, mkdtemp, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { setImmediate } from "node:timers/promises";
import { ToolkenError, invalidArgument, throwIfAborted } from "../errors.js";
import { assertPath, fileSystemError } from "../files/file-error.js";
import type { Model } from "../model/model.js";
import { type AlignedExample, alignExample, MASKED } from "./align.js";
import type { TrainingExample, TrainingProblem } from "./example.js";
import { Features, featuresMetadata } from "./features.js";
import { corpusDigest, createFrame, type Frame } from "./frame.js";

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
/** Texts that are aligned before the event loop gets a turn. */
const TEXTS_PER_TURN = 32;
/** Offsets are 32-bit integers. */
const MOST_TOKENS = 2 ** 31 - 1;

/**
 * Hidden state, logsumexp and target of every step that training needs, by one forward pass over the texts.
 * The file appears under its name when it is complete, or not at all.
 *
 * @throws `INVALID_ARGUMENT`, `UNKNOWN_TOOL` (an example calls a tool that is not given), `ALIGNMENT_FAILED` (no
 * text could be aligned), `CONTEXT_CREATE_FAILED`, `DECODE_FAILED`, `FILE_NOT_FOUND` (no such folder), `IO`,
 * `ABORTED`, `DISPOSED`.
 */
export async function extractFeatures(model: Model, options: ExtractFeaturesOptions): Promise<Features> {
  const { examples, tools, prompt = null, chat = false, includeQuestion = false } = options;
  const { origins = [], batchSize = DEFAULT_BATCH_SIZE, threads = model.threads, signal } = options;
  checkOptions(options, origins, batchSize, threads);
  throwIfAborted(signal);
  if (options.path !== undefined) await checkFolder(options.path);

  const frameOptions = { prompt, chat, includeQuestion };
  const frame = createFrame(model, examples, frameOptions);
  const corpus = await alignCorpus(model, examples, tools, frame, signal);
  const packed = pack(corpus.aligned);
  const info = {
    tools,
    model: { ...(await model.identity()), fileName: basename(model.path) },
    texts: examples.length,
    origins,
    tokens: packed.decodedTokens,
    corpus: corpusDigest(examples, frameOptions),
    prefix: frame.prefix,
    includeQuestion,
    chat,
    problems: corpus.problems,
  };

  const place = await outputPlace(options.path);
  try {
    const { prefix, tokens, targets, offsets } = packed;
    const metadata = featuresMetadata(info);
    await model.extractFeatures(
      { prefix, tokens, targets, offsets, path: place.temporary, metadata, batchSize, threads },
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

function checkOptions(
  { examples, tools }: ExtractFeaturesOptions,
  origins: readonly number[],
  batchSize: number,
  threads: number,
): void {
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
  if (!Number.isInteger(batchSize) || batchSize < 1 || batchSize > 1 << 20) {
    throw invalidArgument("a number of tokens", "batchSize", batchSize);
  }
  if (!Number.isInteger(threads) || threads < 0 || threads > 1024) {
    throw invalidArgument("a number of threads", "threads", threads);
  }
}

interface Corpus {
  /** By index of the example; undefined where there is a problem. */
  readonly aligned: readonly (AlignedExample | undefined)[];
  readonly problems: readonly TrainingProblem[];
}

async function alignCorpus(
  model: Model,
  examples: readonly TrainingExample[],
  tools: readonly string[],
  frame: Frame,
  signal: AbortSignal | undefined,
): Promise<Corpus> {
  const toolIndex = new Map(tools.map((tool, k) => [tool, k]));
  const aligned: (AlignedExample | undefined)[] = [];
  const problems: TrainingProblem[] = [];
  for (const [index, example] of examples.entries()) {
    if (index % TEXTS_PER_TURN === 0) {
      await setImmediate();
      throwIfAborted(signal);
    }
    const outcome = alignFramed(model, example, frame, toolIndex);
    if (typeof outcome === "string") {
      aligned.push(undefined);
      problems.push({ ...(example.source ?? { file: "", line: index + 1 }), reason: outcome });
    } else {
      aligned.push(outcome);
    }
  }
  if (aligned.every((text) => text === undefined)) {
    const reason = problems[0]?.reason ?? "";
    throw new ToolkenError("ALIGNMENT_FAILED", `None of ${examples.length} texts gives a step: ${reason}`);
  }
  return { aligned, problems };
}

function alignFramed(
  model: Model,
  example: TrainingExample,
  frame: Frame,
  toolIndex: ReadonlyMap<string, number>,
): AlignedExample | string {
  const framed = frame.frame(example);
  if (typeof framed === "string") return framed;
  try {
    const { prefix } = framed;
    const aligned = alignExample(model.tokenizer, framed.example, {
      toolIndex,
      ...(prefix === undefined ? {} : { prefix, addSpecial: false }),
    });
    const { trainedContext } = model.facts;
    if (trainedContext > 0 && aligned.tokens.length > trainedContext) {
      return `the text has ${aligned.tokens.length} tokens, the model's context ${trainedContext}`;
    }
    if (aligned.targets.every((target) => target === MASKED)) return "the text has no step to learn from";
    return aligned;
  } catch (error) {
    if (error instanceof ToolkenError && error.code === "ALIGNMENT_FAILED") return error.message;
    throw error;
  }
}

interface PackedCorpus {
  /** The tokens that all texts begin with. */
  readonly prefix: Int32Array;
  /** The rest of all texts, one after the other. */
  readonly tokens: Int32Array;
  readonly targets: Int32Array;
  /** (texts + 1) */
  readonly offsets: Int32Array;
  /** Tokens that the pass decodes: the prefix, and each text up to its last wanted step. */
  readonly decodedTokens: number;
}

/** The steps that all texts share are computed once; none of them may be wanted, for they have no row. */
function pack(aligned: readonly (AlignedExample | undefined)[]): PackedCorpus {
  const first = aligned.find((text) => text !== undefined)!;
  let shared = Infinity;
  let total = 0;
  for (const text of aligned) {
    if (text === undefined) continue;
    const firstWanted = text.targets.findIndex((target) => target !== MASKED);
    shared = Math.min(shared, firstWanted, commonLength(first.tokens, text.tokens));
    total += text.tokens.length;
  }
  if (total > MOST_TOKENS) {
    throw invalidArgument(`at most ${MOST_TOKENS} tokens`, "the examples' tokens", total);
  }
  const offsets = new Int32Array(aligned.length + 1);
  let decodedTokens = shared;
  for (const [index, text] of aligned.entries()) {
    const length = text === undefined ? 0 : text.tokens.length - shared;
    offsets[index + 1] = offsets[index]! + length;
    if (text !== undefined)
      decodedTokens += text.targets.findLastIndex((target) => target !== MASKED) + 1 - shared;
  }
  const tokens = new Int32Array(offsets.at(-1)!);
  const targets = new Int32Array(tokens.length);
  for (const [index, text] of aligned.entries()) {
    if (text === undefined) continue;
    tokens.set(text.tokens.subarray(shared), offsets[index]);
    targets.set(text.targets.subarray(shared), offsets[index]);
  }
  return { prefix: first.tokens.slice(0, shared), tokens, targets, offsets, decodedTokens };
}

function commonLength(a: Int32Array, b: Int32Array): number {
  const most = Math.min(a.length, b.length);
  let length = 0;
  while (length < most && a[length] === b[length]) length++;
  return length;
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
