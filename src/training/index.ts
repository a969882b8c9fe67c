export { NO_TOOL, type HeadDecision } from "../head/decision.js";
export { type TrainingCall, type TrainingExample, validateExample } from "../examples/example.js";
export {
  readTrainingExamples,
  trainingFormats,
  writeTrainingExamples,
  type ReadTrainingOptions,
  type TrainingTexts,
} from "../examples/training-examples.js";
export { foldExamples, splitExamples, type FoldOptions, type SplitOptions } from "../examples/split.js";
export { readToolRequests, type ToolRequest, type ToolRequests } from "../examples/requests.js";
export { alignExample, alignExamples, type AlignedExample, type AlignOptions } from "./align.js";
export { trainHead } from "./train-head.js";
export type { TrainHeadOptions } from "./train-on-examples.js";
export { trainHeadOnFeatures, type TrainedHead, type TrainFeaturesOptions } from "./train-on-features.js";
export type { L2Trial } from "./solve-selection.js";
export {
  trainSelection,
  type SelectionHead,
  type SelectionTraining,
  type TrainSelectionOptions,
} from "./train-selection.js";
export { requestFeatures, SELECTION_PROMPT, type RequestFeaturesOptions } from "./request-features.js";
export type { TrainingProgress } from "./options.js";
export { formatTrainingReport, type PartReport, type TrainingReport } from "./report.js";
export { extractFeatures, type ExtractFeaturesOptions } from "./extract-features.js";
export { Features } from "./features.js";
export { trainReranker, type TrainedReranker } from "./reranker/train-reranker.js";
export type { TrainRerankerOptions } from "./reranker/options.js";
export { formatRerankReport, type RerankReport } from "./reranker/rerank-report.js";
export type { RerankRow } from "./reranker/rerank-rows.js";
export { evaluateHead } from "./score-steps.js";
export { solveHead, type Contest, type SolveOptions } from "./solve-head.js";
export { onPolicyExamples, type OnPolicyOptions } from "./on-policy.js";
export {
  trainOnDefinitions,
  type DefinitionHead,
  type DefinitionTraining,
} from "./definitions/train-definitions.js";
export type { TrainDefinitionsOptions, UpdateHeadOptions } from "./definitions/options.js";
export { updateHead } from "./definitions/update-head.js";
export { formatDefinitionReport } from "./definitions/report-lines.js";
export type { DefinitionReport } from "./definitions/definition-report.js";
export { CHAT_FORM, COMPLETION_FORM, type DecisionForm } from "../prompts/decision-text.js";
export { synthesizeRequests, type Synthesis } from "./definitions/synthesis/synthesize.js";
export type { SynthesizeOptions } from "./definitions/synthesis/options.js";
export type { RequestRecord } from "./definitions/synthesis/request-record.js";
export type { RequestWriter, WritingJob, WritingTask } from "./definitions/synthesis/writer.js";
export type { LanguageModelLike } from "./definitions/synthesis/language-model-writer.js";
export {
  FeedbackLog,
  readFeedback,
  type Feedback,
  type LearnedFeedback,
  type LoggedDecision,
} from "./definitions/feedback-log.js";
export { toolText, type ToolText } from "./definitions/tool-text.js";
