// Flags that several commands share, each written once.
import { z } from "zod";
import type { RerankBelow, CallSettings, ToolChoice } from "../generation/options.js";
import { GPU_CHOICES } from "../model/load-model.js";

const MODEL = "Model";
const TOOLS = "Head and tools";
const SAMPLING = "Sampling";
const CALLS = "Calls and length";
const RERANKING = "Reranking";
const OUTPUT = "Output";

/** Where a model comes from and where it is computed. */
export const modelFlags = {
  model: z
    .string()
    .min(1)
    .optional()
    .describe("Model: path of a GGUF file, or nano")
    .meta({ group: MODEL, defaultText: "nano, the embedded model" }),
  gpu: z
    .enum(GPU_CHOICES)
    .default("auto")
    .describe("Backend; auto: the best one installed that finds a device")
    .meta({ group: MODEL }),
  gpuLayers: z
    .union([z.literal("auto"), z.int().min(0)])
    .default("auto")
    .describe("Layers on the GPU; auto: as many as fit")
    .meta({ group: MODEL }),
  threads: z
    .int()
    .min(1)
    .max(1024)
    .optional()
    .describe("CPU threads")
    .meta({ group: MODEL, defaultText: "the physical cores" }),
};

/** Names of tools or where they are defined. */
export const toolsFlag = {
  tools: z
    .array(z.string().min(1))
    .optional()
    .describe(
      "Tools: math (the thirteen operators of FuncQA), money (look-alikes for amounts), or a module's path",
    )
    .meta({ group: TOOLS, defaultText: "math" }),
};

export const mcpFlag = {
  mcp: z
    .string()
    .min(1)
    .optional()
    .describe("MCP servers whose tools are added: path of an mcpServers file (JSON)")
    .meta({ group: TOOLS, defaultText: "none" }),
};

export const promptFlags = {
  prompts: z
    .string()
    .min(1)
    .optional()
    .describe("Folder with *general*.txt and a *<tool>*.txt per tool, [QUESTION] as the slot")
    .meta({ group: TOOLS, defaultText: "made of the tools' demonstrations; nano has its own" }),
  chat: z
    .boolean()
    .default(false)
    .describe("Wrap prompts in the model's own chat template")
    .meta({ group: TOOLS }),
};

/** What makes a model answer with tools. */
export const toolkenFlags = {
  head: z
    .string()
    .min(1)
    .optional()
    .describe("Tool head (safetensors), or nano; without one: the base model")
    .meta({ group: TOOLS }),
  ...toolsFlag,
  ...promptFlags,
  force: z
    .boolean()
    .default(false)
    .describe("Accept a head or reranker trained on another file of the model")
    .meta({ group: TOOLS }),
  grammar: z
    .boolean()
    .default(true)
    .describe("Decode arguments under the tool's grammar")
    .meta({ group: TOOLS }),
  placement: z
    .enum(["auto", "graph", "host"])
    .default("auto")
    .describe("Where the head is computed: in llama.cpp's graph or on the host")
    .meta({ group: TOOLS }),
  reranker: z
    .string()
    .min(1)
    .optional()
    .describe("Reranker (safetensors), or nano")
    .meta({ group: RERANKING, defaultText: "none" }),
  topKTools: z
    .int()
    .min(1)
    .max(256)
    .optional()
    .describe("Candidates of the reranker")
    .meta({ group: RERANKING, defaultText: "as many as it was trained with" }),
  contextSize: z
    .int()
    .min(1)
    .optional()
    .describe("KV cache size in tokens")
    .meta({ group: MODEL, defaultText: "the prompts' tokens and 2048 per parallel run" }),
};

/** What a single run may be told. */
export const runFlags = {
  temperature: z.number().min(0).max(100).default(0).describe("0: greedy").meta({ group: SAMPLING }),
  topK: z
    .int()
    .min(1)
    .max(64)
    .default(40)
    .describe("Sample among this many best candidates")
    .meta({ group: SAMPLING }),
  topP: z
    .number()
    .min(0)
    .max(1)
    .default(1)
    .describe("Nucleus sampling: cumulative probability")
    .meta({ group: SAMPLING }),
  minP: z
    .number()
    .min(0)
    .max(1)
    .default(0)
    .describe("Minimum probability relative to the best candidate")
    .meta({ group: SAMPLING }),
  repeatPenalty: z
    .number()
    .min(0.01)
    .max(100)
    .default(1)
    .describe("Repetition penalty over the last 64 tokens; 1: none")
    .meta({ group: SAMPLING }),
  seed: z.int().min(0).default(0).describe("Seed of sampling").meta({ group: SAMPLING }),
  bias: z
    .union([z.number(), z.string().min(1)])
    .optional()
    .transform(readBias)
    .describe("Logit bias of tools: a number, or add=2,log=-Infinity")
    .meta({ group: CALLS, defaultText: "0" }),
  toolChoice: z
    .string()
    .min(1)
    .optional()
    .transform(readToolChoice)
    .describe("auto, none, required, or a tool's name")
    .meta({ group: CALLS, defaultText: "auto" }),
  maxTokens: z
    .int()
    .min(1)
    .default(512)
    .describe("Maximum tokens of an answer, results included")
    .meta({ group: CALLS }),
  maxCalls: z
    .int()
    .min(0)
    .optional()
    .describe("Maximum tool calls of an answer")
    .meta({ group: CALLS, defaultText: "16; 100 in a plan" }),
  rerankBelow: z
    .string()
    .min(1)
    .optional()
    .transform(readRerankBelow)
    .describe("Rerank only calls below these: probability=0.9, margin=3 (of logits), or both with a comma")
    .meta({ group: RERANKING, defaultText: "all calls" }),
  rerankWeight: z
    .number()
    .min(0)
    .max(1)
    .optional()
    .describe("Weight of the reranker's scores against the head's log-probabilities")
    .meta({ group: RERANKING, defaultText: "1" }),
};

export const planFlag = {
  plan: z
    .string()
    .min(1)
    .optional()
    .describe(
      "Write plans made of tools only: JSON with groups, order and end, as `toolken lab prepare` writes it",
    )
    .meta({ group: CALLS }),
};

export const jsonFlag = {
  json: z
    .boolean()
    .default(false)
    .describe("Print JSON to standard output and nothing else there")
    .meta({ group: OUTPUT }),
};

export type ModelFlags = z.output<z.ZodObject<typeof modelFlags>>;
export type ToolsFlag = z.output<z.ZodObject<typeof toolsFlag>>;
export type ToolkenFlags = z.output<z.ZodObject<typeof toolkenFlags>>;
export type McpFlag = z.output<z.ZodObject<typeof mcpFlag>>;
export type PlanFlag = z.output<z.ZodObject<typeof planFlag>>;
export type RunFlags = z.output<z.ZodObject<typeof runFlags>>;

/** The flags' part of `RunOptions`. */
export function runOptions(flags: RunFlags): CallSettings {
  const { temperature, topK, topP, minP, repeatPenalty, seed, bias, toolChoice, maxTokens, maxCalls } = flags;
  const { rerankBelow, rerankWeight } = flags;
  return {
    temperature,
    topK,
    topP,
    minP,
    repeatPenalty,
    seed,
    toolBias: bias,
    toolChoice,
    maxOutputTokens: maxTokens,
    maxToolCalls: maxCalls,
    rerankBelow,
    rerankWeight,
  };
}

function readBias(
  bias: number | string | undefined,
  context: z.core.$RefinementCtx,
): number | Readonly<Record<string, number>> | undefined {
  if (bias === undefined || typeof bias === "number") return bias;
  if (bias === "-Infinity") return -Infinity;
  const entries = bias.split(",").map((part): [string, number] => {
    const equals = part.lastIndexOf("=");
    const value = part.slice(equals + 1).trim();
    return [part.slice(0, Math.max(0, equals)).trim(), value === "" ? NaN : Number(value)];
  });
  if (entries.some(([tool, value]) => tool === "" || Number.isNaN(value) || value === Infinity)) {
    context.addIssue({ code: "custom", message: "a number, or add=2,log=-Infinity" });
    return z.NEVER;
  }
  return Object.fromEntries(entries);
}

function readRerankBelow(below: string | undefined, context: z.core.$RefinementCtx): RerankBelow | undefined {
  if (below === undefined) return undefined;
  const entries = below.split(",").map((part): [string, number] => {
    const [name = "", value = ""] = part.split("=").map((word) => word.trim());
    return [name, value === "" ? NaN : Number(value)];
  });
  if (entries.some(([name, value]) => !["margin", "probability"].includes(name) || Number.isNaN(value))) {
    context.addIssue({ code: "custom", message: "probability=0.9, margin=3, or both with a comma" });
    return z.NEVER;
  }
  return Object.fromEntries(entries);
}

function readToolChoice(choice: string | undefined): ToolChoice | undefined {
  if (choice === undefined || choice === "auto" || choice === "none" || choice === "required") return choice;
  return { toolName: choice };
}
