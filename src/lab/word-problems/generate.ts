// Makes word problems whose calculations are known, in splits that share no wording.

import { invalidArgument } from "../../errors.js";
import { calculate, expression, operators, type Operator } from "./arithmetic.js";
import { asides, givesMoney, isMoney, lookAlike } from "./look-alikes.js";
import { rephrase } from "./phrasing.js";
import { drawStyle, show, type NumberStyle, type Quantities } from "./quantities.js";
import { Random } from "./random.js";
import { stories } from "./situations/index.js";
import type { Story } from "./story.js";
import { distractions, plainAnswers, requests, verbs, type Manner } from "./surroundings.js";
import { tidy, choose, fill } from "./wording.js";
import { Words } from "./words.js";

/**
 * Whose wordings. A wording is a question before its numbers, names and things are filled in.
 * `"held-out"`: one in eight of those whose author gave alternatives; none of them is in `"train"`, although their
 * parts are. `"unfamiliar"`: sentences written apart, with words and turns that `"train"` may lack.
 */
export type WordProblemSplit = "train" | "held-out" | "unfamiliar";

const splits: readonly WordProblemSplit[] = ["train", "held-out", "unfamiliar"];

/** One calculation of a problem. */
export interface WordProblemCall {
  readonly operator: Operator;
  /** The tool to call: the operator's name, or `add_money` and the like where look-alikes are asked for. */
  readonly tool: string;
  /** Numerals without separators or signs of currency: `["8412", "377"]`. */
  readonly args: readonly string[];
  /** Rounded: two decimals, below 1 two digits after the leading zeros. */
  readonly result: string;
}

/** A stretch of the reasoning: text, or the place where a call's result stands. */
export type ReasoningPart = string | { readonly call: number };

export interface WordProblem {
  readonly id: string;
  readonly split: WordProblemSplit;
  /** The situation, such as `subtract/give`; many problems share one. */
  readonly situation: string;
  /** The question before numbers, names and things were filled in; distractions and requests are not part of it. */
  readonly wording: string;
  readonly question: string;
  /** The answer's text, from the first word to the closing sentence. */
  readonly reasoning: readonly ReasoningPart[];
  readonly calls: readonly WordProblemCall[];
  readonly answer: string;
}

export interface WordProblemOptions {
  /** Number of problems, at least 1. */
  readonly count: number;
  /** Any integer; the same seed gives the same problems. Default 1. */
  readonly seed?: number;
  /** Whose wordings. Default `"train"`. */
  readonly split?: WordProblemSplit;
  /** Allowed numbers of calculations, of 0, 1, 2, 3. Default all, or 1 to 3 when `operators` are given. */
  readonly steps?: readonly number[];
  /** Allowed operators. Default all thirteen. */
  readonly operators?: readonly Operator[];
  /** Amounts of money are calculated by tools of their own, as `moneyTools` are. Default false. */
  readonly lookAlikes?: boolean;
  /** A third of the answers begin with a sentence whose number is copied from the question. Default false. */
  readonly asides?: boolean;
}

const STEP_WEIGHTS = [0.07, 0.58, 0.24, 0.11];
const BASIC: ReadonlySet<Operator> = new Set(["add", "subtract", "multiply", "divide"]);
const LONGEST_RESULT = 14;
const ASIDES = 1 / 3;

/**
 * Word problems over the thirteen operators: no two with the same question.
 * @throws `INVALID_ARGUMENT` for a count below 1, an unknown split or operator, or when no situation fits.
 */
export function generateWordProblems(options: WordProblemOptions): WordProblem[] {
  const { pools, ...plan } = validate(options);
  const { count, split, seed } = plan;
  const random = new Random(seed + splits.indexOf(split) * 0x51ed270b);
  const asked = new Set<string>();
  const problems: WordProblem[] = [];
  let refused = 0;
  while (problems.length < count) {
    const problem = tell(random.weighted(random.weighted(pools)), plan, random, problems.length);
    if (problem === null || asked.has(problem.question)) {
      // Few wordings and small numbers can run dry.
      if (++refused > 5_000) {
        throw invalidArgument(`at most ${problems.length} for these steps and operators`, "count", count);
      }
      continue;
    }
    refused = 0;
    asked.add(problem.question);
    problems.push(problem);
  }
  return problems;
}

type Pool = readonly (readonly [Story, number])[];

interface Plan {
  readonly count: number;
  readonly split: WordProblemSplit;
  readonly seed: number;
  readonly lookAlikes: boolean;
  readonly asides: boolean;
  readonly pools: readonly (readonly [Pool, number])[];
}

function validate(options: WordProblemOptions): Plan {
  const { count, split = "train", seed = 1, operators: allowed = operators } = options;
  if (!Number.isSafeInteger(count) || count < 1) throw invalidArgument("a positive integer", "count", count);
  if (!Number.isSafeInteger(seed)) throw invalidArgument("an integer", "seed", seed);
  if (!splits.includes(split)) throw invalidArgument(`one of ${splits.join(", ")}`, "split", split);
  for (const operator of allowed)
    if (!operators.includes(operator))
      throw invalidArgument(`one of ${operators.join(", ")}`, "operators", operator);
  const steps = options.steps ?? (options.operators === undefined ? [0, 1, 2, 3] : [1, 2, 3]);
  if (steps.length === 0) throw invalidArgument("at least one of 0, 1, 2, 3", "steps", steps);
  for (const n of steps) if (!(n in STEP_WEIGHTS)) throw invalidArgument("0, 1, 2 or 3", "steps", n);

  const fitting = stories.filter((story) => story.steps.every(({ operator }) => allowed.includes(operator)));
  const pools = [...new Set(steps)].sort().flatMap((n) => {
    const pool = balance(fitting.filter((story) => story.steps.length === n));
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

/** Situations weigh so that each of the basic operators comes twice as often as each other one. */
function balance(pool: readonly Story[]): Pool {
  const key = (story: Story): string => (story.steps.length === 1 ? story.steps[0]!.operator : "several");
  const sizes = new Map<string, number>();
  for (const story of pool) sizes.set(key(story), (sizes.get(key(story)) ?? 0) + 1);
  return pool.map((story) => {
    const weight = BASIC.has(key(story) as Operator) ? 2 : 1;
    return [story, weight / sizes.get(key(story))!] as const;
  });
}

function tell(
  story: Story,
  { split, seed, lookAlikes, asides: withAsides }: Omit<Plan, "pools">,
  random: Random,
  index: number,
): WordProblem | null {
  const manner = split === "unfamiliar" ? "unfamiliar" : "train";
  const wordings = story[manner];
  const quantities = story.numbers(random);
  const calls = solve(story, quantities, lookAlikes);
  if (calls === null) return null;
  const words = new Words(random);
  const style = drawStyle(random);
  const wording = pickWording(wordings.questions, split, random);
  if (wording === null) return null;
  const question = ask(wording, manner, random, words, quantities, style);

  const plain = story.steps.length === 1 && random.chance(0.15);
  const told = choose(random.pick(plain ? plainAnswers[manner] : wordings.answers), random);
  const answer = story.copied === undefined ? calls.at(-1)!.result : quantities[story.copied]!.numeral;
  const aside = withAsides && random.chance(ASIDES) ? tellAside(manner, random, wording, quantities) : "";
  const reasoning = explain(`${aside}${told} So, the answer is ${answer}.`, calls, words, quantities, style);
  return {
    id: `${split}-${seed}-${index}`,
    split,
    situation: story.id,
    wording,
    question,
    reasoning,
    calls,
    answer,
  };
}

/** A question's wording of the split, or null when the patterns seem to have none: drawn until one belongs to it. */
function pickWording(patterns: readonly string[], split: WordProblemSplit, random: Random): string | null {
  for (let tries = 0; tries < 200; tries++) {
    const pattern = random.pick(patterns);
    const wording = rephrase(choose(pattern, random), random);
    if (split === "unfamiliar") return wording;
    if ((split === "held-out") === isHeldOut(wording)) return wording;
  }
  return null;
}

/** One wording in eight, by a hash of its text (FNV-1a), so that a wording is always on the same side. */
function isHeldOut(wording: string): boolean {
  let hash = 0x811c9dc5;
  for (let i = 0; i < wording.length; i++) hash = Math.imul(hash ^ wording.charCodeAt(i), 0x01000193);
  return (hash >>> 16) % 8 === 0 && !rigidWordings().has(wording);
}

let rigid: ReadonlySet<string> | undefined;

/** The wordings of patterns with fewer than four: holding one out would leave too little to learn. */
function rigidWordings(): ReadonlySet<string> {
  rigid ??= new Set(
    stories
      .flatMap((story) => story.train.questions)
      .flatMap((pattern) => {
        const random = new Random(1);
        const drawn = new Set(Array.from({ length: 40 }, () => rephrase(choose(pattern, random), random)));
        return drawn.size < 4 ? [...drawn] : [];
      }),
  );
  return rigid;
}

/** A sentence about one of the numbers that the question shows, if it shows one. */
function tellAside(manner: Manner, random: Random, wording: string, quantities: Quantities): string {
  const shown = Object.keys(quantities).filter((name) => wording.includes(`{${name}}`));
  if (shown.length === 0) return "";
  const aside = choose(random.pick(asides[manner]), random);
  return `${aside.replace("{given}", `{${random.pick(shown)}}`)} `;
}

/** The calls with their results, or null when a result is no fit number for a story. */
function solve(story: Story, quantities: Quantities, lookAlikes: boolean): WordProblemCall[] | null {
  const calls: WordProblemCall[] = [];
  const money: boolean[] = [];
  for (const { operator, args: names } of story.steps) {
    const earlier = names.map((name) => (name.startsWith("#") ? Number(name.slice(1)) - 1 : -1));
    const args = names.map((name, i) => calls[earlier[i]!]?.result ?? quantities[name]?.numeral ?? name);
    const ofMoney = names.map((name, i) => money[earlier[i]!] ?? isMoney(quantities[name]));
    money.push(givesMoney(operator, ofMoney));
    if (operator === "divide" && Number(args[1]) === 0) return null;
    const result = calculate(operator, args);
    if (Number(result) === 0 && operator !== "remainder") return null;
    if (result.length > LONGEST_RESULT) return null;
    const tool = lookAlike(operator, lookAlikes && money.at(-1)!);
    calls.push({ operator, tool, args, result });
  }
  return calls;
}

function ask(
  wording: string,
  manner: Manner,
  random: Random,
  words: Words,
  quantities: Quantities,
  style: NumberStyle,
): string {
  let text = wording;
  if (random.chance(0.18)) {
    const distraction = choose(random.pick(distractions[manner]), random);
    const lastSentence = text.lastIndexOf(". ");
    text =
      lastSentence > 0 && random.chance(0.4)
        ? `${text.slice(0, lastSentence + 2)}${distraction} ${text.slice(lastSentence + 2)}`
        : `${distraction} ${text}`;
  }
  if (random.chance(0.05)) text = `${text} ${choose(random.pick(requests[manner]), random)}`;
  return tidy(
    fill(text, (slot) => {
      const quantity = quantities[slot];
      if (quantity !== undefined) return show(quantity, style);
      if (slot === "d") return String(random.integer(2, 99));
      if (slot === "y") return String(random.integer(1750, 2025));
      return words.get(slot);
    }),
  );
}

function explain(
  wording: string,
  calls: readonly WordProblemCall[],
  words: Words,
  quantities: Quantities,
  style: NumberStyle,
): ReasoningPart[] {
  const parts: ReasoningPart[] = [];
  const spoken: NumberStyle = { ...style, separators: false, words: false };
  const text = tidy(
    fill(wording, (slot) => {
      if (/^[=!#]\d$/.test(slot)) return `{${slot}}`;
      if (slot === "verb") return verbs[calls[0]!.operator];
      const quantity = quantities[slot];
      return quantity === undefined ? words.get(slot) : show(quantity, spoken);
    }),
  );
  for (const piece of text.split(/(\{[=!#]\d\})/)) {
    const slot = /^\{([=!#])(\d)\}$/.exec(piece);
    if (slot === null) {
      if (piece !== "") parts.push(piece);
      continue;
    }
    const call = calls[Number(slot[2]) - 1]!;
    if (slot[1] === "#") parts.push(call.result);
    else {
      if (slot[1] === "=") parts.push(`${expression(call.operator, call.args)}=`);
      parts.push({ call: Number(slot[2]) - 1 });
    }
  }
  return parts;
}
