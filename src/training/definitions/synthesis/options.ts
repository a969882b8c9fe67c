import { z } from "zod";
import { Model } from "../../../model/model.js";
import {
  callback,
  integerField,
  nonEmptyString,
  type Progress,
  signalField,
  threadsField,
  value,
} from "../../../utils/option-fields.js";
import { defineOptions, type OptionsOf, type ResolvedOptions } from "../../../utils/options.js";
import type { Tools } from "../../../tools/index.js";
import { shardField } from "../../../utils/shard.js";
import { isLanguageModel, type LanguageModelLike } from "./language-model-writer.js";
import type { RoundTrip } from "./round-trip.js";
import { STYLES } from "./style.js";
import type { RequestWriter } from "./writer.js";
import { PROMPT_FAMILIES } from "./writer-prompts.js";

const temperatureField = z.number().min(0).max(10).default(0.9).describe("Temperature of the writer");

/** Of a local model that writes. */
const modelWriterFields = {
  family: z
    .enum(PROMPT_FAMILIES)
    .default("few-shot")
    .describe("How a local model is asked: after examples, or for the user's turn of a conversation"),
  parallel: integerField(1, 64).default(8).describe("Requests that share each decode"),
  temperature: temperatureField,
  maxTokens: integerField(1, 512).default(48).describe("Tokens of one request"),
};
export const modelWriterOptions = defineOptions({ ...modelWriterFields, threads: threadsField });
export type ModelWriterOptions = OptionsOf<typeof modelWriterOptions>;

/** How requests are written and filtered. */
export const synthesisFields = {
  styles: z
    .array(z.enum(STYLES))
    .min(1)
    .readonly()
    .default(STYLES)
    .describe("Styles that requests take turns in"),
  retries: integerField(0, 20).default(3).describe("Further attempts for each request that was dropped"),
  others: integerField(0, 20).default(3).describe("Nearest other tools that the writer is shown"),
  roundTrip: value<RoundTrip | false>(
    "a function or false",
    (given) => given === false || typeof given === "function",
  )
    .optional()
    .describe("Ranks of a request's tool among all; requests that fit other tools better are dropped")
    .meta({
      more: "Those beyond the first tenth of the tools, at most the first five, are dropped.",
      defaultText: "BM25 over the definitions",
    }),
  shard: shardField.describe(
    "Only the requests of this part of the tools; the others still count as neighbours",
  ),
  ...modelWriterFields,
};

export type Writer = Model | LanguageModelLike | RequestWriter;

export function isWriter(given: unknown): boolean {
  return (
    given instanceof Model ||
    isLanguageModel(given) ||
    typeof (given as Partial<RequestWriter> | null)?.write === "function"
  );
}

export const synthesizeOptions = defineOptions({
  writer: value<Writer>("a model, a language model of AI SDK or a writer", isWriter).describe(
    "Who writes: a loaded model, a language model of AI SDK, or a writer of your own",
  ),
  perTool: integerField(1, 1000).default(8).describe("Usable requests per tool"),
  among: value<Tools>("tools", (tools) => typeof tools === "object" && tools !== null)
    .optional()
    .describe("Further tools that the requests must not fit"),
  path: nonEmptyString()
    .optional()
    .describe("JSON Lines that every request is appended to as it comes")
    .meta({
      more: "What is there already counts, so that an interrupted run resumes and edited lines stay.",
    }),
  ...synthesisFields,
  seed: integerField(0).default(1).describe("The same seed asks for the same values and styles"),
  threads: threadsField,
  signal: signalField,
  onProgress: callback<(event: Progress<"generation">) => void>()
    .optional()
    .describe("Called with usable requests and how many there are to be"),
});
export type SynthesizeOptions = OptionsOf<typeof synthesizeOptions>;
export type ResolvedSynthesis = ResolvedOptions<typeof synthesizeOptions>;
