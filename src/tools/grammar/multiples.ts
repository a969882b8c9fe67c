// Integers that are multiples: few are listed, many end in digits that say so.
import type { Bounds } from "./numbers.js";

/** Most multiples that are listed. */
const MAX_LISTED = 256;

/** The multiples of an integer within the bounds, where a grammar can say them exactly. */
export function multipleGrammar(multiple: number, bounds: Bounds): string | undefined {
  const values = listed(multiple, bounds);
  if (values !== undefined) return values.map((value) => `"${value}"`).join(" | ");
  return endings(multiple, bounds);
}

/** All multiples of an integer within the bounds, if they are few. */
export function listed(
  multiple: number,
  { min, max, minExcluded, maxExcluded }: Bounds,
): number[] | undefined {
  const low = Math.ceil(min / multiple);
  const high = Math.floor(max / multiple);
  if (!(high - low < MAX_LISTED)) return undefined;
  return Array.from(
    { length: Math.max(0, high - low + 1) },
    (_, index) => (low + index) * multiple + 0,
  ).filter(
    (value) => (minExcluded ? value > min : value >= min) && (maxExcluded ? value < max : value <= max),
  );
}

/** Multiples of 1, 2 or 5 times a power of ten, of any size or from 0 on. */
function endings(multiple: number, { min, max, minExcluded }: Bounds): string | undefined {
  const zeros = /0*$/.exec(String(multiple))![0].length;
  const digit = multiple / 10 ** zeros;
  const fromZero = min >= 0 && min <= multiple && !(min === multiple && minExcluded);
  if (![1, 2, 5].includes(digit) || zeros > 6 || max !== Infinity || !(fromZero || min === -Infinity)) {
    return undefined;
  }
  const more = 14 - zeros;
  const tail = (count: number): string => (count === 0 ? "" : ` "${"0".repeat(count)}"`);
  const positive =
    digit === 1
      ? `[1-9] [0-9]{0,${more}}${tail(zeros)}`
      : `(([1-9] [0-9]{0,${more}})? ${digit === 2 ? "[2468]" : '"5"'}${tail(zeros)} | ` +
        `[1-9] [0-9]{0,${more}}${tail(zeros + 1)})`;
  const zero = min > 0 || (min === 0 && minExcluded) ? "" : '"0" | ';
  return `${zero}${min === -Infinity ? '"-"? ' : ""}${positive}`;
}
