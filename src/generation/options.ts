// What a caller can say about one run, with its defaults in one place.

import type { MessageInput } from "../prompts/chat/messages.js";
import type { Documentation, JsonSchema, Tools } from "../tools/index.js";
import type { DecodingStrategy } from "./strategy.js";

/** Which tools a run may or must call. */
export type ToolChoice = "auto" | "none" | "required" | { readonly toolName: string };

/** A call is looked at again when its tool is below one of these. */
export interface RerankBelow {
  /** The tool's logit less the best token's. */
  readonly margin?: number | undefined;
  /** The tool's probability among all outcomes, 0…1. */
  readonly probability?: number | undefined;
}

export interface CallSettings {
  // ---- sampling ----
  /** 0 takes the best outcome of every step. Default: 0. */
  readonly temperature?: number | undefined;
  /** Best outcomes that sampling looks at; at most the toolken's `candidates`. Default: 40. */
  readonly topK?: number | undefined;
  /** Nucleus: the fewest outcomes whose probabilities reach this. Default: 1 (off). */
  readonly topP?: number | undefined;
  /** Leaves out what is less probable than this share of the best. Default: 0 (off). */
  readonly minP?: number | undefined;
  /** Divides positive (multiplies negative) logits of recent tokens. Default: 1 (off). */
  readonly repeatPenalty?: number | undefined;
  /** How many recent tokens are penalised. Default: 64. */
  readonly repeatLastTokens?: number | undefined;
  /** Seed of sampling: the same seed gives the same answer. Default: 0. */
  readonly seed?: number | undefined;

  // ---- beginning ----
  /** The beginning of the answer, which the model goes on behind; no part of the answer's text. Default: none. */
  readonly responsePrefix?: string | undefined;

  // ---- tools ----
  /** Added to the head's own bias: one number, or one per tool by name; -Infinity switches a tool off. Default: 0. */
  readonly toolBias?: number | Readonly<Record<string, number>> | undefined;
  /**
   * "auto": the head decides. "none": the model alone. "required": at least one call; when the model would end
   * without one, the run goes back to the step where a tool came closest. `{ tool }`: the same with only that
   * tool. Default: "auto".
   */
  readonly toolChoice?: ToolChoice | undefined;
  /**
   * Another order of decoding steps, such as plans made of tools only. Stop sequences, repeat penalty and
   * `candidates` events do not apply then. Default: free text.
   */
  readonly strategy?: DecodingStrategy | undefined;
  /** Most calls of a run; after 16 failed ones, which are none of these, it goes on without tools. Default: 16, or the strategy's. */
  readonly maxToolCalls?: number | undefined;
  /** Most tokens of one call's arguments. Default: 96. */
  readonly maxArgumentTokens?: number | undefined;

  /** Assistant steps with calls before a conversation's turn ends. Default: 8. */
  readonly maxSteps?: number | undefined;
  /** Times that input which a tool's schema rejects is decoded again, with the error visible. Default: 1. */
  readonly argumentRetries?: number | undefined;
  /** In a conversation, tools of this turn instead of the engine's. */
  readonly tools?: Tools | undefined;
  /**
   * In a conversation whose prompt lists the tools, what it says of those that do not say it themselves. Arguments are
   * decoded under the schema in any case. Default: "prompt".
   */
  readonly documentation?: Documentation | undefined;
  /** In a conversation, several calls in one step. Default: true. */
  readonly parallelToolCalls?: boolean | undefined;
  /** In a conversation, sample the tools' input with the sampling settings. Default: false, greedy. */
  readonly sampleInput?: boolean | undefined;

  // ---- output of a conversation ----
  /** `json`: the answer is JSON under the schema, or any JSON object. Default: text. */
  readonly responseFormat?:
    | { readonly type: "text" }
    | { readonly type: "json"; readonly schema?: JsonSchema | undefined }
    | undefined;
  /** Report the log-probability of every token of the text. Default: false. */
  readonly logprobs?: boolean | undefined;
  /** The most probable tokens at each place, 0…20; implies `logprobs`. Default: 0. */
  readonly topLogprobs?: number | undefined;

  // ---- reranking, with a reranker ----
  /** Whether tentative calls are looked at again; the steps of a plan never are. Default: true. */
  readonly rerank?: boolean | undefined;
  /** Only calls that the head is not sure of; saves the others' time. Default: every call. */
  readonly rerankBelow?: RerankBelow | undefined;
  /**
   * w in `w·score + (1 − w)·log p`, the candidate of the greatest value winning: `score` is the reranker's, `p` the
   * head's probability of the tool, for `REJ` that of the step's tokens together. 0…1. Default: 1, the scores alone.
   */
  readonly rerankWeight?: number | undefined;

  // ---- ending ----
  /** Most tokens of the reasoning text, results included. Default: 512. */
  readonly maxOutputTokens?: number | undefined;
  /** Strings (cut off) and patterns (kept up to the match's end) that end the text. Default: {@link DEFAULT_STOPS}. */
  readonly stopSequences?: readonly (string | RegExp)[] | undefined;

  // ---- watching ----
  /** Emit a `candidates` event with this many of the best outcomes at every step. Default: 0. */
  readonly topCandidates?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A text to continue, or a conversation to answer. */
export type GenerateOptions = CallSettings &
  (
    | {
        /** Takes the place of `[QUESTION]` in the engine's general prompt; results are spliced into the text. */
        readonly prompt: string;
        readonly messages?: undefined;
      }
    | {
        /** A conversation in the model's chat template. */
        readonly messages: readonly MessageInput[];
        readonly prompt?: undefined;
      }
  );

/** A text to continue. */
export type PromptOptions = GenerateOptions & { readonly prompt: string };

/** The line that states the answer has ended, or the model begins the next question of a few-shot prompt. */
export const DEFAULT_STOPS: readonly (string | RegExp)[] = [
  /(?:answer is|####)[^\n]*\d[^\n]*(?=\n)/u,
  "\nQ:",
  "\n\n\n",
];
