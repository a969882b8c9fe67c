export { operators as wordProblemOperators, type Operator } from "./arithmetic.js";
export { generateWordProblems } from "./generate.js";
export { moneyTools } from "./money-tools.js";
export type { WordProblemOptions, WordProblemSplit } from "./options.js";
export type { ReasoningPart, WordProblem, WordProblemCall } from "./problem.js";
export {
  evaluationRecord,
  reasoningText,
  toolModeText,
  trainingExample,
  type LanguageModelText,
  type TextRole,
  type TextSpan,
  type ToolModeTextOptions,
  type WordProblemEvaluationRecord,
  type WordProblemTrainingExample,
} from "./render.js";
