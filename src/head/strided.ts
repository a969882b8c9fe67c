// PyTorch saves a tensor as a view of a storage, transposed or sliced ones included.
import { allocate, type DType, type TensorArray } from "./dtypes.js";

/** The highest index that the view reads; -1 when it has no element. Lengths and strides are counts. */
export function furthestElement(
  offset: number,
  shape: readonly number[],
  strides: readonly number[],
): number {
  if (shape.includes(0)) return -1;
  return shape.reduce((index, length, axis) => index + (length - 1) * strides[axis]!, offset);
}

/** The view's elements in row-major order, in memory of their own. */
export function copyStrided(
  dtype: DType,
  source: TensorArray,
  offset: number,
  shape: readonly number[],
  strides: readonly number[],
): TensorArray {
  const count = shape.reduce((product, length) => product * length, 1);
  if (isContiguous(shape, strides)) return source.slice(offset, offset + count);
  const target = allocate(dtype, count);
  const index = new Array<number>(shape.length).fill(0);
  let from = offset;
  for (let to = 0; to < count; to++) {
    target[to] = source[from]!;
    // Like an odometer: the last axis turns first.
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis]!++;
      from += strides[axis]!;
      if (index[axis]! < shape[axis]!) break;
      from -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return target;
}

function isContiguous(shape: readonly number[], strides: readonly number[]): boolean {
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && strides[axis] !== expected) return false;
    expected *= shape[axis]!;
  }
  return true;
}
