// Heads, rerankers and features are safetensors files: any tool reads them, and no code can hide in them.
import { invalidArgument } from "../errors.js";
import { writeFileAtomically } from "../utils/atomic.js";
import { invalidFile } from "../utils/file-error.js";
import { OpenFile } from "../utils/open-file.js";
import { asFloat32, viewAs, type Tensor } from "./dtypes.js";
import {
  MAX_HEADER,
  LENGTH_BYTES,
  encodeSafetensors,
  parseSafetensorsHeader,
  type SafetensorsHeader,
  type TensorFacts,
} from "./safetensors-header.js";

/** An open safetensors file: its header is read and checked, its tensors are read when asked for. */
export class SafetensorsFile implements AsyncDisposable {
  /** The strings of `__metadata__`, in an object without prototype; empty when the file has none. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: ReadonlyMap<string, TensorFacts>;
  readonly #file: OpenFile;
  readonly #tensorsStart: number;

  private constructor(file: OpenFile, header: SafetensorsHeader, tensorsStart: number) {
    this.metadata = header.metadata;
    this.tensors = header.tensors;
    this.#file = file;
    this.#tensorsStart = tensorsStart;
  }

  /** @throws `FILE_NOT_FOUND`, `FILE_INVALID`, `IO`. */
  static async open(path: string): Promise<SafetensorsFile> {
    const file = await OpenFile.open(path);
    try {
      const { header, end } = await readHeader(file);
      return new SafetensorsFile(file, header, end);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  get path(): string {
    return this.#file.path;
  }

  /** Facts of a tensor. @throws `FILE_INVALID` when the file has none of this name. */
  facts(name: string): TensorFacts {
    const facts = this.tensors.get(name);
    if (facts) return facts;
    const found = [...this.tensors.keys()].slice(0, 20).map((other) => JSON.stringify(other));
    throw invalidFile(this.path, `a tensor ${JSON.stringify(name)}`, found.join(", ") || "no tensor");
  }

  /** One tensor, in memory of its own. @throws `FILE_INVALID`, `IO`. */
  async read(name: string): Promise<Tensor> {
    const { dtype, shape, start, byteLength } = this.facts(name);
    const bytes = await this.#file.read(this.#tensorsStart + start, byteLength);
    return { dtype, shape, data: viewAs(dtype, bytes) };
  }

  /**
   * Rows `[from, to)` along the first dimension, so that a file larger than memory can be walked through.
   * @throws `INVALID_ARGUMENT` (no such rows), `FILE_INVALID`, `IO`.
   */
  async readRows(name: string, from: number, to: number): Promise<Tensor> {
    const { dtype, shape, start, byteLength } = this.facts(name);
    const rows = shape[0] ?? 0;
    if (!Number.isSafeInteger(from) || !Number.isSafeInteger(to) || from < 0 || to < from || to > rows) {
      throw invalidArgument(`rows within 0 to ${rows}`, `rows of tensor ${name}`, [from, to]);
    }
    const rowBytes = rows === 0 ? 0 : byteLength / rows;
    const bytes = await this.#file.read(this.#tensorsStart + start + from * rowBytes, (to - from) * rowBytes);
    return { dtype, shape: [to - from, ...shape.slice(1)], data: viewAs(dtype, bytes) };
  }

  /** One tensor's values as F32. @throws `FILE_INVALID`, `IO`. */
  async readFloat32(name: string): Promise<Float32Array> {
    return asFloat32(await this.read(name));
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

async function readHeader(file: OpenFile): Promise<{ header: SafetensorsHeader; end: number }> {
  if (file.size < LENGTH_BYTES) {
    throw invalidFile(file.path, "a safetensors file of at least 8 bytes", `${file.size} bytes`);
  }
  const first = await file.read(0, LENGTH_BYTES);
  const length = new DataView(first.buffer).getBigUint64(0, true);
  if (length > BigInt(MAX_HEADER)) {
    throw invalidFile(file.path, `a safetensors header of at most ${MAX_HEADER} bytes`, `${length} bytes`);
  }
  const end = LENGTH_BYTES + Number(length);
  if (end > file.size) {
    throw invalidFile(
      file.path,
      `a safetensors header of ${length} bytes`,
      `${file.size - LENGTH_BYTES} bytes after its length`,
    );
  }
  const bytes = await file.read(LENGTH_BYTES, Number(length));
  return { header: parseSafetensorsHeader(bytes, file.size - end, file.path), end };
}

/**
 * Writes a safetensors file, whole or not at all.
 * @throws `INVALID_ARGUMENT` (values do not fit dtype and shape), `FILE_NOT_FOUND` (no such folder), `IO`, `ABORTED`.
 */
export async function writeSafetensors(
  path: string,
  content: {
    readonly tensors: Readonly<Record<string, Tensor>>;
    readonly metadata?: Readonly<Record<string, string>>;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<void> {
  const chunks = encodeSafetensors(content.tensors, content.metadata);
  await writeFileAtomically(path, chunks, { signal: content.signal });
}
