// Everything that a stored run says about itself: the published metrics, how sure they are, and its calls.
import { approximateMatch, exactMatch } from "../../metrics/answer.js";
import { type BootstrapOptions, type Interval, type Share, bootstrapInterval } from "./bootstrap.js";
import {
  type CallCounts,
  type CallMetrics,
  callMetrics,
  countCalls,
  outcomeMetrics,
} from "./call-metrics.js";
import { type AnswerMetrics, answerMetrics } from "../../metrics/answers.js";
import { type PlanMetrics, type PlanPair, matchPlan, parsePlan, planMetrics } from "./plan.js";
import {
  type AccuracyAtToolCount,
  type RelationAnswer,
  type RelationMetrics,
  accuracyByToolCount,
  relationMetrics,
  relationOutcome,
} from "./relations.js";
import { parseCall } from "./call-text.js";
import type { RunPrediction, StoredRun } from "./stored-run.js";

interface CommonScore {
  readonly file: string;
  /** Questions without a gold answer; they are in no other figure but those of calls. */
  readonly withoutGold: number;
  /** Questions whose status is not "success". */
  readonly failed: number;
  readonly missing: number;
  readonly leftOut: number;
  /** Of each share among the metrics, by its name; null without questions. */
  readonly intervals: Readonly<Record<string, Interval | null>>;
  readonly calls: CallCounts;
  /** Against the gold calls (of a plan: its actions, position by position); null where none are known. */
  readonly callMetrics: CallMetrics | null;
}

/** The metrics of a run, by the kind of its gold answers. */
export type RunScore = CommonScore &
  (
    | ({ readonly kind: "answers" } & AnswerMetrics)
    | ({ readonly kind: "plans" } & PlanMetrics)
    | ({ readonly kind: "relations"; readonly byToolCount: readonly AccuracyAtToolCount[] } & RelationMetrics)
  );

/** One share of a run, question by question. */
export interface Measure extends Share {
  readonly name: string;
  /** Whether each question is right (a part of 1) or wrong (0) as a whole; otherwise parts are steps. */
  readonly ofQuestions: boolean;
}

/** Scores a run that `readRun` has read; the intervals are bootstrapped. @throws `INVALID_ARGUMENT` */
export function scoreRun(run: StoredRun, options: BootstrapOptions = {}): RunScore {
  const judged = judgedPredictions(run);
  const common: CommonScore = {
    file: run.file,
    withoutGold: run.predictions.length - judged.length,
    failed: run.predictions.filter(({ status }) => status !== "success").length,
    missing: run.missing,
    leftOut: run.leftOut,
    intervals: Object.fromEntries(
      measures(run.kind, judged).map((measure) => [measure.name, bootstrapInterval(measure, options)]),
    ),
    calls: countCalls(run.predictions.map(({ calls }) => calls)),
    callMetrics:
      run.kind === "plans" ? actionMetrics(judged.map(planPair)) : knownCallMetrics(run.predictions),
  };
  switch (run.kind) {
    case "answers":
      return { kind: run.kind, ...answerMetrics(judged), ...common };
    case "plans":
      return { kind: run.kind, ...planMetrics(judged.map(planPair)), ...common };
    case "relations": {
      const answers = judged.map(relationAnswer);
      const byToolCount = accuracyByToolCount(answers);
      return { kind: run.kind, ...relationMetrics(answers), byToolCount, ...common };
    }
  }
}

/** The predictions that can be right or wrong. */
export function judgedPredictions({ kind, predictions }: StoredRun): RunPrediction[] {
  return predictions.filter(({ gold, goldCalls }) => (kind === "relations" ? goldCalls : gold) !== null);
}

/** The shares of a run, question by question. */
export function measures(kind: StoredRun["kind"], judged: readonly RunPrediction[]): Measure[] {
  const ones = judged.map(() => 1);
  const count = (name: string, isRight: (prediction: RunPrediction, i: number) => boolean): Measure => ({
    name,
    parts: judged.map((prediction, i) => Number(isRight(prediction, i))),
    wholes: ones,
    ofQuestions: true,
  });
  switch (kind) {
    case "answers":
      return [
        count("exactMatch", ({ prediction, gold }) => exactMatch(prediction, gold!)),
        count("approximateMatch", ({ prediction, gold }) => approximateMatch(prediction, gold!)),
      ];
    case "plans": {
      const matches = judged.map((prediction) => matchPlan(planPair(prediction)));
      const wholes = matches.map(({ steps }) => steps);
      return [
        count("planMatch", (_, i) => matches[i]!.isPlanMatch),
        { name: "actionMatch", parts: matches.map(({ actions }) => actions), wholes, ofQuestions: false },
        { name: "stepMatch", parts: matches.map(({ fullSteps }) => fullSteps), wholes, ofQuestions: false },
        count("fullPlanMatch", (_, i) => matches[i]!.isFullPlanMatch),
      ];
    }
    case "relations":
      return [
        count("accuracy", (prediction) =>
          ["relation", "answer"].includes(relationOutcome(relationAnswer(prediction))),
        ),
      ];
  }
}

function planPair({ gold, generation, calls }: RunPrediction): PlanPair {
  const written = parsePlan(generation);
  return {
    gold: parsePlan(String(gold)),
    // Runs made of calls alone may leave the text empty.
    predicted: written.length > 0 ? written : parsePlan(calls.join("\n")),
  };
}

function relationAnswer(prediction: RunPrediction): RelationAnswer {
  const { goldCalls, goldAnswers, calls, generation, toolCount } = prediction;
  return {
    relation: parseCall(goldCalls![0]!)!.tool,
    answers: goldAnswers,
    calls,
    generation,
    toolCount,
  };
}

function knownCallMetrics(predictions: readonly RunPrediction[]): CallMetrics | null {
  const known = predictions.flatMap(({ goldCalls, calls }) =>
    goldCalls === null ? [] : [{ gold: goldCalls, predicted: calls }],
  );
  return known.length === 0 ? null : callMetrics(known);
}

function actionMetrics(plans: readonly PlanPair[]): CallMetrics {
  const gold: (string | null)[] = [];
  const predicted: (string | null)[] = [];
  for (const plan of plans) {
    for (let i = 0; i < Math.max(plan.gold.length, plan.predicted.length); i++) {
      gold.push(plan.gold[i]?.action ?? null);
      predicted.push(plan.predicted[i]?.action ?? null);
    }
  }
  return {
    questions: plans.length,
    goldCalls: gold.filter((action) => action !== null).length,
    predictedCalls: predicted.filter((action) => action !== null).length,
    ...outcomeMetrics(gold, predicted),
    withArguments: null,
  };
}
