// A number of a solution may be the result of few calculations: all of them are found by computing, before any
// model is asked.
import type { Decimal } from "decimal.js";
import { invalidArgument, ToolkenError } from "../../errors.js";
import { executeTool, mathTools, parsePositional, type Tool } from "../../tools/index.js";
import type { WrittenNumber } from "./numbers.js";

/** A calculation whose result is the number. */
export interface Candidate {
  readonly tool: string;
  /** As a call takes them: `76, 18`. */
  readonly args: string;
}

/** A number that a calculation may use; `15%` may be used as 0.15 and as 15. */
interface Operand {
  readonly written: string;
  /** The number in the text that it stands for. */
  readonly source: Decimal;
  /** `two` may be a factor, and is no member of a list of numbers. */
  readonly isWord: boolean;
  /** Near enough to leave out what can't be meant; what is left is computed exactly. */
  readonly value: number;
}

/** Operands of one calculation, each in its turn. */
type Operands = readonly Operand[];

/** Numbers that may be used: the last different ones, up to this number. */
const MAX_OPERANDS = 24;
/** Numbers of which any three may be put together. */
const MAX_IN_TRIPLES = 12;
/** Numbers in a row that may be put together (a list of prices, say). */
const MAX_ROW_LENGTH = 8;
const MAX_CANDIDATES = 32;

/**
 * Calculations with the numbers before it that give `number` by the project's rounding: roots and logarithms of one
 * number; every operator on two; sums, differences, products, divisors and multiples of three, and of more that
 * stand in a row. Nothing that leaves a number as it is (`7 + 0`, `7 * 1`). Fewer arguments come first, then later
 * ones.
 */
export async function candidatesFor(
  number: WrittenNumber,
  before: readonly WrittenNumber[],
  tools: readonly Tool[] = mathTools,
): Promise<Candidate[]> {
  const operands = operandsOf(before);
  const names = new Set(tools.map(({ name }) => name));
  const target = number.value;
  const found = new Map<string, Candidate>();
  for (const [tool, args] of combinations(operands)) {
    const compute = COMPUTE[tool]!;
    if (!names.has(tool) || !isNear(compute(args.map(({ value }) => value)), target)) continue;
    if (isOdd(tool, args)) continue;
    const candidate = { tool, args: args.map(({ written }) => written).join(", ") };
    const key = `${tool} ${canonicalArguments(candidate)}`;
    if (found.has(key) || !(await givesResult(candidate, target, tools))) continue;
    found.set(key, candidate);
    if (found.size === MAX_CANDIDATES) break;
  }
  return [...found.values()];
}

/** Tools whose calculations are looked for. @throws ToolkenError `INVALID_ARGUMENT` for one that is no operator. */
export function annotatorTools(tools: readonly Tool[]): readonly Tool[] {
  const other = tools.find(({ name }) => !Object.hasOwn(COMPUTE, name));
  if (other !== undefined)
    throw invalidArgument(`one of ${Object.keys(COMPUTE).join(", ")}`, "tools", other.name);
  if (tools.length === 0) throw invalidArgument("at least one operator", "tools", []);
  return tools;
}

/** `3 - 3%` takes one number of the text in two ways; `lcm(2, 248)` of "two buses" takes what is no quantity. */
function isOdd(tool: string, args: Operands): boolean {
  if ((tool === "gcd" || tool === "lcm") && args.some(({ isWord }) => isWord)) return true;
  return args.some((one, i) =>
    args.slice(i + 1).some((other) => one.source === other.source && one.value !== other.value),
  );
}

/** Whether a call's result is this number: the tool's own, rounded text has the same value. */
export async function givesResult(
  { tool, args }: Candidate,
  result: Decimal,
  tools: readonly Tool[] = mathTools,
): Promise<boolean> {
  const known = tools.find(({ name }) => name === tool);
  if (known === undefined) return false;
  try {
    const { text } = await executeTool(known, args);
    return result.equals(text);
  } catch (error) {
    if (error instanceof ToolkenError && error.code.startsWith("TOOL_")) return false;
    throw error;
  }
}

const COMMUTATIVE: ReadonlySet<string> = new Set(["add", "multiply", "gcd", "lcm"]);

/** The same for calls that compute the same of the same: `3, 4` and `4, 3` of a sum, `1,200` and `1200.0`. */
export function canonicalArguments({ tool, args }: Candidate): string {
  const known = mathTools.find(({ name }) => name === tool);
  if (known?.parameters.kind !== "positional") return args.trim();
  try {
    const numbers = parsePositional(args, known.parameters).map((number) => number.toString());
    return (COMMUTATIVE.has(tool) ? numbers.sort() : numbers).join(", ");
  } catch (error) {
    if (error instanceof ToolkenError) return args.trim();
    throw error;
  }
}

/** Different values, the last ones, in the order in which they were written last. */
function operandsOf(before: readonly WrittenNumber[]): Operand[] {
  const operands = new Map<number, Operand>();
  for (const { value: source, digits, isPercent, isWord } of before) {
    const use = (value: number, written: string): void => {
      operands.delete(value);
      operands.set(value, { written, value, source, isWord });
    };
    if (isPercent) use(source.toNumber() / 100, `${digits}%`);
    use(source.toNumber(), digits);
  }
  return [...operands.values()].slice(-MAX_OPERANDS);
}

function* combinations(operands: Operands): Generator<readonly [string, Operands]> {
  const latest = operands.toReversed();
  for (const one of latest) for (const tool of ["sqrt", "log", "ln"]) yield [tool, [one]];
  for (const [i, a] of latest.entries()) {
    // `b` stands before `a`, or is the same number.
    for (const b of latest.slice(i)) {
      for (const tool of ["add", "multiply", "gcd", "lcm"]) yield [tool, [b, a]];
      for (const tool of ORDERED) {
        yield [tool, [b, a]];
        if (a !== b) yield [tool, [a, b]];
      }
    }
  }
  const near = operands.slice(-MAX_IN_TRIPLES);
  for (const [i, a] of near.entries()) {
    for (const [j, b] of near.slice(i + 1).entries()) {
      for (const c of near.slice(i + j + 2)) {
        for (const tool of ["add", "multiply", "gcd", "lcm"]) yield [tool, [a, b, c]];
        const [largest, ...rest] = [a, b, c].sort((x, y) => y.value - x.value);
        for (const tool of ["subtract", "divide"]) yield [tool, [largest!, ...rest]];
      }
    }
  }
  for (let length = 4; length <= MAX_ROW_LENGTH; length++) {
    for (let from = operands.length - length; from >= 0; from--) {
      const row = operands.slice(from, from + length);
      for (const tool of ["add", "multiply", "gcd", "lcm"]) yield [tool, row];
    }
  }
}

const ORDERED = ["subtract", "divide", "power", "remainder", "choose", "permutate", "log"];

/**
 * Values near the exact ones, or NaN for what nobody would write: operations that leave a number as it is, and
 * operands out of a tool's domain.
 */
const COMPUTE: Readonly<Record<string, (x: readonly number[]) => number>> = {
  add: (x) => (x.includes(0) ? NaN : x.reduce((a, b) => a + b)),
  subtract: (x) => (x.includes(0) || x[0] === x[1] ? NaN : x.reduce((a, b) => a - b)),
  multiply: (x) => (x.includes(0) || x.includes(1) ? NaN : x.reduce((a, b) => a * b)),
  divide: (x) => (x.slice(1).includes(1) || x[0] === x[1] ? NaN : x.reduce((a, b) => a / b)),
  power: ([a = NaN, b = NaN]) => (a === 0 || a === 1 || b === 0 || b === 1 ? NaN : a ** b),
  sqrt: ([a = NaN]) => (a <= 1 ? NaN : Math.sqrt(a)),
  log: ([a = NaN, b]) =>
    a <= 0 || b === 1 || b === 10 || b === a || (b !== undefined && b <= 0)
      ? NaN
      : b === undefined
        ? Math.log10(a)
        : Math.log(a) / Math.log(b),
  ln: ([a = NaN]) => (a <= 0 ? NaN : Math.log(a)),
  gcd: (x) => (areCounts(x) && new Set(x).size > 1 ? x.reduce(greatestCommonDivisor) : NaN),
  lcm: (x) =>
    areCounts(x) && new Set(x).size > 1 ? x.reduce((a, b) => (a * b) / greatestCommonDivisor(a, b)) : NaN,
  remainder: ([a = NaN, b = NaN]) => (a > b && b > 0 ? a % b : NaN),
  choose: ([n = NaN, r = NaN]) => (areCounts([n, r]) && r < n ? falling(n, r) / falling(r, r) : NaN),
  permutate: ([n = NaN, r = NaN]) => (areCounts([n, r]) && r <= n && n > 1 ? falling(n, r) : NaN),
};

/** Wide enough for every rounding (half of the second digit), for the exact check comes after it. */
function isNear(value: number, target: Decimal): boolean {
  const wanted = target.toNumber();
  return Math.abs(value - wanted) <= Math.min(0.0051, 0.051 * Math.abs(wanted)) + 1e-9 * Math.abs(wanted);
}

function areCounts(numbers: readonly number[]): boolean {
  return numbers.every((one) => Number.isSafeInteger(one) && one > 0);
}

function greatestCommonDivisor(a: number, b: number): number {
  while (b !== 0) [a, b] = [b, a % b];
  return a;
}

/** n (n - 1) … (n - r + 1); Infinity when it is out of reach. */
function falling(n: number, r: number): number {
  let product = 1;
  for (let factor = n; factor > n - r && product < Infinity; factor--) product *= factor;
  return product;
}
