// Damaged copies of a GGUF file: its header and metadata changed in ways that happen, and in ways that don't.
import { mutated } from "../utils/scratch.js";

/** Places within the file that a structured change can be made at. */
interface Layout {
  /** Offset of the first tensor's data. */
  readonly end: number;
  readonly integers: readonly { readonly at: number; readonly size: number }[];
  readonly strings: readonly { readonly at: number; readonly length: number }[];
}

const SIZES = [1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8] as const;
const STRING = 8;
const ARRAY = 9;

function layoutOf(file: Buffer): Layout {
  const integers: { at: number; size: number }[] = [];
  const strings: { at: number; length: number }[] = [];
  let at = 24;
  const number = (size: number): number => {
    integers.push({ at, size });
    const value = size === 8 ? Number(file.readBigUInt64LE(at)) : file.readUIntLE(at, size);
    at += size;
    return value;
  };
  const text = (): void => {
    const length = number(8);
    strings.push({ at, length });
    at += length;
  };
  const value = (type: number): void => {
    if (type === STRING) text();
    else if (type === ARRAY) {
      const elements = number(4);
      for (let left = number(8); left > 0; left--) value(elements);
    } else number(SIZES[type]!);
  };
  const [tensors, pairs] = [Number(file.readBigUInt64LE(8)), Number(file.readBigUInt64LE(16))];
  for (let n = 0; n < pairs; n++) {
    text();
    value(number(4));
  }
  for (let n = 0; n < tensors; n++) {
    text();
    for (let left = number(4); left > 0; left--) number(8);
    number(4);
    number(8);
  }
  return { end: at, integers, strings };
}

const EXTREMES = [
  0n,
  1n,
  2n,
  127n,
  255n,
  4096n,
  65_535n,
  2n ** 31n - 1n,
  2n ** 32n - 1n,
  2n ** 63n,
  2n ** 64n - 1n,
];

/** Makes damaged copies of a file, the same for the same random numbers. */
export function damager(file: Buffer): (random: () => number) => Uint8Array {
  const { end, integers, strings } = layoutOf(file);
  return (random) => {
    const int = (below: number): number => Math.floor(random() * below);
    const pick = <T>(from: readonly T[]): T => from[int(from.length)]!;
    const kind = int(10);
    if (kind < 5) {
      // Any bytes of the header, flipped, cut out, repeated.
      return Buffer.concat([mutated(file.subarray(0, end), random), file.subarray(end)]);
    }
    const copy = Buffer.from(file);
    if (kind < 9) {
      // Numbers: mostly those before the vocabulary, which is nearly all of the header.
      for (let n = 1 + int(2); n > 0; n--) {
        const { at, size } =
          integers[int(random() < 0.7 ? Math.min(200, integers.length) : integers.length)]!;
        const bytes = Buffer.alloc(8);
        bytes.writeBigUInt64LE(random() < 0.5 ? pick(EXTREMES) : BigInt(int(256)));
        bytes.copy(copy, at, 0, size);
      }
      return copy;
    }
    // A text becomes another one of the same length.
    const from = pick(strings);
    const same = strings.filter(({ length }) => length === from.length);
    file.copy(copy, pick(same).at, from.at, from.at + from.length);
    return copy;
  };
}
