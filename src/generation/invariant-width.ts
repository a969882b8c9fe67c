// How many sequences may share a decode without changing how the products of each of them are rounded.
//
// Kernels differ by the number of rows of a product: of Q4_K, repacked, four rows at a time are computed otherwise
// than one. Which width takes which kernel is the backend's secret, so every width is tried.
import type { Context, Output } from "../model/context.js";

/**
 * The largest width up to `most` for which every row of it and of all smaller widths gives the bits that it gives
 * alone. Tries it on the sequences from `firstSequence` on, which are empty, carry no head, and are empty after.
 */
export async function invariantWidth(context: Context, firstSequence: number, most: number): Promise<number> {
  const alone: Float32Array[] = [];
  for (let width = 1; width <= most; width++) {
    const [output] = await decodeRows(context, firstSequence, [width - 1]);
    alone.push(output!.allLogits!);
    const rows = Array.from({ length: width }, (_, row) => row);
    const together = await decodeRows(context, firstSequence, rows);
    if (!together.every(({ allLogits }, row) => sameBits(allLogits!, alone[row]!))) return width - 1;
  }
  return most;
}

/** Row r: token r at the beginning of sequence `firstSequence + r`. */
async function decodeRows(
  context: Context,
  firstSequence: number,
  rows: readonly number[],
): Promise<Output[]> {
  const sequences = Int32Array.from(rows, (row) => firstSequence + row);
  const outputs = await context.decode(
    { tokens: Int32Array.from(rows), positions: new Int32Array(rows.length), sequences },
    rows.map((_, index) => ({ index, logits: true })),
  );
  for (const sequence of sequences) await context.rollBack(sequence, 0);
  return outputs;
}

function sameBits(a: Float32Array, b: Float32Array): boolean {
  const words = (values: Float32Array): Buffer =>
    Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  return words(a).equals(words(b));
}
