// Flags that several commands share, each written once.
import { z } from "zod";
import type { RerankBelow, CallSettings, ToolChoice } from "../generation/options.js";
import { engineFields, limitFields, rerankFields, samplingFields } from "../generation/call-fields.js";
import { modelFields } from "../model/load-model.js";
import { withoutDefaults } from "../utils/options.js";
import type { Shard } from "../utils/shard.js";
import { flagsUnder } from "./flag.js";

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
    .meta({ group: MODEL, defaultText: "nano, the embedded model", aliases: ["model_name_or_path"] }),
  ...flagsUnder(MODEL, modelFields),
};

/** Names of tools or where they are defined. */
export const toolsFlag = {
  tools: z
    .array(z.string().min(1))
    .optional()
    .describe("Tools: math (FuncQA's operators), money, or a module's path")
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
    .meta({
      group: TOOLS,
      defaultText: "made of the tools' demonstrations; nano has its own",
      aliases: ["tdir"],
    }),
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
    .meta({ group: TOOLS, aliases: ["func_head_path"] }),
  ...toolsFlag,
  ...promptFlags,
  force: z
    .boolean()
    .default(false)
    .describe("Accept a head or reranker trained on another file of the model")
    .meta({ group: TOOLS }),
  ...flagsUnder(TOOLS, { grammar: engineFields.constrainInput, placement: engineFields.placement }),
  reranker: z
    .string()
    .min(1)
    .optional()
    .describe("Reranker (safetensors), or nano")
    .meta({ group: RERANKING, defaultText: "none", aliases: ["reranker_head_path"] }),
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

const { temperature, topK, topP, minP, repeatPenalty, seed } = samplingFields;

/** Settings of a single answer. */
export const runFlags = {
  ...flagsUnder(SAMPLING, { temperature, topK, topP, minP, repeatPenalty, seed }),
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
  ...flagsUnder(CALLS, {
    maxTokens: limitFields.maxOutputTokens.meta({ aliases: ["max_gen_len"] }),
    maxCalls: withoutDefaults(limitFields).maxToolCalls.meta({
      defaultText: `${limitFields.maxToolCalls.def.defaultValue}; 100 in a plan`,
      aliases: ["max_func_calls"],
    }),
  }),
  rerankBelow: z
    .string()
    .min(1)
    .optional()
    .transform(readRerankBelow)
    .describe("Rerank only calls below these: probability=0.9, margin=3 (of logits), or both with a comma")
    .meta({ group: RERANKING, defaultText: "all calls" }),
  ...flagsUnder(RERANKING, {
    // Undefined without a reranker, which has no weight.
    rerankWeight: withoutDefaults(rerankFields).rerankWeight.meta({
      defaultText: String(rerankFields.rerankWeight.def.defaultValue),
    }),
  }),
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

export const shardFlag = {
  shard: z
    .string()
    .min(1)
    .optional()
    .transform(readShard)
    .describe("Only this part of the work, i/n with i from 0: `toolken merge` joins what the parts write")
    .meta({ group: OUTPUT, defaultText: "all" }),
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

/** The flags under the library's names. */
export function runOptions(flags: RunFlags): CallSettings {
  return {
    temperature: flags.temperature,
    topK: flags.topK,
    topP: flags.topP,
    minP: flags.minP,
    repeatPenalty: flags.repeatPenalty,
    seed: flags.seed,
    toolBias: flags.bias,
    toolChoice: flags.toolChoice,
    maxOutputTokens: flags.maxTokens,
    maxToolCalls: flags.maxCalls,
    rerankBelow: flags.rerankBelow,
    rerankWeight: flags.rerankWeight,
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

function readShard(text: string | undefined, context: z.core.$RefinementCtx): Shard | undefined {
  if (text === undefined) return undefined;
  const [, index, count] = /^(\d{1,9})\/(\d{1,9})$/u.exec(text) ?? [];
  if (index === undefined || Number(index) >= Number(count)) {
    context.addIssue({ code: "custom", message: "i/n with i from 0 below n, such as 0/4" });
    return z.NEVER;
  }
  return { index: Number(index), count: Number(count) };
}

function readToolChoice(choice: string | undefined): ToolChoice | undefined {
  if (choice === undefined || choice === "auto" || choice === "none" || choice === "required") return choice;
  return { toolName: choice };
}
