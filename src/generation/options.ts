import { z } from "zod";
import type { MessageInput } from "../prompts/chat/messages.js";
import type { JsonSchema, Tools } from "../tools/index.js";
import { integerField, signalField, value } from "../utils/option-fields.js";
import { defineOptions, type OptionsOf, type ResolvedOptions, withoutDefaults } from "../utils/options.js";
import { limitFields, rerankFields, samplingFields } from "./call-fields.js";
import type { DecodingStrategy } from "./strategy.js";

const MAX_TOP_LOGPROBS = 20;
/** Of a conversation, whose tools may take long texts; greater than that of calls within running text. */
export const CONVERSATION_ARGUMENT_TOKENS = 512;

/** Which tools a run may or must call. */
export type ToolChoice = "auto" | "none" | "required" | { readonly toolName: string };

const { topK, ...sampling } = samplingFields;
const { maxOutputTokens } = limitFields;
const optional = withoutDefaults({ ...limitFields, ...rerankFields });

/** Defaults in words are those that depend on the engine or on the kind of call. */
const callFields = {
  ...sampling,
  topK: withoutDefaults({ topK })
    .topK.describe("Sample from the k best candidates; at most the engine's `advanced.candidates`")
    .meta({ defaultText: String(topK.def.defaultValue) }),
  responsePrefix: z
    .string()
    .default("")
    .describe("Text that the response is forced to start with; no part of its text"),
  toolBias: value<number | Readonly<Record<string, number>>>(
    "a number or one per tool",
    (bias) => typeof bias === "number" || (typeof bias === "object" && bias !== null),
  )
    .default(0)
    .describe("Added to the head's own bias: one number, or one per tool; -Infinity switches a tool off"),
  toolChoice: value<ToolChoice>('"auto", "none", "required" or { toolName }', isToolChoice)
    .default("auto")
    .describe("auto: head or model decide; none; required: at least one call; { toolName }: one of that tool")
    .meta({
      more: "When free text would end without a required call, the run goes back to the step where a tool came closest.",
    }),
  strategy: value<DecodingStrategy>("a decoding strategy", isObject)
    .optional()
    .describe("Another order of decoding steps than free text, such as plans made of tools only")
    .meta({ more: "Stop sequences, repeat penalty and `candidates` events do not apply then." }),
  maxToolCalls: optional.maxToolCalls.meta({
    defaultText: `${limitFields.maxToolCalls.def.defaultValue}, or the strategy's`,
  }),
  maxArgumentTokens: optional.maxArgumentTokens.meta({
    defaultText: `${limitFields.maxArgumentTokens.def.defaultValue}; ${CONVERSATION_ARGUMENT_TOKENS} in a conversation`,
  }),
  maxSteps: integerField(1, 1000)
    .default(8)
    .describe("Assistant steps with calls before a conversation's turn ends"),
  argumentRetries: integerField(0, 10)
    .default(1)
    .describe(
      "Times that input which a tool's schema rejects is decoded again, with the error visible: in a turn of a conversation, for each call in running text",
    ),
  tools: value<Tools>("tools", isObject)
    .optional()
    .describe("In a conversation, tools of this turn")
    .meta({ defaultText: "those of the engine" }),
  documentation: z
    .enum(["none", "signature", "prompt"])
    .optional()
    .describe("In a conversation, what the model reads of tools that do not say it themselves")
    .meta({
      defaultText: '"prompt"; "none" with a head',
      more: '"prompt": description and JSON Schema in a list of tools. "signature": in short; with a head, before a call while its input is decoded. Arguments are decoded under the schema in any case.',
    }),
  parallelToolCalls: z.boolean().default(true).describe("In a conversation, several calls in one step"),
  sampleInput: z
    .boolean()
    .default(false)
    .describe("In a conversation, sample the tools' input with the sampling settings instead of greedily"),
  responseFormat: z
    .union([
      z.strictObject({ type: z.literal("text") }),
      z.strictObject({ type: z.literal("json"), schema: value<JsonSchema>("a schema").optional() }),
    ])
    .optional()
    .describe("In a conversation, json: the answer is JSON under the schema, or any JSON object")
    .meta({ defaultText: '{ type: "text" }' }),
  logprobs: z.boolean().default(false).describe("Report the log-probability of every token of the text"),
  topLogprobs: integerField(0, MAX_TOP_LOGPROBS)
    .optional()
    .describe("Number of most probable tokens to report at each place; implies logprobs"),
  rerank: z
    .boolean()
    .optional()
    .describe("Rerank proposed calls; the steps of a plan never are")
    .meta({ defaultText: "true with a reranker" }),
  rerankBelow: z
    .strictObject({
      margin: value<number>("a number", (margin) => typeof margin === "number" && !Number.isNaN(margin))
        .optional()
        .describe("The tool's logit less the best token's"),
      probability: z
        .number()
        .min(0)
        .max(1)
        .optional()
        .describe("The tool's probability among all candidates"),
    })
    .refine(
      ({ margin, probability }) => margin !== undefined || probability !== undefined,
      "{ margin, probability } or one of them",
    )
    .optional()
    .describe("Rerank only calls whose tool is below one of these; saves the others' time"),
  rerankWeight: optional.rerankWeight.meta({
    defaultText: String(rerankFields.rerankWeight.def.defaultValue),
    more: "The candidate with the greatest `w·score + (1 − w)·log p` wins; `p` is the head's probability of the tool, for `REJ` that of the step's tokens together.",
  }),
  maxOutputTokens: maxOutputTokens.meta({ aliases: ["maxTokens"] }),
  stopSequences: value<readonly (string | RegExp)[]>(
    "an array of non-empty strings and regular expressions",
    (stops) => Array.isArray(stops) && stops.every(isStop),
  )
    .optional()
    .describe("Strings (cut off) and patterns (kept up to the match's end) that end the text")
    .meta({ defaultText: "none in a conversation, else DEFAULT_STOPS" }),
  topCandidates: integerField(0)
    .default(0)
    .describe("Emit a `candidates` event with this number of best outcomes at every step"),
  signal: signalField,
};

const messagesField = value<readonly MessageInput[]>("an array of messages", Array.isArray);

export const callOptions = defineOptions(callFields);
/** Options of one answer. */
export type CallSettings = OptionsOf<typeof callOptions>;
/** Reranks only calls whose tool is below one of these. */
export type RerankBelow = NonNullable<CallSettings["rerankBelow"]>;
export type ResolvedCall = ResolvedOptions<typeof callOptions>;

export const generateOptions = defineOptions({
  ...callOptions.shape,
  prompt: value<string>(
    "a non-empty string, or messages",
    (text) => typeof text === "string" && text.trim() !== "",
  )
    .optional()
    .describe(
      "Takes the place of [QUESTION] in the engine's general prompt; results are spliced into the text",
    ),
  messages: messagesField.optional().describe("A conversation, rendered with the model's chat template"),
});

export const chatOptions = defineOptions({
  ...callOptions.shape,
  system: z.string().optional().describe("Instructions for the whole conversation"),
  messages: messagesField.default([]).describe("The conversation so far"),
});
export type ChatOptions = OptionsOf<typeof chatOptions>;

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

/**
 * The sentence or line that states the answer has ended, or the model begins the next question of a few-shot prompt.
 * A sentence ends where white space and a capital letter follow: neither in `3.5` nor after `5 sq.` of `5 sq. ft.`.
 */
export const DEFAULT_STOPS: readonly (string | RegExp)[] = [
  /(?:answer is|####)[^\n\d]*\d(?:[^\n]*?[.!?](?=\s+[A-Z])|[^\n]*(?=\n))/u,
  "\nQ:",
  "\n\n\n",
];

function isObject(given: unknown): boolean {
  return typeof given === "object" && given !== null;
}

function isToolChoice(choice: unknown): boolean {
  if (typeof choice === "string") return ["auto", "none", "required"].includes(choice);
  return isObject(choice) && typeof (choice as { toolName?: unknown }).toolName === "string";
}

function isStop(stop: unknown): boolean {
  return (typeof stop === "string" && stop !== "") || stop instanceof RegExp;
}
