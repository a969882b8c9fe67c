// JSON Schema bounds numbers by value; a grammar sees only digits.

/** Digits of an integer without bounds, so that it stays safe and a model does not run on. */
const MAX_DIGITS = 15;

/** Most digits of a fraction. */
const MAX_DECIMALS = 15;

/** Bounds of JSON Schema; an infinity is none. */
export interface Bounds {
  readonly min: number;
  readonly max: number;
  readonly minExcluded: boolean;
  readonly maxExcluded: boolean;
}

/** The integers within the bounds, or `undefined` where there is none. */
export function integerGrammar(bounds: Bounds): string | undefined {
  if (bounds.min === Infinity || bounds.max === -Infinity) return undefined;
  const low = Math.ceil(bounds.min);
  const high = Math.floor(bounds.max);
  const min = low + (bounds.minExcluded && low === bounds.min ? 1 : 0);
  const max = high - (bounds.maxExcluded && high === bounds.max ? 1 : 0);
  return oneOf([signed(digits(Math.max(min, 0), max), ""), signed(digits(Math.max(-max, 1), -min), '"-"')]);
}

/**
 * The numbers within the bounds (rounded outwards to whole ones), or `undefined` where there is none.
 * @param decimals most digits of a fraction; where given, there is no exponent
 */
export function numberGrammar(bounds: Bounds, decimals?: number): string | undefined {
  const { min, max, minExcluded, maxExcluded } = bounds;
  const most = decimals ?? MAX_DECIMALS;
  if (min === -Infinity && max === Infinity) {
    const exponent = decimals === undefined ? " ([eE] [+\\-]? [0-9]{1,2})?" : "";
    return `"-"? ("0" | [1-9] [0-9]{0,14}) ("." [0-9]{1,${most}})?${exponent}`;
  }
  const mirrored = { min: -max, max: -min, minExcluded: maxExcluded, maxExcluded: minExcluded };
  return oneOf([
    signed(magnitudes(bounds, most), ""),
    min < 0 ? signed(magnitudes(mirrored, most), '"-"') : undefined,
  ]);
}

/** Numbers of 0 or more within the bounds. */
function magnitudes({ min, max, minExcluded, maxExcluded }: Bounds, decimals: number): string | undefined {
  if (max < 0 || min > max || min === Infinity) return undefined;
  const zeros = `("." "0"{1,${decimals}})?`;
  // Whole bounds are exact; others are widened to the whole numbers around them.
  const low = min < 0 ? 0 : Math.floor(min);
  const high = Math.ceil(max);
  const lowOpen = min >= 0 && low === min && minExcluded;
  const highOpen = high === max && maxExcluded;
  if (low === high) return lowOpen || highOpen ? undefined : `${digits(low, high)!} ${zeros}`;
  const parts: (string | undefined)[] = [];
  if (lowOpen) {
    parts.push(`${digits(low, low)!} "." "0"{0,${decimals - 1}} [1-9] [0-9]{0,${decimals - 1}}`);
  }
  parts.push(withTail(digits(lowOpen ? low + 1 : low, high - 1), `("." [0-9]{1,${decimals}})?`));
  if (!highOpen && high !== Infinity) parts.push(withTail(digits(high, high), zeros));
  return oneOf(parts);
}

/** Integers of 0 or more from `min` to `max`, in digits without leading zeros. */
function digits(min: number, max: number): string | undefined {
  if (max < min) return undefined;
  const longest = 10 ** Math.max(MAX_DIGITS, String(BigInt(min)).length) - 1;
  const last = String(BigInt(Math.min(max, longest)));
  if (min <= 1 && /^9+$/.test(last)) {
    const positive = `[1-9]${last.length === 1 ? "" : ` [0-9]{0,${last.length - 1}}`}`;
    return min === 1 ? positive : `("0" | ${positive})`;
  }
  const parts: string[] = [];
  let first = String(BigInt(min));
  while (first.length < last.length) {
    parts.push(sameLength(first, "9".repeat(first.length)));
    first = `1${"0".repeat(first.length)}`;
  }
  parts.push(sameLength(first, last));
  return oneOf(parts);
}

/** Digit strings of one length from `first` to `last`. */
function sameLength(first: string, last: string): string {
  if (first === last) return `"${first}"`;
  if (/^0*$/.test(first) && /^9*$/.test(last)) return first.length === 1 ? "[0-9]" : `[0-9]{${first.length}}`;
  const [low, high] = [first.charAt(0), last.charAt(0)];
  const rest = first.length - 1;
  if (rest === 0) return `[${low}-${high}]`;
  if (low === high) return `"${low}" ${sameLength(first.slice(1), last.slice(1))}`;
  const lowFull = /^0*$/.test(first.slice(1));
  const highFull = /^9*$/.test(last.slice(1));
  const [from, to] = [Number(low) + (lowFull ? 0 : 1), Number(high) - (highFull ? 0 : 1)];
  const parts: string[] = [];
  if (!lowFull) parts.push(`"${low}" ${sameLength(first.slice(1), "9".repeat(rest))}`);
  if (from <= to) parts.push(`${from === to ? `"${from}"` : `[${from}-${to}]`} [0-9]{${rest}}`);
  if (!highFull) parts.push(`"${high}" ${sameLength("0".repeat(rest), last.slice(1))}`);
  return oneOf(parts)!;
}

function signed(body: string | undefined, sign: string): string | undefined {
  return body === undefined ? undefined : `${sign} ${body}`.trim();
}

function withTail(body: string | undefined, tail: string): string | undefined {
  return body === undefined ? undefined : `${body} ${tail}`;
}

function oneOf(bodies: readonly (string | undefined)[]): string | undefined {
  const possible = bodies.filter((body) => body !== undefined);
  if (possible.length === 0) return undefined;
  return possible.length === 1 ? possible[0] : `(${possible.join(" | ")})`;
}
