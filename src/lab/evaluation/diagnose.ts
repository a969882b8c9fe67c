// Where each question of a run parts from gold: which calls, which arguments, or what came after them.
import { REJECT } from "../../reranker/reranker.js";
import { type CallDifference, alignCalls } from "./align-calls.js";
import { parseCall } from "./call-text.js";
import { DIAGNOSIS_KINDS, type DiagnosisKind } from "./diagnosis-kinds.js";
import { parsePlan } from "./plan.js";
import { judgedPredictions, measures } from "./score-run.js";
import type { RunPrediction, StoredRun } from "./stored-run.js";

/** One way in which a question's run parts from gold. */
export interface Finding {
  readonly kind: DiagnosisKind;
  /** The run's call, as it wrote it. */
  readonly call?: string;
  /** The gold call. */
  readonly gold?: string;
  /** What else is known: the error's code, the reason why the run ended. */
  readonly detail?: string;
}

/** A question's line in a file of diagnoses. */
export interface QuestionDiagnosis {
  readonly run: string;
  readonly index: number;
  readonly question: string;
  /** null where the question has no gold answer */
  readonly right: boolean | null;
  readonly gold: number | string | null;
  readonly prediction: number | string | null;
  /** null where they are not known: then no finding is about calls against gold */
  readonly goldCalls: readonly string[] | null;
  readonly calls: readonly string[];
  /** In the order in which they come up; calls first. */
  readonly findings: readonly Finding[];
}

export interface RunDiagnosis {
  readonly run: string;
  readonly questions: readonly QuestionDiagnosis[];
  readonly right: number;
  /** Questions with a gold answer. */
  readonly judged: number;
  readonly withGoldCalls: number;
  /** Questions that have a finding of the kind, however many. */
  readonly byKind: Readonly<Record<DiagnosisKind, number>>;
}

/**
 * Diagnoses a run that `readRun` has read. Gold calls come from its records or from the gold that it was read with;
 * without them only failed executions, early stops and unexplained answers are found. Calls are aligned in their
 * order at the least number of differences; a call that is merely made elsewhere is no difference. Arguments are
 * right when each is close to gold's (0.1 %, for earlier results are rounded), or the call's result is gold's.
 *
 * @param name of the run in the lines. Default: its file.
 */
export function diagnoseRun(run: StoredRun, name = run.file): RunDiagnosis {
  const judged = judgedPredictions(run);
  const [answered] = measures(run.kind, judged);
  const rightOf = new Map(judged.map((prediction, i) => [prediction, answered!.parts[i] === 1]));
  const questions = run.predictions.map((stored): QuestionDiagnosis => {
    const prediction = withPlanSteps(stored, run.kind);
    const { index, question, gold, goldCalls, calls } = prediction;
    const right = rightOf.get(stored) ?? null;
    const findings = findingsOf(prediction, right);
    return {
      run: name,
      index,
      question,
      right,
      gold,
      prediction: stored.prediction,
      goldCalls,
      calls,
      findings,
    };
  });
  const known = questions.filter(({ right }) => right !== null);
  return {
    run: name,
    questions,
    right: known.filter(({ right }) => right).length,
    judged: known.length,
    withGoldCalls: questions.filter(({ goldCalls }) => goldCalls !== null).length,
    byKind: countKinds(questions),
  };
}

function findingsOf(prediction: RunPrediction, right: boolean | null): Finding[] {
  const { goldCalls, calls, failedCalls, reranks } = prediction;
  const differences = goldCalls === null ? [] : alignCalls(goldCalls, calls);
  const findings = differences.map((difference) => callFinding(difference, reranks));
  const hasRightCalls = goldCalls !== null && findings.length === 0;
  for (const { call, code } of failedCalls) findings.push({ kind: "failedExecution", call, detail: code });
  const early = right === true ? undefined : earlyStop(prediction);
  if (early !== undefined) findings.push({ kind: "stoppedEarly", detail: early });
  else if (right === false && hasRightCalls) findings.push({ kind: "wrongAnswer" });
  else if (right === false && goldCalls === null && failedCalls.length === 0) {
    findings.push({ kind: "unexplained" });
  }
  return findings;
}

function callFinding({ kind, gold, call }: CallDifference, reranks: RunPrediction["reranks"]): Finding {
  const wanted = gold === undefined ? undefined : parseCall(gold)?.tool;
  // A reranker's doing, as far as the tools tell.
  const lost = reranks.find(({ tentative, decision }) => tentative === wanted && decision !== tentative);
  const what = lost?.decision === REJECT ? "rejected by the reranker" : "replaced by the reranker";
  return {
    kind,
    ...(call === undefined ? {} : { call }),
    ...(gold === undefined ? {} : { gold }),
    ...(lost === undefined ? {} : { detail: what }),
  };
}

/** Why a run ended before its answer; undefined when it did not. */
function earlyStop({ status, finishReason, prediction }: RunPrediction): string | undefined {
  if (status !== "success") return status;
  if (finishReason === "length" || finishReason === "tool-calls" || finishReason === "other")
    return finishReason;
  return prediction === null ? "no answer" : undefined;
}

/** The steps of a plan are its calls. */
function withPlanSteps(prediction: RunPrediction, kind: StoredRun["kind"]): RunPrediction {
  if (kind !== "plans") return prediction;
  const actions = (text: string): string[] => parsePlan(text).map(({ action }) => action);
  const written = actions(prediction.generation);
  return {
    ...prediction,
    goldCalls: prediction.gold === null ? null : actions(String(prediction.gold)),
    calls: written.length > 0 ? written : actions(prediction.calls.join("\n")),
    prediction: written.length > 0 ? prediction.generation : prediction.prediction,
  };
}

function countKinds(questions: readonly QuestionDiagnosis[]): Record<DiagnosisKind, number> {
  const counts = Object.fromEntries(DIAGNOSIS_KINDS.map((kind) => [kind, 0])) as Record<
    DiagnosisKind,
    number
  >;
  for (const { findings } of questions) {
    for (const kind of new Set(findings.map((finding) => finding.kind))) counts[kind]++;
  }
  return counts;
}
