export { readQuestions, type EvaluationQuestion } from "../../examples/questions.js";
export { approximateMatch, exactMatch, parseAnswer } from "../../metrics/answer.js";
export { answerMetrics, type AnswerMetrics } from "../../metrics/answers.js";
export { selectionMetrics, type SelectionMetrics } from "../../metrics/selection.js";
export { readPredictions, type StoredPrediction } from "./predictions.js";
export { readGold, type GoldQuestion } from "./gold.js";
export {
  readRun,
  type ReadRunOptions,
  type RunKind,
  type RunPrediction,
  type StoredRun,
} from "./stored-run.js";
export { scoreRun, type RunScore } from "./score-run.js";
export { compareRuns, type CompareOptions, type RunComparison } from "./compare-runs.js";
export {
  bootstrapDifference,
  bootstrapInterval,
  type BootstrapOptions,
  type Interval,
  type Share,
} from "./bootstrap.js";
export { mcNemar, type McNemarTest } from "./mcnemar.js";
export { callMetrics, countCalls, type CallCounts, type CallMetrics, type CallPair } from "./call-metrics.js";
export { parsePlan, planMetrics, type PlanMetrics, type PlanPair, type PlanStep } from "./plan.js";
export {
  accuracyByToolCount,
  relationMetrics,
  type AccuracyAtToolCount,
  type RelationAnswer,
  type RelationMetrics,
} from "./relations.js";
export { diagnoseRun, type Finding, type QuestionDiagnosis, type RunDiagnosis } from "./diagnose.js";
export { DIAGNOSIS_KINDS, type DiagnosisKind } from "./diagnosis-kinds.js";
export { compareDiagnoses, type DiagnosisComparison, type SideBySide } from "./compare-diagnoses.js";
export { evaluate, type EvaluateOptions, type EvaluationSummary } from "./evaluate.js";
export {
  evaluateSelection,
  type EvaluateSelectionOptions,
  type SelectedTool,
  type SelectionEvaluation,
  type SelectionScore,
} from "./evaluate-selection.js";
