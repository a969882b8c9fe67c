// PyTorch checkpoints put together byte by byte, sound or hostile, so that no PyTorch is needed to test the reader.
import { crc32 } from "node:zlib";

export type Part = Uint8Array | readonly number[] | string;

export function concat(...parts: readonly Part[]): Uint8Array {
  return Uint8Array.from(
    parts.flatMap((part) => (typeof part === "string" ? [...new TextEncoder().encode(part)] : [...part])),
  );
}

const u16 = (value: number) => [value & 0xff, (value >>> 8) & 0xff];
const u32 = (value: number) => [...u16(value & 0xffff), ...u16(value >>> 16)];
const u64 = (value: number) => [...u32(value % 2 ** 32), ...u32(Math.floor(value / 2 ** 32))];

/** Pickle instructions, each as its bytes. */
export const op = {
  proto: [0x80, 2],
  stop: [0x2e],
  mark: [0x28],
  dict: [0x7d],
  list: [0x5d],
  emptyTuple: [0x29],
  tuple: [0x74],
  tuple1: [0x85],
  tuple2: [0x86],
  append: [0x61],
  setItem: [0x73],
  setItems: [0x75],
  reduce: [0x52],
  build: [0x62],
  persistent: [0x51],
  none: [0x4e],
  false: [0x89],
  stackGlobal: [0x93],
  int: (value: number) => [0x4a, ...u32(value)],
  long: (bytes: readonly number[]) => [0x8a, bytes.length, ...bytes],
  float: (value: number) => {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setFloat64(0, value, false);
    return [0x47, ...bytes];
  },
  text: (text: string) => {
    const bytes = new TextEncoder().encode(text);
    return [0x58, ...u32(bytes.length), ...bytes];
  },
  global: (module: string, name: string) => concat([0x63], `${module}\n${name}\n`),
  inst: (module: string, name: string) => concat([0x69], `${module}\n${name}\n`),
  put: (index: number) => [0x71, index],
  get: (index: number) => [0x68, index],
  ints: (values: readonly number[]) => [0x28, ...values.flatMap((value) => op.int(value)), 0x74],
};

export interface TensorParts {
  readonly type?: string;
  readonly key?: string;
  /** elements of the storage */
  readonly length: number;
  readonly offset?: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}

/** The instructions that `torch.save` writes for a tensor. */
export function tensorPickle({
  type = "FloatStorage",
  key = "0",
  length,
  offset = 0,
  shape,
  strides,
}: TensorParts) {
  return concat(
    op.global("torch._utils", "_rebuild_tensor_v2"),
    op.mark,
    op.mark,
    op.text("storage"),
    op.global("torch", type),
    op.text(key),
    op.text("cuda:0"),
    op.int(length),
    op.tuple,
    op.persistent,
    op.int(offset),
    op.ints(shape),
    op.ints(strides),
    op.false,
    op.global("collections", "OrderedDict"),
    op.emptyTuple,
    op.reduce,
    op.tuple,
    op.reduce,
  );
}

/** An OrderedDict with the `_metadata` attribute that a state_dict carries. */
export function stateDict(items: Readonly<Record<string, Uint8Array>>): Uint8Array {
  return concat(
    op.global("collections", "OrderedDict"),
    op.emptyTuple,
    op.reduce,
    ...Object.entries(items).flatMap(([name, value]) => [op.text(name), value, op.setItem]),
    op.dict,
    op.text("_metadata"),
    op.dict,
    op.setItem,
    op.build,
  );
}

export interface ZipLies {
  /** Added to the sizes that the directory gives for the last entry. */
  readonly size?: number;
  readonly method?: number;
  readonly flags?: number;
  readonly crc?: number;
  readonly headerOffset?: number;
  readonly entries?: number;
  readonly directoryOffset?: number;
  /** Sizes and offsets in zip64 records, as PyTorch writes them for large files. */
  readonly zip64?: boolean;
  readonly comment?: string;
}

/** A zip archive of stored entries; lies concern the last entry. */
export function zip(entries: readonly (readonly [string, Uint8Array])[], lies: ZipLies = {}): Uint8Array {
  const wide = lies.zip64 === true;
  const locals: Uint8Array[] = [];
  const centrals: Uint8Array[] = [];
  let offset = 0;
  for (const [i, [name, content]] of entries.entries()) {
    const lie: ZipLies = i === entries.length - 1 ? lies : {};
    // PyTorch pads with an extra field, so that each storage starts at a multiple of 64 bytes.
    const padding = (64 - ((offset + 30 + name.length + 4 + content.length) % 64)) % 64;
    const extra = concat("FB", u16(padding), new Uint8Array(padding));
    const method = u16(lie.method ?? 0);
    const crc = u32(lie.crc ?? crc32(content));
    const size = content.length + (lie.size ?? 0);
    const flags = u16(lie.flags ?? 0x808);
    const local = concat(
      u32(0x04034b50),
      u16(0),
      flags,
      method,
      u32(0),
      crc,
      u32(content.length),
      u32(content.length),
      u16(name.length),
      u16(extra.length),
      name,
      extra,
      content,
    );
    const headerOffset = offset + (lie.headerOffset ?? 0);
    const unknown = u32(0xffffffff);
    const wideExtra = wide ? concat(u16(1), u16(24), u64(size), u64(size), u64(headerOffset)) : [];
    centrals.push(
      concat(
        u32(0x02014b50),
        u16(0),
        u16(0),
        flags,
        method,
        u32(0),
        crc,
        wide ? unknown : u32(size),
        wide ? unknown : u32(size),
        u16(name.length),
        u16(wideExtra.length),
        u16(0),
        u16(0),
        u16(0),
        u32(0),
        wide ? unknown : u32(headerOffset),
        name,
        wideExtra,
      ),
    );
    locals.push(local);
    offset += local.length;
  }
  const directory = concat(...centrals);
  const count = lies.entries ?? entries.length;
  const start = lies.directoryOffset ?? offset;
  const wideEnd = wide
    ? concat(
        u32(0x06064b50),
        u64(44),
        u16(0),
        u16(0),
        u32(0),
        u32(0),
        u64(count),
        u64(count),
        u64(directory.length),
        u64(start),
        u32(0x07064b50),
        u32(0),
        u64(offset + directory.length),
        u32(1),
      )
    : [];
  const comment = lies.comment ?? "";
  return concat(
    ...locals,
    directory,
    wideEnd,
    u32(0x06054b50),
    u16(0),
    u16(0),
    u16(wide ? 0xffff : count),
    u16(wide ? 0xffff : count),
    u32(wide ? 0xffffffff : directory.length),
    u32(wide ? 0xffffffff : start),
    u16(comment.length),
    comment,
  );
}

export function bytesOf(...values: readonly number[]): Uint8Array {
  return new Uint8Array(Float32Array.from(values).buffer);
}

/** A checkpoint of this pickle (without PROTO and STOP) and these storages. */
export function checkpoint(
  pickle: Part,
  storages: Readonly<Record<string, Uint8Array>> = {},
  lies: ZipLies = {},
): Uint8Array {
  return zip(
    [
      ["head_best/data.pkl", concat(op.proto, pickle, op.stop)],
      ["head_best/byteorder", concat("little")],
      ...Object.entries(storages).map(([key, bytes]) => [`head_best/data/${key}`, bytes] as const),
      ["head_best/version", concat("3\n")],
    ],
    lies,
  );
}

/** A small head: 2 tools, d = 3, weights 1 to 6. */
export const weight = { length: 6, shape: [2, 3], strides: [3, 1] };
export const storages = { "0": bytesOf(1, 2, 3, 4, 5, 6) };
export const sound = () => checkpoint(stateDict({ weight: tensorPickle(weight) }), storages);
