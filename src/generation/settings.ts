// Run options in full: defaults applied, every value checked, tools looked up.
import { ToolkenError, invalidArgument } from "../errors.js";
import type { ToolHead } from "../head/tool-head.js";
import type { ToolSet } from "../tools/index.js";
import { DEFAULT_STOPS, type CallSettings, type ToolChoice } from "./options.js";
import { readRerankOptions } from "./rerank-settings.js";
import type { ResolvedSettings } from "./resolved-settings.js";
import type { SamplingOptions } from "./sampler.js";
import { integer } from "../utils/integer.js";

/**
 * @param callable per row of the head: whether its tool can be executed
 * @param candidates most candidates that a step gives
 * @param hasReranker whether tentative calls can be looked at again
 */
export function readRunOptions(
  options: CallSettings,
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
    maxCalls: integer(options.maxToolCalls ?? options.strategy?.maxCalls ?? 16, "maxToolCalls", 0),
    maxArgumentTokens: integer(options.maxArgumentTokens ?? 96, "maxArgumentTokens", 1),
    maxTokens: integer(options.maxOutputTokens ?? 512, "maxOutputTokens", 1),
    stop: options.stopSequences === undefined ? DEFAULT_STOPS : readStopSequences(options.stopSequences),
    candidates: integer(options.topCandidates ?? 0, "topCandidates", 0, candidates),
    signal: readSignal(options.signal),
  };
}

function readPrefill({ responsePrefix: prefill = "", strategy }: CallSettings): string {
  if (typeof prefill !== "string") throw invalidArgument("a text", "responsePrefix", prefill);
  if (prefill !== "" && strategy !== undefined)
    throw invalidArgument("an empty string when a strategy is set", "responsePrefix", prefill);
  return prefill;
}

/** @throws ToolkenError `INVALID_ARGUMENT` */
export function numberIn(value: unknown, name: string, min: number, max: number): number {
  if (typeof value === "number" && value >= min && value <= max) return value;
  throw invalidArgument(`a number from ${min} to ${max}`, name, value);
}

/** @param candidates most candidates that a step gives */
export function readSampling(options: CallSettings, candidates: number): SamplingOptions {
  return {
    temperature: numberIn(options.temperature ?? 0, "temperature", 0, 100),
    topK: integer(options.topK ?? Math.min(40, candidates), "topK", 1, candidates),
    topP: numberIn(options.topP ?? 1, "topP", 0, 1),
    minP: numberIn(options.minP ?? 0, "minP", 0, 1),
    repeatPenalty: numberIn(options.repeatPenalty ?? 1, "repeatPenalty", 0.01, 100),
    repeatLastTokens: integer(options.repeatLastTokens ?? 64, "repeatLastTokens", 0),
    seed: integer(options.seed ?? 0, "seed", 0, Number.MAX_SAFE_INTEGER),
  };
}

export function readStopSequences(stop: unknown): readonly (string | RegExp)[] {
  if (Array.isArray(stop) && stop.every(isStop)) return stop as (string | RegExp)[];
  throw invalidArgument("an array of non-empty strings and regular expressions", "stopSequences", stop);
}

export function readSignal(signal: unknown): AbortSignal | undefined {
  if (signal === undefined || signal instanceof AbortSignal) return signal;
  throw invalidArgument("an AbortSignal", "signal", signal);
}

function isStop(value: unknown): boolean {
  return (typeof value === "string" && value !== "") || value instanceof RegExp;
}

function readToolChoice(choice: ToolChoice | undefined, head: ToolHead | undefined): ToolChoice {
  if (choice === undefined || choice === "auto" || choice === "none") return choice ?? "auto";
  if (choice !== "required" && (typeof choice !== "object" || typeof choice.toolName !== "string")) {
    throw invalidArgument('"auto", "none", "required" or { toolName }', "toolChoice", choice);
  }
  if (head === undefined) {
    throw new ToolkenError("INVALID_ARGUMENT", "Expected a head for a required tool call but there is none");
  }
  if (typeof choice === "object" && !head.has(choice.toolName)) throw unknownTool(choice.toolName, head);
  return choice;
}

/** A call is required, and no tool may be called. */
function nothingToCall(choice: ToolChoice): ToolkenError {
  return typeof choice === "object"
    ? new ToolkenError("UNKNOWN_TOOL", `Expected a tool that can be called but received ${choice.toolName}`, {
        hint: "It has a row in the head; give the tool itself to createToolken, and no bias of -Infinity.",
      })
    : new ToolkenError("INVALID_ARGUMENT", "Expected a tool for a required call but none can be called", {
        hint: "Give createToolken tools, and leave one of them without a bias of -Infinity.",
      });
}

function biasOf(
  bias: CallSettings["toolBias"],
  choice: ToolChoice,
  head: ToolHead | undefined,
  callable: readonly boolean[],
): Float32Array {
  if (typeof bias === "object") {
    for (const tool of Object.keys(bias)) {
      if (head?.has(tool) !== true) throw unknownTool(tool, head);
    }
  } else if (bias !== undefined && typeof bias !== "number") {
    throw invalidArgument("a number or one per tool", "toolBias", bias);
  }
  return Float32Array.from(head?.tools ?? [], (tool, k) => {
    const own = typeof bias === "object" ? (bias[tool] ?? 0) : (bias ?? 0);
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
