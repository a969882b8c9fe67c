import { readDataFile } from "../../utils/data-file.js";
import { operators, type Operator } from "./arithmetic.js";
import { drawAll, type DrawAll } from "./draws.js";
import type { Split } from "./sentences.js";

/** Question slots: numbers and words. Answer slots: also calculations. */
export interface Wordings {
  readonly questions: readonly string[];
  /**
   * `{=1}` is the first calculation with its result (`8412-377=8035`), `{!1}` its result alone where the
   * calculation belongs, `{#1}` its result mentioned again.
   */
  readonly answers: readonly string[];
}

/** A calculation: numerals, names of numbers, or `#1` for the result of the first one. */
export interface Step {
  readonly operator: Operator;
  readonly args: readonly string[];
}

/** One situation: its numbers, its calculations and its wordings. */
export interface Story extends Readonly<Record<Split, Wordings>> {
  readonly id: string;
  readonly numbers: DrawAll;
  readonly steps: readonly Step[];
  /** The number to copy when there is nothing to calculate. */
  readonly copied?: string;
}

/** A situation in `data/*.json`. */
interface StoryRecord extends Readonly<Record<Split, Wordings>> {
  readonly id: string;
  /** Draws by name, in order: `{ "b": "count(3, 900)", "a": "oftenMultipleOf(b, 50, 99999)" }`. */
  readonly numbers: Readonly<Record<string, string>>;
  /** Numbers are drawn again until this holds: `a > b + c`. */
  readonly where?: string;
  /** `["subtract(a, b)", "multiply(#1, c)"]`. */
  readonly steps?: readonly string[];
  readonly copied?: string;
}

// The order decides which story a seed draws: append only.
const GROUPS = [...operators, "long", "two", "three", "none"];

let all: readonly Story[] | undefined;

/** All situations; the files are read on the first call. */
export function stories(): readonly Story[] {
  all ??= GROUPS.flatMap((group) => {
    const records = readDataFile(new URL(`./data/${group}.json`, import.meta.url)) as StoryRecord[];
    return records.map(parseStory);
  });
  return all;
}

function parseStory({ numbers, where, steps = [], ...rest }: StoryRecord): Story {
  return { ...rest, numbers: drawAll(numbers, where), steps: steps.map(parseStep) };
}

function parseStep(text: string): Step {
  const match = /^(\w+)\(([^()]+)\)$/.exec(text);
  const operator = operators.find((name) => name === match?.[1]);
  if (match === null || operator === undefined) throw new Error(`Not a calculation: ${text}`);
  return { operator, args: match[2]!.split(", ") };
}
