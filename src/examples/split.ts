// A head that never saw a tool in training can't be judged on it, so the split goes tool by tool.
import { z } from "zod";
import { invalidArgument } from "../errors.js";
import type { TrainingExample } from "./example.js";
import { callback, integerField } from "../utils/option-fields.js";
import { defineOptions, type OptionsOf, resolveOptions } from "../utils/options.js";

export const validationSplitField = z
  .number()
  .min(0)
  .lt(1)
  .default(0.2)
  .describe("Share of the examples that is held out, stratified by tool")
  .meta({ aliases: ["heldOut", "val_fraction"] });

const seedField = integerField(0, 0xffffffff).default(0).describe("The same seed gives the same parts");

export const splitOptions = defineOptions({ validationSplit: validationSplitField, seed: seedField });
export type SplitOptions = OptionsOf<typeof splitOptions>;

export interface ExampleSplit {
  readonly train: TrainingExample[];
  readonly heldOut: TrainingExample[];
}

/**
 * Splits examples at random, stratified by tool: an example counts for the rarest tool that it calls. Every
 * tool is in the training part. Both parts keep the order of the examples.
 *
 * @throws ToolkenError `INVALID_ARGUMENT`.
 */
export function splitExamples(
  examples: readonly TrainingExample[],
  options: SplitOptions = {},
): ExampleSplit {
  const { validationSplit, seed } = resolveOptions(splitOptions, options, "splitExamples");

  const random = mulberry32(seed);
  const held = new Set<number>();
  // Shares are rounded over all strata together, so that thirteen small strata don't each round up.
  let wanted = 0;
  for (const stratum of strata(examples)) {
    shuffle(stratum, random);
    wanted += stratum.length * validationSplit;
    const count = Math.min(Math.round(wanted) - held.size, stratum.length - 1);
    for (const index of stratum.slice(0, Math.max(0, count))) held.add(index);
  }
  giveBackMissingTools(examples, held);
  return {
    train: examples.filter((_, index) => !held.has(index)),
    heldOut: examples.filter((_, index) => held.has(index)),
  };
}

const foldOptions = defineOptions({
  folds: integerField(2).describe("Number of parts, at most the number of different keys"),
  seed: seedField,
  key: callback<(example: TrainingExample) => string>()
    .optional()
    .describe("Examples of one key are held out together")
    .meta({ defaultText: "the text" }),
});
export type FoldOptions = OptionsOf<typeof foldOptions>;

/**
 * Deals examples to folds of equal size at random, stratified by tool as {@link splitExamples} does, so that each is
 * held out once.
 *
 * @returns the fold of each example, from 0
 * @throws ToolkenError `INVALID_ARGUMENT`.
 */
export function foldExamples(examples: readonly TrainingExample[], options: FoldOptions): Int32Array {
  const { folds, seed, key = textOf } = resolveOptions(foldOptions, options, "foldExamples");
  const groups = new Map<string, number[]>();
  examples.forEach((example, index) => {
    const group = groups.get(key(example));
    if (group === undefined) groups.set(key(example), [index]);
    else group.push(index);
  });
  if (folds > groups.size) {
    throw invalidArgument(
      `an integer from 2 to ${groups.size}, the number of different texts`,
      "folds",
      folds,
    );
  }

  const random = mulberry32(seed);
  const members = [...groups.values()];
  const whole = members.map((indices) => ({
    ...examples[indices[0]!]!,
    calls: indices.flatMap((index) => examples[index]!.calls),
  }));
  const fold = new Int32Array(examples.length);
  // The count goes on from stratum to stratum, so that small strata don't all begin with fold 0.
  let dealt = 0;
  for (const stratum of strata(whole)) {
    shuffle(stratum, random);
    for (const group of stratum) {
      for (const index of members[group]!) fold[index] = dealt % folds;
      dealt++;
    }
  }
  return fold;
}

function textOf({ text }: TrainingExample): string {
  return text;
}

/** Indices of the examples by the rarest tool that they call, in order of the tools' names. */
function strata(examples: readonly TrainingExample[]): number[][] {
  const counts = new Map<string, number>();
  for (const example of examples) {
    for (const tool of toolsOf(example)) counts.set(tool, (counts.get(tool) ?? 0) + 1);
  }
  const byTool = new Map<string, number[]>();
  examples.forEach((example, index) => {
    const tools = [...toolsOf(example)].sort((a, b) => counts.get(a)! - counts.get(b)! || (a < b ? -1 : 1));
    const rarest = tools[0] ?? "";
    const stratum = byTool.get(rarest);
    if (stratum === undefined) byTool.set(rarest, [index]);
    else stratum.push(index);
  });
  return [...byTool.keys()].sort().map((tool) => byTool.get(tool)!);
}

/** A tool that is nobody's rarest may still have lost all its examples. */
function giveBackMissingTools(examples: readonly TrainingExample[], held: Set<number>): void {
  const trained = new Set<string>();
  examples.forEach((example, index) => {
    if (!held.has(index)) for (const tool of toolsOf(example)) trained.add(tool);
  });
  examples.forEach((example, index) => {
    const tools = [...toolsOf(example)];
    if (!held.has(index) || tools.every((tool) => trained.has(tool))) return;
    held.delete(index);
    for (const tool of tools) trained.add(tool);
  });
}

function toolsOf(example: TrainingExample): Set<string> {
  return new Set(example.calls.map(({ tool }) => tool));
}

function shuffle(values: number[], random: () => number): void {
  for (let i = values.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [values[i], values[j]] = [values[j]!, values[i]!];
  }
}

/** Tommy Ettinger's mulberry32: 32 bits of state are plenty for a shuffle. */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
