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
export type { PlanForm } from "./lab/plans/plan.js";
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

export { type TrainingCall, type TrainingExample, validateExample } from "./examples/example.js";
export { alignExample, alignExamples, type AlignedExample, type AlignOptions } from "./training/align.js";
export {
  readTrainingExamples,
  trainingFormats,
  writeTrainingExamples,
  type ReadTrainingOptions,
  type TrainingTexts,
} from "./examples/training-examples.js";
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
export { mineRows, type Mined } from "./lab/mining/mine.js";
export type { MinedFormat, MineOptions, MiningProgress } from "./lab/mining/options.js";
export {
  readMinedRows,
  type MinedRows,
  type MisalignedRow,
  type ReadMinedOptions,
} from "./examples/read-mined.js";
export type {
  MinedCounts,
  MinedFold,
  MinedInfo,
  MinedKind,
  MinedRow,
  MinedToken,
  MinedTool,
} from "./examples/mined-row.js";
export { readQuestions, type EvaluationQuestion } from "./examples/questions.js";
export { readToolRequests, type ToolRequest, type ToolRequests } from "./examples/requests.js";
export {
  generateWordProblems,
  reasoningText,
  trainingExample,
  wordProblemOperators,
  type WordProblem,
  type WordProblemOptions,
} from "./lab/word-problems/index.js";
export * from "./lab/datasets/index.js";
export {
  annotate,
  type AnnotateOptions,
  type Annotations,
  type AnnotationSummary,
} from "./lab/annotation/annotate.js";
export type { Annotation } from "./lab/annotation/annotation.js";
export type { UnmarkedNumber, UnmarkedReason } from "./lab/annotation/annotate-text.js";
export { readSolutions, type ReadSolutionsOptions, type Solutions } from "./lab/annotation/solutions.js";
export {
  scoreAnnotations,
  type Agreement,
  type AnnotationPair,
  type AnnotationScore,
} from "./lab/annotation/compare.js";
export { foldExamples, splitExamples, type FoldOptions, type SplitOptions } from "./examples/split.js";
export { approximateMatch, exactMatch, parseAnswer } from "./metrics/answer.js";
export { answerMetrics, type AnswerMetrics } from "./metrics/answers.js";
export { readPredictions, type StoredPrediction } from "./lab/evaluation/predictions.js";
export { readGold, type GoldQuestion } from "./lab/evaluation/gold.js";
export {
  readRun,
  type ReadRunOptions,
  type RunKind,
  type RunPrediction,
  type StoredRun,
} from "./lab/evaluation/stored-run.js";
export { scoreRun, type RunScore } from "./lab/evaluation/score-run.js";
export { compareRuns, type CompareOptions, type RunComparison } from "./lab/evaluation/compare-runs.js";
export {
  bootstrapDifference,
  bootstrapInterval,
  type BootstrapOptions,
  type Interval,
  type Share,
} from "./lab/evaluation/bootstrap.js";
export { mcNemar, type McNemarTest } from "./lab/evaluation/mcnemar.js";
export {
  callMetrics,
  countCalls,
  type CallCounts,
  type CallMetrics,
  type CallPair,
} from "./lab/evaluation/call-metrics.js";
export {
  parsePlan,
  planMetrics,
  type PlanMetrics,
  type PlanPair,
  type PlanStep,
} from "./lab/evaluation/plan.js";
export {
  accuracyByToolCount,
  relationMetrics,
  type AccuracyAtToolCount,
  type RelationAnswer,
  type RelationMetrics,
} from "./lab/evaluation/relations.js";
export {
  diagnoseRun,
  type Finding,
  type QuestionDiagnosis,
  type RunDiagnosis,
} from "./lab/evaluation/diagnose.js";
export { DIAGNOSIS_KINDS, type DiagnosisKind } from "./lab/evaluation/diagnosis-kinds.js";
export {
  compareDiagnoses,
  type DiagnosisComparison,
  type SideBySide,
} from "./lab/evaluation/compare-diagnoses.js";
export { evaluate, type EvaluateOptions, type EvaluationSummary } from "./lab/evaluation/evaluate.js";
export * from "./lab/plots/index.js";
export { selectionMetrics, type SelectionMetrics } from "./metrics/selection.js";
export {
  evaluateSelection,
  type EvaluateSelectionOptions,
  type SelectedTool,
  type SelectionEvaluation,
  type SelectionScore,
} from "./lab/evaluation/evaluate-selection.js";

export * from "./lab/experiments/index.js";

export { diagnose, type Diagnosis } from "./native/diagnose.js";
export { buildFromSource, type BuildOptions } from "./native/build.js";
