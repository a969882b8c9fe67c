import type { Message } from "../prompts/chat/messages.js";
import type { ToolkenError, ToolkenErrorCode } from "../errors.js";

/** One outcome of a step: a token or a tool. */
export interface Candidate {
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
  /** Unique within a conversation. */
  readonly toolCallId: string;
  readonly toolName: string;
  /** The arguments as the model wrote them. */
  readonly inputText: string;
  /** The arguments after validation. */
  readonly input: unknown;
  /** What stands in the text. */
  readonly outputText: string;
  /** What the tool returned. */
  readonly output: unknown;
  /** Where the result begins and ends in the answer's text, in characters. */
  readonly start: number;
  readonly end: number;
  /** Probability of the tool at its step. */
  readonly probability: number;
}

/** A call of a tool without `execute`: the caller executes it and adds its result to the messages. */
export interface PendingToolCall {
  readonly toolCallId: string;
  readonly toolName: string;
  readonly input: unknown;
  readonly inputText: string;
}

/** Log-probability (natural) of a token under the softmax over the vocabulary. */
export interface TokenLogprob {
  readonly token: number;
  readonly text: string;
  readonly logprob: number;
  readonly top: readonly Omit<TokenLogprob, "top">[];
}

/** A call that came to nothing; the run went on without it, or its arguments were written again. */
export interface ToolCallError {
  readonly toolCallId: string;
  readonly toolName: string;
  /** As far as the model wrote them. */
  readonly inputText: string;
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

/** Why generation ended. */
export type FinishReason =
  | "stop" // a stop sequence, or the model's end of generation
  | "length" // maxOutputTokens
  | "tool-calls" // maxToolCalls
  | "other"; // no candidate was left at a step

/** Token counts of one run. */
export interface Usage {
  /** Tokens the model read: prompts, computed or cached, and tool results. */
  readonly inputTokens: number;
  /** Tokens the model chose: text and arguments. */
  readonly outputTokens: number;
  /** `inputTokens + outputTokens`. */
  readonly totalTokens: number;
  readonly details: UsageDetails;
}

/** Every token that went through the model, by purpose. */
export interface UsageDetails {
  /** Prompt tokens decoded for this run; cached ones are not counted. */
  readonly promptTokens: number;
  /** Prompt tokens found in the KV cache. */
  readonly cachedTokens: number;
  /** Tokens of the text that the model chose. */
  readonly textTokens: number;
  /** Tokens of tool results put into the text. */
  readonly resultTokens: number;
  /** Tokens of probes, by which a head decides in a conversation. */
  readonly probeTokens: number;
  /** Tokens of tool-mode prompts: demonstrations, question, text so far. */
  readonly toolPromptTokens: number;
  /** Tokens of arguments. */
  readonly argumentTokens: number;
  /** Tokens of rerank prompts that were decoded: documentation, question, text so far. */
  readonly rerankTokens: number;
  /** Tokens of rerank prompts found in the KV cache; not in `cachedTokens`. */
  readonly cachedRerankTokens: number;
  /** All tokens decoded for this run. */
  readonly decodedTokens: number;
  readonly milliseconds: number;
}

/** The outcome of one run. */
export interface GenerateResult {
  /** The text, with results in place of calls. */
  readonly text: string;
  /** The text with calls written out: `67*253=<multiply>(67, 253)=16951`. */
  readonly transcript: string;
  readonly toolCalls: readonly ToolCall[];
  /** Failed calls in order; each was a `tool-error` part. */
  readonly toolErrors: readonly ToolCallError[];
  /** Decisions of the reranker, in order; empty without one. */
  readonly reranks: readonly Rerank[];
  /** Of a conversation: the messages to append, assistant and tool in order. */
  readonly messages?: readonly Message[];
  /** Of a conversation: calls that the caller executes. */
  readonly pendingToolCalls?: readonly PendingToolCall[];
  readonly logprobs?: readonly TokenLogprob[];
  readonly finishReason: FinishReason;
  readonly usage: Usage;
}

/** Id of a run's call, from its place among all calls, failed ones included. */
export function callId(index: number): string {
  return `call_${index}`;
}

/** The last part of a run. */
export function finishPart(result: GenerateResult): StreamPart {
  const { finishReason, usage } = result;
  return { type: "finish", finishReason, usage, result };
}

/** Parts of a streamed run, in order; `finish` is the last. */
export type StreamPart =
  | {
      readonly type: "text-delta";
      readonly text: string;
      /** Id of the token that the text ends with; -1 for text that was held back and is released together. */
      readonly token: number;
      readonly probability: number;
      /** With the option `logprobs`, of a conversation: of the tokens whose text begins here. */
      readonly logprobs?: readonly TokenLogprob[];
    }
  | { readonly type: "candidates"; readonly candidates: readonly Candidate[] }
  | ({ readonly type: "rerank" } & Rerank)
  | {
      /** How a head decided; null: no tool. */
      readonly type: "decision";
      readonly toolName: string | null;
      readonly candidates: readonly { readonly toolName: string | null; readonly probability: number }[];
    }
  | { readonly type: "tool-input-start"; readonly toolCallId: string; readonly toolName: string }
  | { readonly type: "tool-input-delta"; readonly toolCallId: string; readonly delta: string }
  | { readonly type: "tool-input-end"; readonly toolCallId: string }
  | {
      readonly type: "tool-call";
      readonly toolCallId: string;
      readonly toolName: string;
      readonly inputText: string;
      /** The parsed input, in a conversation. */
      readonly input?: unknown;
      readonly probability: number;
    }
  | ({ readonly type: "tool-result" } & ToolCall)
  | {
      readonly type: "tool-error";
      readonly toolCallId: string;
      readonly toolName: string;
      readonly inputText: string;
      readonly error: ToolkenError;
    }
  | {
      readonly type: "finish";
      readonly finishReason: FinishReason;
      readonly usage: Usage;
      readonly result: GenerateResult;
    };
