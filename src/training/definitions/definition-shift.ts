/** What a state is of: the shift reads the first two. */
export const STATE_KINDS = { request: 0, definition: 1, other: 2 } as const;

/**
 * Moves the states of definitions so that their mean is that of requests. Definitions are written otherwise than
 * requests, and where the two differ in general a request would look more like "no tool" than like any definition:
 * Qwen2.5-Coder-0.5B, 199 tools of MetaTool, definitions alone: 88 % of 500 requests went to "no tool" without, 4 %
 * with it; the right tool's rank does not change.
 *
 * @param states (N, d)
 * @param kinds (N), of {@link STATE_KINDS}
 * @returns (N, d), the same states where there is no definition or nothing else
 */
export function shiftDefinitions(states: Float32Array, dimension: number, kinds: Uint8Array): Float32Array {
  const requests = groupMean(states, dimension, kinds, STATE_KINDS.request);
  const definitions = groupMean(states, dimension, kinds, STATE_KINDS.definition);
  if (requests === undefined || definitions === undefined) return states;
  const shifted = states.slice();
  kinds.forEach((kind, i) => {
    if (kind !== STATE_KINDS.definition) return;
    for (let j = 0; j < dimension; j++) shifted[i * dimension + j]! += requests[j]! - definitions[j]!;
  });
  return shifted;
}

function groupMean(
  states: Float32Array,
  dimension: number,
  kinds: Uint8Array,
  kind: number,
): Float64Array | undefined {
  const mean = new Float64Array(dimension);
  let count = 0;
  kinds.forEach((own, i) => {
    if (own !== kind) return;
    count++;
    for (let j = 0; j < dimension; j++) mean[j]! += states[i * dimension + j]!;
  });
  return count === 0 ? undefined : mean.map((sum) => sum / count);
}
