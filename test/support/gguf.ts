// Writes small GGUF files (version 3, https://github.com/ggml-org/ggml/blob/master/docs/gguf.md), so that tests need no download.

/** A value of the metadata; numbers say their type. */
export type GgufValue =
  | string
  | boolean
  | { readonly u32: number }
  | { readonly f32: number }
  | { readonly strings: readonly string[] }
  | { readonly f32s: readonly number[] }
  | { readonly i32s: readonly number[] };

/** F32 weights; `shape` as GGUF has it, the innermost dimension first. */
export interface GgufTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly weights: Float32Array;
}

const TYPE = { u32: 4, i32: 5, f32: 6, bool: 7, string: 8, array: 9 } as const;
const ALIGNMENT = 32;

export function ggufFile(
  metadata: Readonly<Record<string, GgufValue>>,
  tensors: readonly GgufTensor[],
): Buffer {
  const head = [Buffer.from("GGUF"), u32(3), u64(tensors.length), u64(Object.keys(metadata).length)];
  for (const [key, value] of Object.entries(metadata)) head.push(text(key), ...typed(value));
  let offset = 0;
  for (const { name, shape, weights } of tensors) {
    head.push(text(name), u32(shape.length), ...shape.map(u64), u32(0), u64(offset));
    offset += padded(weights.byteLength);
  }
  const parts = [pad(Buffer.concat(head))];
  for (const { weights } of tensors) {
    parts.push(pad(Buffer.from(weights.buffer, weights.byteOffset, weights.byteLength)));
  }
  return Buffer.concat(parts);
}

function typed(value: GgufValue): Buffer[] {
  if (typeof value === "string") return [u32(TYPE.string), text(value)];
  if (typeof value === "boolean") return [u32(TYPE.bool), Buffer.from([Number(value)])];
  if ("u32" in value) return [u32(TYPE.u32), u32(value.u32)];
  if ("f32" in value) return [u32(TYPE.f32), f32(value.f32)];
  const array = (type: number, items: readonly Buffer[]): Buffer[] => [
    u32(TYPE.array),
    u32(type),
    u64(items.length),
    ...items,
  ];
  if ("strings" in value) return array(TYPE.string, value.strings.map(text));
  if ("f32s" in value) return array(TYPE.f32, value.f32s.map(f32));
  return array(TYPE.i32, value.i32s.map(u32));
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value >>> 0);
  return bytes;
}

function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

function f32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return bytes;
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value, "utf8");
  return Buffer.concat([u64(bytes.length), bytes]);
}

function padded(length: number): number {
  return Math.ceil(length / ALIGNMENT) * ALIGNMENT;
}

function pad(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(padded(bytes.length) - bytes.length)]);
}
