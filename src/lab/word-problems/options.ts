import { invalidArgument } from "../../errors.js";
import { operators, type Operator } from "./arithmetic.js";
import { stories, type Story } from "./stories.js";
import { integer } from "../../utils/integer.js";

/**
 * A wording is a question before its numbers, names and things are filled in.
 * `"held-out"`: one in eight of the wordings of patterns with alternatives; none of them is in `"train"`, although
 * their parts are. `"unfamiliar"`: sentences written independently, with words and phrases that `"train"` may lack.
 */
export type WordProblemSplit = "train" | "held-out" | "unfamiliar";

export const splits: readonly WordProblemSplit[] = ["train", "held-out", "unfamiliar"];

export interface WordProblemOptions {
  /** Number of problems, at least 1. */
  readonly count: number;
  /** Any integer; the same seed gives the same problems. Default 1. */
  readonly seed?: number;
  /** Default `"train"`. */
  readonly split?: WordProblemSplit;
  /** Allowed numbers of calculations, of 0, 1, 2, 3. Default all, or 1 to 3 when `operators` are given. */
  readonly steps?: readonly number[];
  /** Allowed operators. Default all thirteen. */
  readonly operators?: readonly Operator[];
  /** Amounts of money are calculated by separate tools, the `moneyTools`. Default false. */
  readonly lookAlikes?: boolean;
  /** A third of the answers begin with a sentence that copies a number of the question. Default false. */
  readonly asides?: boolean;
}

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

export function validate(options: WordProblemOptions): Plan {
  const { count, split = "train", seed = 1, operators: allowed = operators } = options;
  integer(count, "count", 1);
  integer(seed, "seed", Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
  if (!splits.includes(split)) throw invalidArgument(`one of ${splits.join(", ")}`, "split", split);
  for (const operator of allowed)
    if (!operators.includes(operator))
      throw invalidArgument(`one of ${operators.join(", ")}`, "operators", operator);
  const steps = options.steps ?? (options.operators === undefined ? [0, 1, 2, 3] : [1, 2, 3]);
  if (steps.length === 0) throw invalidArgument("at least one of 0, 1, 2, 3", "steps", steps);
  for (const n of steps) if (!(n in STEP_WEIGHTS)) throw invalidArgument("0, 1, 2 or 3", "steps", n);

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
    lookAlikes: options.lookAlikes === true,
    asides: options.asides === true,
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
