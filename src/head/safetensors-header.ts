// The header of a safetensors file comes from strangers: everything in it is checked before a byte of a tensor is read.
// Format: https://github.com/huggingface/safetensors, section "Format".
import { invalidArgument } from "../errors.js";
import { findDuplicateKey } from "../utils/duplicate-keys.js";
import { invalidFile, shown } from "../utils/file-error.js";
import { DTYPES, dtypeBytes, elementCount, holds, isDType, type DType, type Tensor } from "./dtypes.js";

/** The reference implementation's limit too. */
export const MAX_HEADER = 100_000_000;
/** Bytes before the header: its length, a little-endian 64-bit integer. */
export const LENGTH_BYTES = 8;

export interface TensorFacts {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** Offset of the first byte after the header. */
  readonly start: number;
  readonly byteLength: number;
}

export interface SafetensorsHeader {
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: ReadonlyMap<string, TensorFacts>;
}

/**
 * @param bytes the JSON header
 * @param tensorBytes bytes of the file after the header; the tensors must fill them without gap or overlap
 * @param path the file's name, for messages
 * @throws `FILE_INVALID`
 */
export function parseSafetensorsHeader(
  bytes: Uint8Array,
  tensorBytes: number,
  path: string,
): SafetensorsHeader {
  const header = parseJson(bytes, path);
  const tensors = new Map<string, TensorFacts>();
  let metadata: Readonly<Record<string, string>> = {};
  for (const [name, value] of Object.entries(header)) {
    if (name === "__metadata__") metadata = parseMetadata(value, path);
    else tensors.set(name, parseTensor(name, value, path));
  }
  assertFilled([...tensors.values()], tensorBytes, path);
  return { metadata, tensors };
}

function parseJson(bytes: Uint8Array, path: string): object {
  let text: string;
  let header: unknown;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    header = JSON.parse(text);
  } catch (cause) {
    throw invalidFile(path, "a safetensors header in JSON", "bytes that are not JSON", { cause });
  }
  if (!isRecord(header)) throw invalidFile(path, "a JSON object as safetensors header", shown(header));
  const duplicate = findDuplicateKey(text);
  if (duplicate !== null) {
    throw invalidFile(path, "different keys in the safetensors header", `${shown(duplicate)} twice`);
  }
  return header;
}

function parseMetadata(value: unknown, path: string): Readonly<Record<string, string>> {
  if (!isRecord(value)) throw invalidFile(path, "an object as __metadata__", shown(value));
  // Without a prototype, so that a key such as "constructor" is absent unless the file has it.
  const metadata = Object.create(null) as Record<string, string>;
  for (const [key, text] of Object.entries(value)) {
    if (typeof text !== "string") {
      throw invalidFile(path, `a string for the metadata key ${shown(key)}`, shown(text));
    }
    metadata[key] = text;
  }
  return metadata;
}

function parseTensor(name: string, value: unknown, path: string): TensorFacts {
  const tensor = `tensor ${shown(name)}`;
  if (!isRecord(value)) throw invalidFile(path, `an object for ${tensor}`, shown(value));
  const { dtype, shape, data_offsets: offsets } = value as Record<string, unknown>;
  if (!isDType(dtype)) {
    throw invalidFile(path, `one of ${DTYPES.join(", ")} as dtype of ${tensor}`, shown(dtype));
  }
  if (!isCounts(shape)) throw invalidFile(path, `an array of lengths as shape of ${tensor}`, shown(shape));
  if (!isCounts(offsets) || offsets.length !== 2 || offsets[0]! > offsets[1]!) {
    throw invalidFile(path, `[start, end] as data_offsets of ${tensor}`, shown(offsets));
  }
  const count = elementCount(shape);
  const start = offsets[0]!;
  const byteLength = offsets[1]! - start;
  if (count === null || count * dtypeBytes(dtype) !== byteLength) {
    const size = count === null ? "more bytes than can be counted" : `${count * dtypeBytes(dtype)} bytes`;
    throw invalidFile(path, `${size} for ${tensor} of ${dtype} ${shown(shape)}`, `${byteLength} bytes`);
  }
  return { name, dtype, shape, start, byteLength };
}

function assertFilled(tensors: readonly TensorFacts[], tensorBytes: number, path: string): void {
  let end = 0;
  for (const tensor of tensors.toSorted((a, b) => a.start - b.start || a.byteLength - b.byteLength)) {
    if (tensor.start !== end) {
      const found = `${tensor.start < end ? "an overlap" : "a gap"}: it starts at ${tensor.start}`;
      throw invalidFile(path, `tensor ${shown(tensor.name)} to start at byte ${end}`, found);
    }
    end += tensor.byteLength;
  }
  if (end !== tensorBytes) {
    throw invalidFile(path, `${end} bytes of tensors`, `${tensorBytes} bytes after the header`, {
      hint: "The file is truncated or damaged; get it again.",
    });
  }
}

/**
 * Header and tensors as they lie in a file. Wide types come first, so that every tensor is aligned.
 * @throws `INVALID_ARGUMENT` for a tensor whose values do not fit its dtype and shape
 */
export function encodeSafetensors(
  tensors: Readonly<Record<string, Tensor>>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array[] {
  const inOrder = Object.entries(tensors).toSorted(
    ([nameA, a], [nameB, b]) => dtypeBytes(b.dtype) - dtypeBytes(a.dtype) || (nameA < nameB ? -1 : 1),
  );
  const header: [string, unknown][] = Object.keys(metadata).length > 0 ? [["__metadata__", metadata]] : [];
  let offset = 0;
  for (const [name, tensor] of inOrder) {
    assertWritable(name, tensor);
    const { dtype, shape, data } = tensor;
    header.push([name, { dtype, shape, data_offsets: [offset, offset + data.byteLength] }]);
    offset += data.byteLength;
  }
  // Object.fromEntries defines own properties, so even a tensor named "__proto__" is written.
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  const padded = Math.ceil(json.byteLength / 8) * 8;
  if (padded > MAX_HEADER) {
    throw invalidArgument(`names and metadata of at most ${MAX_HEADER} bytes`, "metadata", padded);
  }
  const head = new Uint8Array(LENGTH_BYTES + padded).fill(0x20);
  new DataView(head.buffer).setBigUint64(0, BigInt(padded), true);
  head.set(json, LENGTH_BYTES);
  return [
    head,
    ...inOrder.map(([, { data }]) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength)),
  ];
}

function assertWritable(name: string, { dtype, shape, data }: Tensor): void {
  if (name === "__metadata__") throw invalidArgument("another name", "a tensor", name);
  if (!isDType(dtype)) throw invalidArgument(`one of ${DTYPES.join(", ")}`, `dtype of ${name}`, dtype);
  if (!holds(dtype, data)) throw invalidArgument(`an array of ${dtype}`, `data of tensor ${name}`, data);
  if (elementCount(shape) !== data.length) {
    throw invalidArgument(`a shape of ${data.length} values`, `shape of tensor ${name}`, shape);
  }
}

function isRecord(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isCounts(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0);
}
