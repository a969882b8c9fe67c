// Resumable and reusable hidden states of rerank prompts.

import { open, rm, type FileHandle } from "node:fs/promises";
import { z } from "zod";
import { exists } from "../../utils/exists.js";
import { fileSystemError, invalidFile } from "../../utils/file-error.js";
import { assertFormat, type FileFormat, formatMetadata } from "../../head/file-format.js";
import { modelSchema, readMetadata } from "../../head/matrix-file.js";
import { assertSameModel, type HeadModelFacts } from "../../head/model-identity.js";
import { SafetensorsFile, writeSafetensors } from "../../head/safetensors.js";
import type { HiddenRow } from "./hidden-states.js";

const HINT = "Give another path, or delete the file to compute them again.";
const FORMAT: FileFormat = {
  format: "toolken.rerank-features",
  version: "1",
  content: "hidden states of rerank prompts",
  versionHint: HINT,
};
const WANTED = "hidden states of these examples, candidates and documentation";
const HIDDEN = "h";

export interface RerankFeaturesOptions {
  /** Undefined: in memory only. */
  readonly path: string | undefined;
  /** Digest of the prompts. */
  readonly digest: string;
  readonly model: HeadModelFacts;
  /** N */
  readonly count: number;
}

/** Hidden states of N prompts, possibly incomplete. Close it with `close()` or `await using`. */
export class RerankFeatures implements AsyncDisposable {
  /** (N, d) */
  readonly h: Float32Array;
  readonly #options: RerankFeaturesOptions;
  readonly #known: Uint8Array;
  #part: FileHandle | undefined;

  private constructor(options: RerankFeaturesOptions) {
    this.#options = options;
    this.h = new Float32Array(options.count * options.model.embeddingLength);
    this.#known = new Uint8Array(options.count);
  }

  /**
   * Reads what the path contains: all, the part of an interrupted run, or nothing.
   * @throws `FILE_INVALID` (hidden states of other prompts), `MODEL_MISMATCH`, `FILE_NOT_FOUND` (no such folder), `IO`.
   */
  static async open(options: RerankFeaturesOptions): Promise<RerankFeatures> {
    const features = new RerankFeatures(options);
    const { path } = options;
    if (path === undefined) return features;
    if (await exists(path)) await features.#readFinished(path);
    else await features.#openPart(partPath(path));
    return features;
  }

  /** Indices of the prompts without a hidden state. */
  missing(): number[] {
    return [...this.#known.keys()].filter((input) => this.#known[input] === 0);
  }

  async add(rows: readonly HiddenRow[]): Promise<void> {
    for (const { input, h } of rows) this.#set(input, h);
    const records = rows.map(({ input, h }) => [
      new Uint8Array(Int32Array.of(input).buffer),
      new Uint8Array(h.buffer, h.byteOffset, h.byteLength),
    ]);
    await this.#write(Buffer.concat(records.flat()));
  }

  /** Writes the complete file and removes the partial one. */
  async finish(signal: AbortSignal | undefined): Promise<void> {
    const { path, digest, model, count } = this.#options;
    if (path === undefined || this.#part === undefined) return;
    await writeSafetensors(path, {
      tensors: { [HIDDEN]: { dtype: "F32", shape: [count, model.embeddingLength], data: this.h } },
      metadata: {
        ...formatMetadata(FORMAT),
        prompts: JSON.stringify(digest),
        model: JSON.stringify(model),
      },
      signal,
    });
    await this.close();
    await rm(partPath(path), { force: true });
  }

  async close(): Promise<void> {
    await this.#part?.close();
    this.#part = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #readFinished(path: string): Promise<void> {
    const { digest, model, count } = this.#options;
    await using file = await SafetensorsFile.open(path);
    assertFormat(file, FORMAT);
    const found = readMetadata(file, "model", modelSchema);
    if (found !== null) assertSameModel(found, model, "file of hidden states");
    const isOfThese = readMetadata(file, "prompts", z.string()) === digest;
    const { dtype, shape } = file.facts(HIDDEN);
    if (!isOfThese || dtype !== "F32" || shape[0] !== count || shape[1] !== model.embeddingLength) {
      throw invalidFile(path, WANTED, "others", { hint: HINT });
    }
    this.h.set(await file.readFloat32(HIDDEN));
    this.#known.fill(1);
  }

  async #openPart(path: string): Promise<void> {
    const { digest, model } = this.#options;
    const header = Buffer.from(
      `${JSON.stringify({ format: FORMAT.format, digest, model: model.fingerprint })}\n`,
    );
    const record = 4 * (1 + model.embeddingLength);
    try {
      // "a+" creates the file if missing and appends to it otherwise.
      this.#part = await open(path, "a+");
      const { size } = await this.#part.stat();
      const begin = Buffer.alloc(Math.min(size, header.length));
      await this.#part.read(begin, 0, begin.length, 0);
      if (size > 0 && !header.subarray(0, begin.length).equals(begin)) {
        throw invalidFile(path, WANTED, "others", { hint: HINT });
      }
      const whole = Math.max(0, Math.floor((size - header.length) / record));
      for (let at = 0; at < whole; at++) {
        const bytes = Buffer.alloc(record);
        await this.#part.read(bytes, 0, record, header.length + at * record);
        const input = bytes.readInt32LE(0);
        if (input < 0 || input >= this.#known.length)
          throw invalidFile(path, "rows of these prompts", String(input));
        this.#set(
          input,
          new Float32Array(bytes.buffer.slice(bytes.byteOffset + 4, bytes.byteOffset + record)),
        );
      }
      // An interrupted run may have left an incomplete record.
      await this.#part.truncate(size < header.length ? 0 : header.length + whole * record);
      if (size < header.length) await this.#write(header);
    } catch (cause) {
      await this.close();
      throw fileSystemError("write", path, cause);
    }
  }

  #set(input: number, h: Float32Array): void {
    this.h.set(h, input * this.#options.model.embeddingLength);
    this.#known[input] = 1;
  }

  async #write(bytes: Uint8Array): Promise<void> {
    try {
      await this.#part?.appendFile(bytes);
    } catch (cause) {
      throw fileSystemError("write", partPath(this.#options.path ?? ""), cause);
    }
  }
}

function partPath(path: string): string {
  return `${path}.part`;
}
