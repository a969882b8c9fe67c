// Settings of a text run: what depends on head, tools and engine is checked and filled in.
import { ToolkenError, invalidArgument } from "../errors.js";
import type { ToolHead } from "../head/tool-head.js";
import type { ToolSet } from "../tools/index.js";
import { limitFields, samplingFields } from "./call-fields.js";
import { DEFAULT_STOPS, type ResolvedCall, type ToolChoice } from "./options.js";
import { readRerankOptions } from "./rerank-settings.js";
import type { ResolvedSettings } from "./resolved-settings.js";
import type { SamplingOptions } from "./sampler.js";
import { integer } from "../utils/integer.js";

/**
 * @param callable per row of the head: whether its tool can be executed
 * @param candidates maximum candidates of a step
 * @param hasReranker whether tentative calls can be looked at again
 */
export function readRunOptions(
  options: ResolvedCall,
  head: ToolHead | undefined,
  callable: readonly boolean[],
  candidates: number,
  hasReranker = false,
): ResolvedSettings {
  const choice = readToolChoice(options.toolChoice, head);
  const bias = biasOf(options.toolBias, choice, head, callable);
  const required = choice === "required" || typeof choice === "object";
  if (required && bias.every((value) => value === -Infinity)) throw nothingToCall(choice);
  return {
    sampling: readSampling(options, candidates),
    bias,
    required,
    rerank: readRerankOptions(options, hasReranker),
    prefill: readPrefill(options),
    maxCalls: options.maxToolCalls ?? options.strategy?.maxCalls ?? limitFields.maxToolCalls.def.defaultValue,
    maxArgumentTokens: options.maxArgumentTokens ?? limitFields.maxArgumentTokens.def.defaultValue,
    argumentRetries: options.argumentRetries,
    maxTokens: options.maxOutputTokens,
    stop: options.stopSequences ?? DEFAULT_STOPS,
    candidates: integer(options.topCandidates, "topCandidates", 0, candidates),
    signal: options.signal,
  };
}

function readPrefill({ responsePrefix: prefill, strategy }: ResolvedCall): string {
  if (prefill !== "" && strategy !== undefined)
    throw invalidArgument("an empty string when a strategy is set", "responsePrefix", prefill);
  return prefill;
}

/** @param candidates maximum candidates of a step */
export function readSampling(options: ResolvedCall, candidates: number): SamplingOptions {
  const { temperature, topP, minP, repeatPenalty, repeatLastTokens, seed } = options;
  const topK = options.topK ?? Math.min(samplingFields.topK.def.defaultValue, candidates);
  return {
    ...{ temperature, topP, minP, repeatPenalty, repeatLastTokens, seed },
    topK: integer(topK, "topK", 1, candidates),
  };
}

function readToolChoice(choice: ToolChoice, head: ToolHead | undefined): ToolChoice {
  if (choice === "auto" || choice === "none") return choice;
  if (head === undefined) {
    throw new ToolkenError("INVALID_ARGUMENT", "A required tool call needs a head, and the engine has none", {
      hint: "Give createEngine a head, or the question as messages, where tools are listed in the prompt.",
    });
  }
  if (typeof choice === "object" && !head.has(choice.toolName)) throw unknownTool(choice.toolName, head);
  return choice;
}

/** A call is required, and no tool may be called. */
export function nothingToCall(choice: ToolChoice): ToolkenError {
  return typeof choice === "object"
    ? new ToolkenError("UNKNOWN_TOOL", `Expected a tool that can be called but received ${choice.toolName}`, {
        hint: "It has a row in the head; give the tool itself to createEngine, and no bias of -Infinity.",
      })
    : new ToolkenError("INVALID_ARGUMENT", "Expected a tool for a required call but none can be called", {
        hint: "Give createEngine tools, and leave one of them without a bias of -Infinity.",
      });
}

function biasOf(
  bias: ResolvedCall["toolBias"],
  choice: ToolChoice,
  head: ToolHead | undefined,
  callable: readonly boolean[],
): Float32Array {
  if (typeof bias === "object") {
    for (const tool of Object.keys(bias)) {
      if (head?.has(tool) !== true) throw unknownTool(tool, head);
    }
  }
  return Float32Array.from(head?.tools ?? [], (tool, k) => {
    const own = typeof bias === "object" ? (bias[tool] ?? 0) : bias;
    if (Number.isNaN(own) || own === Infinity)
      throw invalidArgument("a number below Infinity", "toolBias", own);
    const isOff =
      choice === "none" || callable[k] !== true || (typeof choice === "object" && choice.toolName !== tool);
    return isOff ? -Infinity : own + head!.bias[k]!;
  });
}

export function unknownTool(tool: string, head: ToolHead | undefined): ToolkenError {
  const names = head?.tools.slice(0, 20).join(", ") ?? "none";
  return new ToolkenError("UNKNOWN_TOOL", `Expected a tool of the head (${names}) but received ${tool}`, {
    hint: "Train a head with this tool, or leave it out.",
  });
}

/** @throws `UNKNOWN_TOOL` for a tool without a row. */
export function assertRows(head: ToolHead, tools: ToolSet): void {
  for (const name of tools.names) {
    if (!head.has(name)) throw unknownTool(name, head);
  }
}
