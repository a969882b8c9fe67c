// What a run tells while it goes on, and what it leaves behind.
import type { ToolkenError, ToolkenErrorCode } from "../errors.js";

/** One outcome of a step: a token or a tool. */
export interface Outcome {
  /** Present for a token. */
  readonly token?: number;
  /** Text of the token, or the tool's name. */
  readonly text: string;
  /** Present for a tool. */
  readonly tool?: string;
  readonly logit: number;
  /** Probability under the softmax over all tokens and tools. */
  readonly probability: number;
}

/** A tool call that was carried out. */
export interface ToolCall {
  readonly tool: string;
  /** The arguments as the model wrote them. */
  readonly argumentsText: string;
  /** The arguments after validation. */
  readonly args: unknown;
  /** What stands in the text. */
  readonly result: string;
  /** What the tool returned. */
  readonly value: unknown;
  /** Where the result begins and ends in the answer's text, in characters. */
  readonly start: number;
  readonly end: number;
  /** Probability of the tool at its step. */
  readonly probability: number;
}

/** A call that came to nothing; the run went on without it. */
export interface FailedCall {
  readonly tool: string;
  /** As far as the model wrote them. */
  readonly argumentsText: string;
  readonly code: ToolkenErrorCode;
  readonly message: string;
}

/** A tool that was looked at again. */
export interface RerankCandidate {
  readonly tool: string;
  /** Logit and probability of the head's step. */
  readonly logit: number;
  readonly probability: number;
  /** `R_c·h` */
  readonly score: number;
}

/** A tentative call that the reranker has looked at (Toolken+, arXiv 2410.12004). */
export interface Rerank {
  /** Where the call would stand in the answer's text, in characters. */
  readonly at: number;
  /** The tool that was about to be called. */
  readonly tentative: string;
  /** In descending order of probability. */
  readonly candidates: readonly RerankCandidate[];
  /** Of `REJ`: its score, and the probability of the step's tokens together. */
  readonly reject: { readonly probability: number; readonly score: number };
  /** The tool that is called instead (or the tentative one), or "REJ": the step takes a token. */
  readonly decision: string;
}

export type FinishReason =
  | "stop" // a stop string or pattern
  | "end" // the model's end of generation
  | "length" // maxTokens
  | "calls" // maxCalls
  | "exhausted"; // no outcome was left at a step

/** Every token that went through the model, by what it was for. */
export interface Usage {
  /** Prompt tokens that were decoded for this run (cached ones are not). */
  readonly promptTokens: number;
  /** Prompt tokens that were found in the cache. */
  readonly cachedTokens: number;
  /** Tokens of the reasoning text that the model chose. */
  readonly reasoningTokens: number;
  /** Tokens of results that were put into the reasoning text. */
  readonly resultTokens: number;
  /** Tokens of tool-mode prompts: demonstrations, question, text so far. */
  readonly toolPromptTokens: number;
  /** Tokens of arguments. */
  readonly argumentTokens: number;
  /** Tokens of rerank prompts that were decoded: documentation, question, text so far. */
  readonly rerankTokens: number;
  /** Tokens of rerank prompts that were found in the cache; not in `cachedTokens`. */
  readonly cachedRerankTokens: number;
  /** All tokens decoded for this run. */
  readonly decodedTokens: number;
  readonly milliseconds: number;
}

export interface Answer {
  /** The reasoning text with results in place of calls. */
  readonly text: string;
  /** The same with calls written out: `67*253=<multiply>(67, 253)=16951`. */
  readonly transcript: string;
  readonly calls: readonly ToolCall[];
  /** Calls that failed, in their order; each was an event `backtrack`. */
  readonly failedCalls: readonly FailedCall[];
  /** What the reranker has looked at, in order; empty without one. */
  readonly reranks: readonly Rerank[];
  readonly finishReason: FinishReason;
  readonly usage: Usage;
}

export type RunEvent =
  | { readonly type: "token"; readonly token: number; readonly text: string; readonly probability: number }
  | { readonly type: "candidates"; readonly outcomes: readonly Outcome[] }
  | ({ readonly type: "rerank" } & Rerank)
  | {
      readonly type: "call";
      readonly tool: string;
      readonly argumentsText: string;
      readonly probability: number;
    }
  | { readonly type: "result"; readonly call: ToolCall }
  | {
      readonly type: "backtrack";
      readonly tool: string;
      readonly argumentsText: string;
      readonly error: ToolkenError;
    }
  | { readonly type: "done"; readonly answer: Answer };
