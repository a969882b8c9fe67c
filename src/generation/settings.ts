// Run options in full: defaults applied, every value checked, tools looked up.
import { ToolkenError, invalidArgument } from "../errors.js";
import type { ToolHead } from "../head/tool-head.js";
import type { ToolSet } from "../tools/index.js";
import { DEFAULT_STOPS, type CallSettings, type ToolChoice } from "./options.js";
import type { RerankSettings } from "./rerank.js";
import { readRerankOptions } from "./rerank-settings.js";
import type { SamplingOptions } from "./sampler.js";

export interface ResolvedSettings {
  readonly sampling: SamplingOptions;
  /** (K): the head's bias and the caller's, -Infinity for tools that may not be called. */
  readonly bias: Float32Array;
  /** A run must not end without a call. */
  readonly required: boolean;
  /** Undefined: tentative calls are made as they are. */
  readonly rerank: RerankSettings | undefined;
  /** What the answer begins with, before its text. */
  readonly prefill: string;
  readonly maxCalls: number;
  readonly maxArgumentTokens: number;
  readonly maxTokens: number;
  readonly stop: readonly (string | RegExp)[];
  readonly candidates: number;
  readonly signal: AbortSignal | undefined;
}

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
  const number = (name: keyof CallSettings, fallback: number, least: number, most: number): number => {
    const value = options[name] ?? fallback;
    if (typeof value !== "number" || !(value >= least && value <= most)) {
      throw invalidArgument(`a number from ${least} to ${most}`, name, value);
    }
    return value;
  };
  const integer = (name: keyof CallSettings, fallback: number, least: number, most = 2 ** 31 - 1): number => {
    const value = number(name, fallback, least, most);
    if (!Number.isInteger(value)) throw invalidArgument("an integer", name, value);
    return value;
  };
  const stop = options.stopSequences ?? DEFAULT_STOPS;
  if (!Array.isArray(stop) || !stop.every((entry) => isStop(entry))) {
    throw invalidArgument("an array of non-empty strings and regular expressions", "stopSequences", stop);
  }
  if (options.signal !== undefined && !(options.signal instanceof AbortSignal)) {
    throw invalidArgument("an AbortSignal", "signal", options.signal);
  }
  const choice = readToolChoice(options.toolChoice, head);
  const bias = biasOf(options.toolBias, choice, head, callable);
  const required = choice === "required" || typeof choice === "object";
  if (required && bias.every((value) => value === -Infinity)) throw nothingToCall(choice);
  return {
    sampling: {
      temperature: number("temperature", 0, 0, 100),
      topK: integer("topK", Math.min(40, candidates), 1, candidates),
      topP: number("topP", 1, 0, 1),
      minP: number("minP", 0, 0, 1),
      repeatPenalty: number("repeatPenalty", 1, 0.01, 100),
      repeatLastTokens: integer("repeatLastTokens", 64, 0),
      seed: integer("seed", 0, 0, Number.MAX_SAFE_INTEGER),
    },
    bias,
    required,
    rerank: readRerankOptions(options, hasReranker),
    prefill: readPrefill(options),
    maxCalls: integer("maxToolCalls", options.strategy?.maxCalls ?? 16, 0),
    maxArgumentTokens: integer("maxArgumentTokens", 96, 1),
    maxTokens: integer("maxOutputTokens", 512, 1),
    stop,
    candidates: integer("topCandidates", 0, 0, candidates),
    signal: options.signal,
  };
}

function readPrefill({ responsePrefix: prefill = "", strategy }: CallSettings): string {
  if (typeof prefill !== "string") throw invalidArgument("a text", "responsePrefix", prefill);
  if (prefill !== "" && strategy !== undefined)
    throw invalidArgument("an empty string when a strategy is set", "responsePrefix", prefill);
  return prefill;
}

function isStop(value: unknown): boolean {
  return (typeof value === "string" && value !== "") || value instanceof RegExp;
}

function readToolChoice(choice: ToolChoice | undefined, head: ToolHead | undefined): ToolChoice {
  if (choice === undefined || choice === "auto" || choice === "none") return choice ?? "auto";
  if (choice !== "required" && (typeof choice !== "object" || typeof choice.tool !== "string")) {
    throw invalidArgument('"auto", "none", "required" or { tool }', "toolChoice", choice);
  }
  if (head === undefined) {
    throw new ToolkenError("INVALID_ARGUMENT", "Expected a head for a required tool call but there is none");
  }
  if (typeof choice === "object" && !head.has(choice.tool)) throw unknownTool(choice.tool, head);
  return choice;
}

/** A call is required, and no tool may be called. */
function nothingToCall(choice: ToolChoice): ToolkenError {
  return typeof choice === "object"
    ? new ToolkenError("UNKNOWN_TOOL", `Expected a tool that can be called but received ${choice.tool}`, {
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
      choice === "none" || callable[k] !== true || (typeof choice === "object" && choice.tool !== tool);
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
