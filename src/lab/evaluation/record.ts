// A question's line in a predictions file: the published field names first, then what this library knows besides.
import type { EvaluationQuestion } from "../../examples/questions.js";
import { ToolkenError } from "../../errors.js";
import type {
  GenerateResult,
  ToolCallError,
  FinishReason,
  Rerank,
  ToolCall,
  Usage,
} from "../../generation/events.js";
import { parseStatedAnswer } from "../../metrics/answer.js";

export interface PredictionRecord {
  /** Place in the list of questions, from 0. */
  readonly index: number;
  readonly id: string;
  readonly question: string;
  /** The gold answer; null where there is none. */
  readonly label: number | string | null;
  /** Calls of the solution, where the question names them. */
  readonly gold_calls?: readonly string[];
  /** The answer's number as written; null where there is none. */
  readonly pred_val: string | null;
  readonly generation: string;
  /** `<power>(0.89,8) = 0.39` */
  readonly func_calls: readonly string[];
  /** "success", or the code of the error that this question ended with. */
  readonly status: string;
  readonly error?: string;
  readonly finish_reason: FinishReason | null;
  readonly transcript: string;
  readonly calls: readonly ToolCall[];
  /** Calls that the run went on without; lines of earlier versions lack them. */
  readonly failed_calls?: readonly ToolCallError[];
  /** What the reranker has looked at, where it has. */
  readonly reranks?: readonly Rerank[];
  readonly usage: Usage | null;
  /** Digest of everything that an answer depends on; lines of other settings are not continued. */
  readonly settings: string;
}

export function predictionRecord(
  index: number,
  question: EvaluationQuestion,
  outcome: GenerateResult | ToolkenError,
  settings: string,
): PredictionRecord {
  const { goldCalls } = question;
  const base = {
    index,
    id: question.id,
    question: question.question,
    label: question.answer ?? null,
    ...(goldCalls === undefined ? {} : { gold_calls: goldCalls }),
  };
  if (outcome instanceof ToolkenError) {
    return {
      ...base,
      pred_val: null,
      generation: "",
      func_calls: [],
      status: outcome.code,
      error: outcome.message,
      finish_reason: null,
      transcript: "",
      calls: [],
      failed_calls: [],
      usage: null,
      settings,
    };
  }
  const {
    text,
    transcript,
    toolCalls: calls,
    toolErrors: failedCalls,
    reranks,
    finishReason,
    usage,
  } = outcome;
  return {
    ...base,
    pred_val: parseStatedAnswer(text),
    generation: text,
    func_calls: calls.map(
      ({ toolName: tool, inputText: argumentsText, outputText: result }) =>
        `<${tool}>(${argumentsText}) = ${result}`,
    ),
    status: "success",
    finish_reason: finishReason,
    transcript,
    calls,
    failed_calls: failedCalls,
    ...(reranks.length === 0 ? {} : { reranks }),
    usage,
    settings,
  };
}
