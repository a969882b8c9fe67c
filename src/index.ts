// The public API. Everything else is an implementation detail.
export { ToolkenError, type ToolkenErrorCode } from "./errors.js";

export { GPU_CHOICES, loadModel, type GpuChoice, type LoadModelOptions } from "./model/load-model.js";
export { pullModel, type PullOptions } from "./model/pull.js";
export {
  QUANTIZATIONS,
  quantizeModel,
  type Quantization,
  type QuantizedFile,
  type QuantizeOptions,
} from "./model/quantize.js";
export { Model, type ChatMessage, type HeadType } from "./model/model.js";
export type { ModelFacts } from "./model/facts.js";
export { Tokenizer, TokenDecoder, type EncodeOptions } from "./model/tokenizer.js";
export {
  Context,
  type Batch,
  type ContextOptions,
  type Output,
  type OutputRequest,
} from "./model/context.js";

export { ToolHead, type ToolHeadOptions } from "./head/tool-head.js";
export type { HeadModelFacts, ModelIdentity } from "./head/model-identity.js";
export { importHead, type ImportHeadOptions } from "./head/import-head.js";
export { readTorchCheckpoint } from "./head/torch-checkpoint.js";

export { REJECT, Reranker, type RerankerOptions } from "./reranker/reranker.js";
export { importReranker, type ImportRerankerOptions } from "./reranker/import-reranker.js";
export {
  rerankPrompt,
  toolDocumentation,
  type RerankCall,
  type RerankPrompt,
  type ToolDocumentation,
} from "./reranker/prompt.js";

export * from "./tools/index.js";

export {
  defaultPrompts,
  loadPrompts,
  resolvePrompts,
  type Prompts,
  type PromptsOption,
} from "./prompts/prompts.js";

export { createToolken, type ToolkenOptions } from "./generation/create-toolken.js";
export { Toolken } from "./generation/toolken.js";
export type { PlanForm } from "./generation/plan.js";
export { DEFAULT_STOPS, type RerankBelow, type RunOptions, type ToolChoice } from "./generation/options.js";
export type {
  Answer,
  FailedCall,
  FinishReason,
  Outcome,
  Rerank,
  RerankCandidate,
  RunEvent,
  ToolCall,
  Usage,
} from "./generation/events.js";

export { type TrainingCall, type TrainingExample, validateExample } from "./training/example.js";
export { alignExample, alignExamples, type AlignedExample, type AlignOptions } from "./training/align.js";
export {
  readTrainingExamples,
  trainingFormats,
  writeTrainingExamples,
  type ReadTrainingOptions,
  type TrainingTexts,
} from "./datasets/training-examples.js";
export { trainHead, type TrainHeadOptions } from "./training/train-head.js";
export type { L2Trial } from "./training/solve-selection.js";
export {
  DEFAULT_SHRINKAGE,
  SELECTION_L2,
  trainSelection,
  type SelectionHead,
  type SelectionTraining,
  type TrainSelectionOptions,
} from "./training/train-selection.js";
export {
  requestFeatures,
  SELECTION_PROMPT,
  type RequestFeaturesOptions,
} from "./training/request-features.js";
export { trainHeadOnFeatures, type TrainedHead } from "./training/train-on-features.js";
export type { TrainFeaturesOptions, TrainingProgress } from "./training/options.js";
export { formatTrainingReport, type PartReport, type TrainingReport } from "./training/report.js";
export { extractFeatures, type ExtractFeaturesOptions } from "./training/extract-features.js";
export { Features } from "./training/features.js";
export {
  trainReranker,
  type TrainRerankerOptions,
  type TrainedReranker,
} from "./training/reranker/train-reranker.js";
export { formatRerankReport, type RerankReport } from "./training/reranker/rerank-report.js";
export type { RerankRow } from "./training/reranker/rerank-rows.js";
export { evaluateHead } from "./training/score-steps.js";
export { solveHead, type Contest, type SolveOptions } from "./training/solve-head.js";
export { onPolicyExamples, type OnPolicyOptions } from "./training/on-policy.js";
export { mineRows, type Mined } from "./training/mining/mine.js";
export type { MinedFormat, MineOptions, MiningProgress } from "./training/mining/options.js";
export {
  readMinedRows,
  type MinedRows,
  type MisalignedRow,
  type ReadMinedOptions,
} from "./training/mining/read-mined.js";
export type {
  MinedCounts,
  MinedFold,
  MinedInfo,
  MinedKind,
  MinedRow,
  MinedToken,
  MinedTool,
} from "./training/mining/mined-row.js";
export { readQuestions, type EvaluationQuestion } from "./datasets/questions.js";
export { readToolRequests, type ToolRequest, type ToolRequests } from "./datasets/requests.js";
export {
  generateWordProblems,
  reasoningText,
  trainingExample,
  wordProblemOperators,
  type WordProblem,
  type WordProblemOptions,
} from "./datasets/word-problems/index.js";
export * from "./datasets/published/index.js";
export {
  annotate,
  type AnnotateOptions,
  type Annotations,
  type AnnotationSummary,
} from "./annotation/annotate.js";
export type { Annotation } from "./annotation/annotation.js";
export type { UnmarkedNumber, UnmarkedReason } from "./annotation/annotate-text.js";
export { readSolutions, type ReadSolutionsOptions, type Solutions } from "./annotation/solutions.js";
export {
  scoreAnnotations,
  type Agreement,
  type AnnotationPair,
  type AnnotationScore,
} from "./annotation/compare.js";
export { foldExamples, splitExamples, type FoldOptions, type SplitOptions } from "./datasets/split.js";
export { approximateMatch, exactMatch, parseAnswer } from "./evaluation/answer.js";
export { answerMetrics, type AnswerMetrics } from "./evaluation/metrics.js";
export { readPredictions, type StoredPrediction } from "./datasets/predictions.js";
export { readGold, type GoldQuestion } from "./evaluation/gold.js";
export {
  readRun,
  type ReadRunOptions,
  type RunKind,
  type RunPrediction,
  type StoredRun,
} from "./evaluation/stored-run.js";
export { scoreRun, type RunScore } from "./evaluation/score-run.js";
export { compareRuns, type CompareOptions, type RunComparison } from "./evaluation/compare-runs.js";
export {
  bootstrapDifference,
  bootstrapInterval,
  type BootstrapOptions,
  type Interval,
  type Share,
} from "./evaluation/bootstrap.js";
export { mcNemar, type McNemarTest } from "./evaluation/mcnemar.js";
export {
  callMetrics,
  countCalls,
  type CallCounts,
  type CallMetrics,
  type CallPair,
} from "./evaluation/call-metrics.js";
export { parsePlan, planMetrics, type PlanMetrics, type PlanPair, type PlanStep } from "./evaluation/plan.js";
export {
  accuracyByToolCount,
  relationMetrics,
  type AccuracyAtToolCount,
  type RelationAnswer,
  type RelationMetrics,
} from "./evaluation/relations.js";
export {
  diagnoseRun,
  type Finding,
  type QuestionDiagnosis,
  type RunDiagnosis,
} from "./evaluation/diagnose.js";
export { DIAGNOSIS_KINDS, type DiagnosisKind } from "./evaluation/diagnosis-kinds.js";
export {
  compareDiagnoses,
  type DiagnosisComparison,
  type SideBySide,
} from "./evaluation/compare-diagnoses.js";
export { evaluate, type EvaluateOptions, type EvaluationSummary } from "./evaluation/evaluate.js";
export * from "./plots/index.js";
export { selectionMetrics, type SelectionMetrics } from "./evaluation/selection.js";
export {
  evaluateSelection,
  type EvaluateSelectionOptions,
  type SelectedTool,
  type SelectionEvaluation,
  type SelectionScore,
} from "./evaluation/evaluate-selection.js";

export * from "./experiments/index.js";

export { diagnose, type Diagnosis } from "./native/diagnose.js";
export { buildFromSource, type BuildOptions } from "./native/build.js";
