import { ToolkenError, invalidArgument } from "../../errors.js";
import {
  type Documentation,
  jsonText,
  type JsonSchema,
  type Tool,
  type ToolSet,
  toolSet,
  toolSignature,
  withDocumentation,
} from "../../tools/index.js";
import { nothingToCall, readSampling } from "../settings.js";
import { CONVERSATION_ARGUMENT_TOKENS, type ResolvedCall, type ToolChoice } from "../options.js";
import type { SamplingOptions } from "../sampler.js";

/** Settings of one turn, defaults applied and checked. */
export interface ChatSettings {
  readonly sampling: SamplingOptions;
  readonly toolChoice: "auto" | "none" | "required";
  /** Tools that may be called. */
  readonly tools: readonly Tool[];
  /** Tools that are documented in the prompt: the same for every tool choice, so that the KV cache serves them all. */
  readonly documentedTools: readonly Tool[];
  /** What stands before a call of a tool while its input is decoded; it does not stay in the conversation. */
  readonly signatureOf: (tool: Tool) => string | undefined;
  /** What takes the place of these settings where a head decides. */
  readonly withHead: Pick<ChatSettings, "documentedTools" | "signatureOf">;
  /** Added to a tool's logit, where a head decides. */
  readonly toolBias: (toolName: string) => number;
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

/** @throws ToolkenError `INVALID_ARGUMENT`, `UNKNOWN_TOOL` */
export function readChatSettings(
  options: ResolvedCall,
  own: ToolSet,
  { contextSize, candidates }: { readonly contextSize: number; readonly candidates: number },
): ChatSettings {
  const tools = options.tools === undefined ? own : toolSet(options.tools);
  const toolBias = readToolBias(options.toolBias, tools);
  const { choice, callable: chosen } = readChoice(options.toolChoice, tools);
  const callable = chosen.filter(({ name }) => toolBias(name) > -Infinity);
  if (choice === "required" && callable.length === 0) throw nothingToCall(options.toolChoice);
  const { maxSteps, maxOutputTokens, argumentRetries, parallelToolCalls, sampleInput, signal } = options;
  return {
    sampling: readSampling(options, candidates),
    toolChoice: choice,
    tools: callable,
    toolBias,
    documentedTools: [...tools].map((tool) => withDocumentation(tool, options.documentation ?? "prompt")),
    signatureOf: () => undefined,
    withHead: readHeadDocumentation(tools, options.documentation ?? "none"),
    ...{ maxSteps, maxOutputTokens, argumentRetries, parallelToolCalls, sampleInput, signal },
    maxArgumentTokens: options.maxArgumentTokens ?? CONVERSATION_ARGUMENT_TOKENS,
    stopSequences: options.stopSequences ?? [],
    responseFormat: readResponseFormat(options.responseFormat),
    topLogprobs: options.topLogprobs ?? (options.logprobs ? 0 : undefined),
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
  choice: ToolChoice,
  tools: ToolSet,
): { readonly choice: "auto" | "none" | "required"; readonly callable: readonly Tool[] } {
  const all = [...tools];
  if (choice === "auto" || choice === "none") return { choice, callable: all };
  if (choice === "required") {
    if (all.length === 0) throw invalidArgument("tools for a required call", "toolChoice", choice);
    return { choice, callable: all };
  }
  return { choice: "required", callable: [tools.get(choice.toolName)] };
}

/** A head needs no list of tools: only what is asked for is said of them. */
function readHeadDocumentation(tools: ToolSet, documentation: Documentation): ChatSettings["withHead"] {
  const of = (tool: Tool): Documentation => tool.documentation ?? documentation;
  return {
    documentedTools: [...tools].filter((tool) => of(tool) === "prompt"),
    signatureOf: (tool) => (of(tool) === "signature" ? `${toolSignature(tool)}\n` : undefined),
  };
}

function readToolBias(bias: ResolvedCall["toolBias"], tools: ToolSet): ChatSettings["toolBias"] {
  const values = typeof bias === "object" ? Object.values(bias) : [bias];
  const wrong: unknown = values.find((value) => !(typeof value === "number" && value < Infinity));
  if (wrong !== undefined) throw invalidArgument("numbers below Infinity", "toolBias", wrong);
  if (typeof bias !== "object") return () => bias;
  for (const name of Object.keys(bias)) tools.get(name);
  return (name) => bias[name] ?? 0;
}

function readResponseFormat(format: ResolvedCall["responseFormat"]): ChatSettings["responseFormat"] {
  if (format === undefined || format.type === "text") return undefined;
  const schema: JsonSchema | null = format.schema ?? null;
  return { key: `json:${JSON.stringify(schema)}`, gbnf: () => jsonText(schema) };
}
