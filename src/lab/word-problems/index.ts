// Word problems: generated questions whose calculations, and so whose tool calls, are known.

export { operators as wordProblemOperators, type Operator } from "./arithmetic.js";
export {
  generateWordProblems,
  type ReasoningPart,
  type WordProblem,
  type WordProblemCall,
  type WordProblemOptions,
  type WordProblemSplit,
} from "./generate.js";
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
