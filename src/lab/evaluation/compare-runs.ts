// Which of two runs is better, and whether chance explains it: the same questions, compared in pairs.
import { z } from "zod";
import { defineOptions, type OptionsOf, resolveOptions } from "../../utils/options.js";
import { recordInvalid } from "../../examples/records.js";
import { ToolkenError } from "../../errors.js";
import { locationText } from "../../examples/example.js";
import { bootstrapFields, type BootstrapOptions, type Interval, bootstrapDifference } from "./bootstrap.js";
import { type McNemarTest, mcNemar } from "./mcnemar.js";
import { share } from "../../metrics/answers.js";
import { judgedPredictions, measures, type Measure } from "./score-run.js";
import { type RunPrediction, type StoredRun, isSameGold, questionKeys } from "./stored-run.js";

const compareOptions = defineOptions({
  ...bootstrapFields,
  partial: z
    .boolean()
    .default(false)
    .describe("Compare the questions that both runs have; otherwise a question of one alone is an error"),
});
export type CompareOptions = OptionsOf<typeof compareOptions>;

export interface MeasureComparison {
  readonly measure: string;
  readonly first: number;
  readonly second: number;
  /** `first − second` */
  readonly difference: number;
  readonly interval: Interval | null;
  /** null for shares of steps, where a question is not simply right or wrong */
  readonly mcNemar: McNemarTest | null;
}

export interface RunComparison {
  readonly first: string;
  readonly second: string;
  /** Questions that were compared. */
  readonly questions: number;
  readonly measures: readonly MeasureComparison[];
}

/**
 * Compares two runs over the same questions: difference with a paired bootstrap interval, and McNemar's test.
 *
 * @throws ToolkenError `RECORD_INVALID` (runs of different data sets; file and line), `INVALID_ARGUMENT`.
 */
export function compareRuns(
  first: StoredRun,
  second: StoredRun,
  options: CompareOptions = {},
): RunComparison {
  const { partial, ...bootstrap } = resolveOptions(compareOptions, options, "compareRuns");
  const pairs = pair(first, second, partial);
  const [a, b] = [pairs.map(([one]) => one), pairs.map(([, other]) => other)];
  const others = measures(second.kind, b);
  return {
    first: first.file,
    second: second.file,
    questions: pairs.length,
    measures: measures(first.kind, a).map((measure, i) => compare(measure, others[i]!, bootstrap)),
  };
}

function compare(first: Measure, second: Measure, options: BootstrapOptions): MeasureComparison {
  const [a, b] = [valueOf(first), valueOf(second)];
  const isRight = ({ parts }: Measure): boolean[] => Array.from(parts, (part) => part === 1);
  return {
    measure: first.name,
    first: a,
    second: b,
    difference: a - b,
    interval: bootstrapDifference(first, second, options),
    mcNemar: first.ofQuestions ? mcNemar(isRight(first), isRight(second)) : null,
  };
}

function valueOf({ parts, wholes }: Measure): number {
  const sum = (values: ArrayLike<number>): number => Array.from(values).reduce((total, x) => total + x, 0);
  return share(sum(parts), sum(wholes));
}

function pair(first: StoredRun, second: StoredRun, partial: boolean): [RunPrediction, RunPrediction][] {
  if (first.kind !== second.kind) {
    throw otherDataSet(
      `${second.file}: Expected ${first.kind}, as ${first.file} has, but received ${second.kind}`,
    );
  }
  const [ours, theirs] = [judgedPredictions(first), judgedPredictions(second)];
  const keys = questionKeys(theirs);
  const left = new Map(theirs.map((prediction, i) => [keys[i]!, prediction]));
  const pairs: [RunPrediction, RunPrediction][] = [];
  for (const [i, key] of questionKeys(ours).entries()) {
    const [one, other] = [ours[i]!, left.get(key)];
    if (other === undefined) {
      if (!partial) throw unpaired(one, second);
      continue;
    }
    left.delete(key);
    if (one.gold !== null && other.gold !== null && !isSameGold(one.gold, other.gold)) {
      const what = `${JSON.stringify(one.gold)}, as in ${locationText(one.location)},`;
      throw recordInvalid(other.location, what, "the reference answer", other.gold);
    }
    pairs.push([one, other]);
  }
  const [alone] = left.values();
  if (alone !== undefined && !partial) throw unpaired(alone, first);
  if (pairs.length === 0) {
    throw otherDataSet(`${second.file}: Expected questions of ${first.file} but none is`);
  }
  return pairs;
}

function unpaired({ location, question }: RunPrediction, other: StoredRun): ToolkenError {
  const { message } = recordInvalid(location, `a question that ${other.file} has too`, "question", question);
  return otherDataSet(message);
}

function otherDataSet(message: string): ToolkenError {
  return new ToolkenError("RECORD_INVALID", message, {
    hint: "Runs are compared over the same questions; the option partial (--partial) takes those that both have.",
  });
}
