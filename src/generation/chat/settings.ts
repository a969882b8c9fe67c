import { ToolkenError, invalidArgument } from "../../errors.js";
import {
  jsonText,
  readDocumentation,
  type JsonSchema,
  type Tool,
  type ToolSet,
  toolSet,
  withDocumentation,
} from "../../tools/index.js";
import { readSampling, readSignal, readStopSequences } from "../settings.js";
import type { CallSettings, ToolChoice } from "../options.js";
import type { SamplingOptions } from "../sampler.js";
import { integer } from "../../utils/integer.js";

/** Settings of one turn, defaults applied and checked. */
export interface ChatSettings {
  readonly sampling: SamplingOptions;
  readonly toolChoice: "auto" | "none" | "required";
  /** Tools that may be called. */
  readonly tools: readonly Tool[];
  /** Tools that are documented in the prompt: the same for every tool choice, so that the KV cache serves them all. */
  readonly documentedTools: readonly Tool[];
  readonly maxSteps: number;
  readonly maxOutputTokens: number;
  readonly maxArgumentTokens: number;
  readonly argumentRetries: number;
  readonly parallelToolCalls: boolean;
  readonly sampleInput: boolean;
  readonly stopSequences: readonly (string | RegExp)[];
  readonly responseFormat: { readonly key: string; readonly gbnf: () => string } | undefined;
  readonly topLogprobs: number | undefined;
  readonly signal: AbortSignal | undefined;
  /** @throws ToolkenError `CONTEXT_FULL` when a prompt of at least this many tokens leaves no room for an answer */
  readonly assertFits: (promptTokens: number, isCounted?: boolean) => void;
}

const MAX_TOP_LOGPROBS = 20;

/** @throws ToolkenError `INVALID_ARGUMENT`, `UNKNOWN_TOOL` */
export function readChatSettings(
  options: CallSettings,
  own: ToolSet,
  { contextSize, candidates }: { readonly contextSize: number; readonly candidates: number },
): ChatSettings {
  const tools = options.tools === undefined ? own : toolSet(options.tools);
  const { choice, callable } = readChoice(options.toolChoice, tools);
  const documentation = readDocumentation(options.documentation ?? "prompt");
  const top = options.topLogprobs ?? (options.logprobs === true ? 0 : undefined);
  return {
    sampling: readSampling(options, candidates),
    toolChoice: choice,
    tools: callable,
    documentedTools: [...tools].map((tool) => withDocumentation(tool, documentation)),
    maxSteps: integer(options.maxSteps ?? 8, "maxSteps", 1, 1000),
    maxOutputTokens: integer(options.maxOutputTokens ?? 512, "maxOutputTokens", 1),
    maxArgumentTokens: integer(options.maxArgumentTokens ?? 512, "maxArgumentTokens", 1),
    argumentRetries: integer(options.argumentRetries ?? 1, "argumentRetries", 0, 10),
    parallelToolCalls: options.parallelToolCalls ?? true,
    sampleInput: options.sampleInput ?? false,
    stopSequences: options.stopSequences === undefined ? [] : readStopSequences(options.stopSequences),
    responseFormat: readResponseFormat(options.responseFormat),
    topLogprobs: top === undefined ? undefined : integer(top, "topLogprobs", 0, MAX_TOP_LOGPROBS),
    signal: readSignal(options.signal),
    assertFits: (promptTokens, isCounted = true) => {
      if (promptTokens < contextSize) return;
      throw new ToolkenError(
        "CONTEXT_FULL",
        `The conversation has ${isCounted ? "" : "at least "}${promptTokens} tokens, the context has room for ${contextSize}`,
        { hint: "Raise contextSize, or leave out old messages.", facts: { promptTokens, contextSize } },
      );
    },
  };
}

function readChoice(
  choice: ToolChoice | undefined,
  tools: ToolSet,
): { readonly choice: "auto" | "none" | "required"; readonly callable: readonly Tool[] } {
  const all = [...tools];
  if (choice === undefined || choice === "auto" || choice === "none") {
    return { choice: choice ?? "auto", callable: all };
  }
  if (choice === "required") {
    if (all.length === 0) throw invalidArgument("tools for a required call", "toolChoice", choice);
    return { choice, callable: all };
  }
  const name: unknown = typeof choice === "object" ? choice.toolName : undefined;
  if (typeof name !== "string") {
    throw invalidArgument('"auto", "none", "required" or { toolName }', "toolChoice", choice);
  }
  return { choice: "required", callable: [tools.get(name)] };
}

function readResponseFormat(format: CallSettings["responseFormat"]): ChatSettings["responseFormat"] {
  if (format === undefined || format.type === "text") return undefined;
  if ((format.type as string) !== "json") {
    throw invalidArgument('{ type: "text" } or { type: "json", schema }', "responseFormat", format);
  }
  const schema: JsonSchema | null = format.schema ?? null;
  return { key: `json:${JSON.stringify(schema)}`, gbnf: () => jsonText(schema) };
}
