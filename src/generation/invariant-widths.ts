// How many sequences may share a decode without changing how the products of each of them are rounded.
//
// Kernels differ by the number of rows of a product: of Q4_K, repacked, four rows at a time are computed otherwise
// than one. Which width takes which kernel is the backend's secret, so a width is tried before it is first used.
import { ToolkenError } from "../errors.js";
import type { Context, Output } from "../model/context.js";

export class InvariantWidths {
  readonly #context: Context;
  readonly #firstSequence: number;
  /** Logits that the trial's tokens give alone. */
  readonly #alone: Float32Array[] = [];
  readonly #known = new Map<number, boolean>([[1, true]]);

  /** Sequences from `firstSequence` on belong to the trials and are empty between them. */
  constructor(context: Context, firstSequence: number) {
    this.#context = context;
    this.#firstSequence = firstSequence;
  }

  /** The largest width up to `most` at which every row gives the same bits as alone. */
  async widest(most: number): Promise<number> {
    for (let width = most; width > 1; width--) {
      const equal = this.#known.get(width) ?? (await this.#try(width));
      if (equal) return width;
    }
    return 1;
  }

  async #try(width: number): Promise<boolean> {
    try {
      while (this.#alone.length < width) {
        const [output] = await this.#decode([this.#alone.length]);
        this.#alone.push(output!.allLogits!);
      }
      const together = await this.#decode(Array.from({ length: width }, (_, row) => row));
      const equal = together.every(({ allLogits }, row) => sameBits(allLogits!, this.#alone[row]!));
      this.#known.set(width, equal);
      return equal;
    } catch (error) {
      // No room for the trial: then nothing is shared this time.
      if (error instanceof ToolkenError && error.code === "CONTEXT_FULL") return false;
      throw error;
    }
  }

  /** Row r: token r at the beginning of the trial's sequence r. */
  async #decode(rows: readonly number[]): Promise<Output[]> {
    const sequences = Int32Array.from(rows, (row) => this.#firstSequence + row);
    try {
      return await this.#context.decode(
        { tokens: Int32Array.from(rows), positions: new Int32Array(rows.length), sequences },
        rows.map((_, index) => ({ index, logits: true })),
      );
    } finally {
      for (const sequence of sequences) await this.#context.rollBack(sequence, 0);
    }
  }
}

function sameBits(a: Float32Array, b: Float32Array): boolean {
  const words = (values: Float32Array): Buffer =>
    Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  return words(a).equals(words(b));
}
