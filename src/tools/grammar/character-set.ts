// Sets of code points, and how a string of JSON writes them.
import { type Gbnf, classCharacter } from "./gbnf.js";

/** Ascending ranges of code points, both ends included, none touching the next. */
export type CharacterSet = readonly (readonly [number, number])[];

const LAST = 0x10ffff;

/** Halves of surrogate pairs are no characters. */
const SURROGATES: CharacterSet = [[0xd800, 0xdfff]];

export function union(...sets: readonly CharacterSet[]): CharacterSet {
  const ranges = sets.flat().sort(([a], [b]) => a - b);
  const joined: [number, number][] = [];
  for (const [low, high] of ranges) {
    const last = joined.at(-1);
    if (last !== undefined && low <= last[1] + 1) last[1] = Math.max(last[1], high);
    else joined.push([low, high]);
  }
  return joined;
}

export function complement(set: CharacterSet): CharacterSet {
  const left: [number, number][] = [];
  let from = 0;
  for (const [low, high] of union(set)) {
    if (low > from) left.push([from, low - 1]);
    from = high + 1;
  }
  if (from <= LAST) left.push([from, LAST]);
  return left;
}

export function without(set: CharacterSet, other: CharacterSet): CharacterSet {
  return complement(union(complement(set), other));
}

export const DIGITS: CharacterSet = [[0x30, 0x39]];
export const WORDS: CharacterSet = union(DIGITS, [[0x41, 0x5a]], [[0x5f, 0x5f]], [[0x61, 0x7a]]);
/** ECMAScript's white space and line terminators. */
export const SPACES: CharacterSet = union(
  [
    [0x09, 0x0d],
    [0x20, 0x20],
    [0xa0, 0xa0],
    [0x1680, 0x1680],
    [0x2000, 0x200a],
  ],
  [
    [0x2028, 0x2029],
    [0x202f, 0x202f],
    [0x205f, 0x205f],
    [0x3000, 0x3000],
    [0xfeff, 0xfeff],
  ],
);
/** What `.` leaves out. */
export const LINE_ENDS: CharacterSet = [
  [0x0a, 0x0a],
  [0x0d, 0x0d],
  [0x2028, 0x2029],
];

const ESCAPES: ReadonlyMap<number, string> = new Map([
  [0x22, '\\"'],
  [0x5c, "\\\\"],
  [0x08, "\\b"],
  [0x09, "\\t"],
  [0x0a, "\\n"],
  [0x0c, "\\f"],
  [0x0d, "\\r"],
]);

/** Characters that a string of JSON has only in an escape. */
const NOT_PLAIN: CharacterSet = union(
  [
    [0, 0x1f],
    [0x22, 0x22],
    [0x5c, 0x5c],
    [0x7f, 0x7f],
  ],
  SURROGATES,
);

/** A rule of one character of the set inside a string of JSON; undefined where nothing is left. */
export function characterRule(rules: Gbnf, set: CharacterSet): string | undefined {
  const plain = without(set, NOT_PLAIN);
  const ways = [...ESCAPES].filter(([point]) => has(set, point)).map(([, text]) => JSON.stringify(text));
  if (plain.length > 0) ways.unshift(`[${plain.map(rangeText).join("")}]`);
  if (ways.length === 0) return undefined;
  return ways.length === 1 && plain.length > 0 ? ways[0]! : rules.add("one-of", ways.join(" | "));
}

/** A class of one character that stands as itself in a string of JSON, and is none of `excluded`. */
export function plainClass(excluded: string): string {
  const points = Array.from(excluded, (character) => character.codePointAt(0)!);
  const set = complement(union(NOT_PLAIN, ...points.map((point): CharacterSet => [[point, point]])));
  return `[${set.map(rangeText).join("")}]`;
}

function has(set: CharacterSet, point: number): boolean {
  return set.some(([low, high]) => point >= low && point <= high);
}

function rangeText([low, high]: readonly [number, number]): string {
  return low === high ? classCharacter(low) : `${classCharacter(low)}-${classCharacter(high)}`;
}
