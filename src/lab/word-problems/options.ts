import { z } from "zod";
import { invalidArgument } from "../../errors.js";
import { operators, type Operator } from "./arithmetic.js";
import { stories, type Story } from "./stories.js";
import { integerField } from "../../utils/option-fields.js";
import { defineOptions, type OptionsOf, resolveOptions } from "../../utils/options.js";

/**
 * A wording is a question before its numbers, names and things are filled in.
 * `"held-out"`: one in eight of the wordings of patterns with alternatives; none of them is in `"train"`, although
 * their parts are. `"unfamiliar"`: sentences written independently, with words and phrases that `"train"` may lack.
 */
export const splits = ["train", "held-out", "unfamiliar"] as const;
export type WordProblemSplit = (typeof splits)[number];

const operatorField = z.enum(operators as readonly [Operator, ...Operator[]]);

export const wordProblemFields = {
  count: integerField(1).describe("Number of problems"),
  seed: integerField(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)
    .default(1)
    .describe("The same seed gives the same problems"),
  split: z.enum(splits).default("train").describe("Which wordings"),
  steps: z
    .array(integerField(0, 3))
    .min(1)
    .readonly()
    .optional()
    .describe("Allowed numbers of calculations, of 0, 1, 2, 3")
    .meta({ defaultText: "all, or 1 to 3 when `operators` are given" }),
  operators: z
    .array(operatorField)
    .readonly()
    .optional()
    .describe("Allowed operators")
    .meta({ defaultText: "all thirteen" }),
  lookAlikes: z
    .boolean()
    .default(false)
    .describe("Amounts of money are calculated by separate tools, the `moneyTools`"),
  asides: z
    .boolean()
    .default(false)
    .describe("A third of the answers begin with a sentence that copies a number of the question"),
};
const wordProblemOptions = defineOptions(wordProblemFields);
export type WordProblemOptions = OptionsOf<typeof wordProblemOptions>;

const STEP_WEIGHTS = [0.07, 0.58, 0.24, 0.11];
const BASIC: ReadonlySet<Operator> = new Set(["add", "subtract", "multiply", "divide"]);

type Pool = readonly (readonly [Story, number])[];

/** Validated options; `pools` are the matching stories by number of steps, with weights. */
export interface Plan {
  readonly count: number;
  readonly split: WordProblemSplit;
  readonly seed: number;
  readonly lookAlikes: boolean;
  readonly asides: boolean;
  readonly pools: readonly (readonly [Pool, number])[];
}

export function validate(given: WordProblemOptions): Plan {
  const options = resolveOptions(wordProblemOptions, given, "generateWordProblems");
  const { count, split, seed, operators: allowed = operators } = options;
  const steps = options.steps ?? (options.operators === undefined ? [0, 1, 2, 3] : [1, 2, 3]);

  const matching = stories().filter((story) =>
    story.steps.every(({ operator }) => allowed.includes(operator)),
  );
  const pools = [...new Set(steps)].sort().flatMap((n) => {
    const pool = balance(matching.filter((story) => story.steps.length === n));
    return pool.length === 0 ? [] : [[pool, STEP_WEIGHTS[n]!] as const];
  });
  if (pools.length === 0)
    throw invalidArgument("operators and steps of some situation", "operators", allowed);
  return {
    count,
    split,
    seed,
    pools,
    lookAlikes: options.lookAlikes,
    asides: options.asides,
  };
}

/** Weights: each basic operator is drawn twice as often as any other. */
function balance(pool: readonly Story[]): Pool {
  const key = (story: Story): string => (story.steps.length === 1 ? story.steps[0]!.operator : "several");
  const sizes = new Map<string, number>();
  for (const story of pool) sizes.set(key(story), (sizes.get(key(story)) ?? 0) + 1);
  return pool.map((story) => {
    const weight = BASIC.has(key(story) as Operator) ? 2 : 1;
    return [story, weight / sizes.get(key(story))!] as const;
  });
}
