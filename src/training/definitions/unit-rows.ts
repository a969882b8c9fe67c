import { type BiasedRows, unwhitenRows, whiten, type Whitening, whiteningOf } from "../whiten.js";

/**
 * Whitened states scaled to one length, so that no text weighs more than another. The length is the mean of their
 * lengths: rows over scaled states rank the outcomes of an unscaled state in the same order, because scaling a state
 * scales all its logits alike (the bias is a component of the state). Rows fold back into rows over hidden states
 * without a trace, apart from the sharpness of the probabilities, which calibration sets.
 */
export interface UnitSpace {
  readonly whitening: Whitening;
  /** Common length of the scaled states. */
  readonly length: number;
}

export interface UnitRows {
  readonly space: UnitSpace;
  /** N */
  readonly count: number;
  /** d + 1 */
  readonly dimension: number;
  /** (N, d + 1), each of the same length */
  readonly h: Float32Array;
  /** (N): what each whitened state was multiplied by */
  readonly scales: Float64Array;
}

/**
 * @param states (N, d); all of them determine mean and covariance, labelled or not
 * @param shrinkage in (0, 1], see {@link whiteningOf}
 * @throws `ABORTED`
 */
export async function unitRows(
  states: Float32Array,
  dimension: number,
  shrinkage: number,
  signal?: AbortSignal,
): Promise<UnitRows> {
  const rows = { count: states.length / dimension, dimension, h: states };
  const whitening = await whiteningOf(rows, new Uint8Array(rows.count).fill(1), shrinkage, signal);
  const white = await whiten(rows, whitening, signal);
  const lengths = lengthsOf(white.h, white.dimension);
  const length = lengths.reduce((sum, one) => sum + one, 0) / (lengths.length || 1);
  const scales = scaleRows(white.h, white.dimension, lengths, length);
  return { space: { whitening, length }, ...white, scales };
}

/** States in the space of others. @throws `ABORTED` */
export async function intoSpace(
  states: Float32Array,
  space: UnitSpace,
  signal?: AbortSignal,
): Promise<UnitRows> {
  const { dimension } = space.whitening;
  const rows = { count: states.length / dimension, dimension, h: states };
  const white = await whiten(rows, space.whitening, signal);
  const scales = scaleRows(white.h, white.dimension, lengthsOf(white.h, white.dimension), space.length);
  return { space, ...white, scales };
}

/** Rows (K, d + 1) over scaled states as rows over hidden states. */
export function foldBack(weights: Float32Array, { whitening }: UnitSpace): BiasedRows {
  return unwhitenRows(weights, whitening);
}

function lengthsOf(h: Float32Array, d: number): Float64Array {
  return Float64Array.from({ length: h.length / d }, (_, i) => {
    let sum = 0;
    for (let j = 0; j < d; j++) sum += h[i * d + j]! ** 2;
    return Math.sqrt(sum);
  });
}

function scaleRows(h: Float32Array, d: number, lengths: Float64Array, length: number): Float64Array {
  const scales = lengths.map((own) => (own === 0 ? 1 : length / own));
  scales.forEach((scale, i) => {
    for (let j = 0; j < d; j++) h[i * d + j]! *= scale;
  });
  return scales;
}
