// Hidden states at the ends of token sequences, computed once per sequence and model.
import { createHash, randomBytes } from "node:crypto";
import { readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { ToolkenError, throwIfAborted } from "../../errors.js";
import { assertFormat, formatMetadata, type FileFormat } from "../../head/file-format.js";
import { SafetensorsFile } from "../../head/safetensors.js";
import type { Model } from "../../model/model.js";
import { invalidFile } from "../../utils/file-error.js";
import { createFolder, temporaryFolder } from "../../utils/folders.js";
import { encodeToolTarget, MASKED } from "../align.js";

export interface TokenStatesOptions {
  /**
   * Folder of computed states, created if missing; may serve several models and texts. Default: a temporary one that
   * is removed.
   */
  readonly cache?: string | undefined;
  /** Sequences per file of the cache: what an interrupted pass may lose. Default: 128. */
  readonly textsPerFile?: number | undefined;
  /** Tokens per decode. Default: 512. */
  readonly batchSize?: number | undefined;
  /** Default: the model's. */
  readonly threads?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Sequences done and in total. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

export interface TokenStates {
  /** (N, d): last hidden state after the final norm, of the last token of each sequence. */
  readonly states: Float32Array;
  /** Tokens decoded by this pass; cached states cost none. */
  readonly decodedTokens: number;
}

const FORMAT: FileFormat = {
  format: "toolken.states",
  version: "1",
  content: "states of texts",
  versionHint: "Delete the folder: it is computed again.",
};

/**
 * The hidden state at the last token of each sequence. Equal sequences are computed once; an interrupted pass resumes
 * from its cache.
 *
 * @throws `CONTEXT_FULL` (a sequence longer than the model's context), `FILE_INVALID` (a damaged cache file),
 * `CONTEXT_CREATE_FAILED`, `DECODE_FAILED`, `IO`, `ABORTED`, `DISPOSED`.
 */
export async function tokenStates(
  model: Model,
  sequences: readonly Int32Array[],
  options: TokenStatesOptions = {},
): Promise<TokenStates> {
  const { cache, textsPerFile = 128, signal, onProgress } = options;
  throwIfAborted(signal);
  assertLengths(model, sequences);
  const fingerprint = await model.fingerprint();
  const keys = sequences.map((tokens) => keyOf(fingerprint, tokens));
  const folder = cache ?? (await temporaryFolder("toolken-states-"));
  try {
    await createFolder(folder);
    const known = await readStates(folder, new Set(keys));
    const missing = new Map<string, Int32Array>();
    keys.forEach((key, i) => {
      if (!known.has(key)) missing.set(key, sequences[i]!);
    });
    // Sequences of similar length and beginning share decodes well.
    const queue = [...missing].sort(([, a], [, b]) => a.length - b.length);
    const done = sequences.length - queue.length;
    let decodedTokens = 0;
    onProgress?.(done, sequences.length);
    for (let from = 0; from < queue.length; from += textsPerFile) {
      const part = queue.slice(from, from + textsPerFile);
      const before = done + from;
      decodedTokens += await extractPart(model, folder, part, {
        ...options,
        onProgress: (count) => onProgress?.(before + count, sequences.length),
      });
    }
    const states = queue.length === 0 ? known : await readStates(folder, new Set(keys));
    return { states: joined(keys, states, model.facts.embeddingLength, folder), decodedTokens };
  } finally {
    if (cache === undefined) await rm(folder, { recursive: true, force: true });
  }
}

function assertLengths(model: Model, sequences: readonly Int32Array[]): void {
  const { trainedContext } = model.facts;
  const long = sequences.find((tokens) => trainedContext > 0 && tokens.length > trainedContext);
  if (long === undefined) return;
  throw new ToolkenError(
    "CONTEXT_FULL",
    `A text has ${long.length} tokens, the model's context has room for ${trainedContext}`,
  );
}

function keyOf(fingerprint: string, tokens: Int32Array): string {
  const bytes = new Uint8Array(tokens.buffer, tokens.byteOffset, tokens.byteLength);
  return createHash("sha256").update(fingerprint).update(bytes).digest("base64url").slice(0, 27);
}

async function extractPart(
  model: Model,
  folder: string,
  part: readonly (readonly [string, Int32Array])[],
  { batchSize = 512, threads = model.threads, signal, onProgress }: TokenStatesOptions,
): Promise<number> {
  const sequences = part.map(([, tokens]) => tokens);
  const shared = sharedLength(sequences);
  const offsets = new Int32Array(part.length + 1);
  sequences.forEach((tokens, i) => {
    offsets[i + 1] = offsets[i]! + tokens.length - shared;
  });
  const tokens = new Int32Array(offsets.at(-1)!);
  const targets = new Int32Array(tokens.length).fill(MASKED);
  sequences.forEach((sequence, i) => {
    tokens.set(sequence.subarray(shared), offsets[i]);
    targets[offsets[i + 1]! - 1] = encodeToolTarget(0);
  });
  const metadata = JSON.stringify({
    ...formatMetadata(FORMAT),
    keys: JSON.stringify(part.map(([key]) => key)),
  });
  const name = randomBytes(9).toString("base64url");
  const temporary = join(folder, `.${name}.tmp`);
  try {
    const prefix = sequences[0]!.slice(0, shared);
    const { decodedTokens } = await model.extractFeatures(
      { prefix, tokens, targets, offsets, path: temporary, metadata, batchSize, threads },
      { signal, onProgress: (done) => onProgress?.(done, part.length) },
    );
    throwIfAborted(signal);
    await rename(temporary, join(folder, `${name}.safetensors`));
    return decodedTokens;
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Tokens that all begin with; the last one of a sequence always stays its own. */
function sharedLength(sequences: readonly Int32Array[]): number {
  const first = sequences[0]!;
  let shared = Math.min(...sequences.map(({ length }) => length - 1));
  for (const tokens of sequences) {
    let length = 0;
    while (length < shared && tokens[length] === first[length]) length++;
    shared = length;
  }
  return shared;
}

async function readStates(folder: string, wanted: ReadonlySet<string>): Promise<Map<string, Float32Array>> {
  const found = new Map<string, Float32Array>();
  for (const name of (await readdir(folder)).sort()) {
    if (!name.endsWith(".safetensors")) continue;
    await using file = await SafetensorsFile.open(join(folder, name));
    assertFormat(file, FORMAT);
    const keys = readKeys(file);
    if (!keys.some((key) => wanted.has(key))) continue;
    const h = await file.readFloat32("h");
    const text = (await file.read("text")).data as Int32Array;
    const d = h.length / keys.length;
    if (!Number.isInteger(d) || text.length !== keys.length) {
      throw invalidFile(file.path, `${keys.length} states`, `${text.length}`);
    }
    text.forEach((index, row) => {
      const key = keys[index];
      if (key !== undefined && wanted.has(key)) found.set(key, h.subarray(row * d, (row + 1) * d));
    });
  }
  return found;
}

function readKeys(file: SafetensorsFile): string[] {
  try {
    return z
      .array(z.string())
      .min(1)
      .parse(JSON.parse(file.metadata.keys ?? ""));
  } catch (cause) {
    throw invalidFile(file.path, "metadata keys", "other metadata", { cause });
  }
}

function joined(
  keys: readonly string[],
  states: ReadonlyMap<string, Float32Array>,
  dimension: number,
  folder: string,
): Float32Array {
  const all = new Float32Array(keys.length * dimension);
  keys.forEach((key, i) => {
    const state = states.get(key);
    if (state?.length !== dimension) throw invalidFile(folder, "a state of each text", "none of one");
    all.set(state, i * dimension);
  });
  return all;
}
