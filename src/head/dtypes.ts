// One table of element types serves safetensors files and PyTorch checkpoints.
import { float32FromBfloat16, float32FromFloat16 } from "./precision.js";

/** Element types by their safetensors names. F16 and BF16 keep their 16 bits in a Uint16Array; BOOL is a byte. */
const ARRAYS = {
  F64: Float64Array,
  F32: Float32Array,
  F16: Uint16Array,
  BF16: Uint16Array,
  I64: BigInt64Array,
  I32: Int32Array,
  I16: Int16Array,
  I8: Int8Array,
  U64: BigUint64Array,
  U32: Uint32Array,
  U16: Uint16Array,
  U8: Uint8Array,
  BOOL: Uint8Array,
} as const;

export type DType = keyof typeof ARRAYS;

export type TensorArray =
  | Float64Array
  | Float32Array
  | Uint16Array
  | BigInt64Array
  | Int32Array
  | Int16Array
  | Int8Array
  | BigUint64Array
  | Uint32Array
  | Uint8Array;

/** A tensor in row-major order. */
export interface Tensor {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: TensorArray;
}

export const DTYPES = Object.keys(ARRAYS) as readonly DType[];

export function isDType(value: unknown): value is DType {
  return typeof value === "string" && Object.hasOwn(ARRAYS, value);
}

/** Bytes per element. */
export function dtypeBytes(dtype: DType): number {
  return ARRAYS[dtype].BYTES_PER_ELEMENT;
}

/** A view of a whole little-endian buffer as elements; all platforms of the addon are little-endian. */
export function viewAs(dtype: DType, bytes: Uint8Array<ArrayBuffer>): TensorArray {
  return new ARRAYS[dtype](bytes.buffer, bytes.byteOffset, bytes.byteLength / dtypeBytes(dtype));
}

/** Zeros of the type. */
export function allocate(dtype: DType, length: number): TensorArray {
  return new ARRAYS[dtype](length);
}

/** Whether an array of this kind holds elements of this type. */
export function holds(dtype: DType, array: TensorArray): boolean {
  return array instanceof ARRAYS[dtype];
}

/** Number of elements; null when it is no exact integer or a dimension is no count. */
export function elementCount(shape: readonly number[]): number | null {
  let count = 1;
  for (const length of shape) {
    if (!Number.isSafeInteger(length) || length < 0) return null;
    count *= length;
    if (!Number.isSafeInteger(count)) return null;
  }
  return count;
}

/** The tensor's values as F32: exact for F16 and BF16, rounded for F64 and wide integers. F32 is not copied. */
export function asFloat32({ dtype, data }: Tensor): Float32Array {
  if (data instanceof Float32Array) return data;
  if (data instanceof Uint16Array && dtype === "F16") return float32FromFloat16(data);
  if (data instanceof Uint16Array && dtype === "BF16") return float32FromBfloat16(data);
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) return Float32Array.from(data, Number);
  return Float32Array.from(data);
}
