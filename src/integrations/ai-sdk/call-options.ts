import type {
  LanguageModelV4CallOptions,
  LanguageModelV4FunctionTool,
  SharedV4Warning,
} from "@ai-sdk/provider";
import type { GenerateOptions, ToolChoice } from "../../generation/options.js";
import type { JsonSchema, Tool } from "../../tools/index.js";
import { foreignTool } from "../shared/foreign-tool.js";

/** Settings that a local model has no counterpart for. */
const UNSUPPORTED = ["presencePenalty", "frequencyPenalty"] as const;

/** A request of AI SDK as options of an engine. @throws ToolkenError `INVALID_ARGUMENT`, `MESSAGE_INVALID` */
export function readCallOptions(options: LanguageModelV4CallOptions): {
  readonly settings: GenerateOptions & { readonly messages: GenerateOptions["messages"] & object };
  readonly warnings: SharedV4Warning[];
} {
  const warnings: SharedV4Warning[] = [];
  const unsupported = (feature: string, details?: string): void => {
    warnings.push({ type: "unsupported", feature, ...(details === undefined ? {} : { details }) });
  };
  for (const name of UNSUPPORTED) if (options[name] !== undefined) unsupported(name);
  const tools: Tool[] = [];
  for (const tool of options.tools ?? []) {
    if (tool.type === "function") tools.push(requestTool(tool));
    else unsupported(`provider tool ${tool.id}`);
  }
  const { prompt, maxOutputTokens, temperature, topP, topK, seed, stopSequences, abortSignal } = options;
  const responseFormat =
    options.responseFormat?.type === "json"
      ? { type: "json" as const, schema: options.responseFormat.schema as JsonSchema | undefined }
      : undefined;
  const settings = {
    messages: prompt,
    tools,
    maxOutputTokens,
    temperature,
    topP,
    topK: topK === undefined ? undefined : Math.min(64, topK),
    seed,
    stopSequences: stopSequences?.filter((stop) => stop !== ""),
    responseFormat,
    toolChoice: toolChoiceOf(options.toolChoice),
    // AI SDK reads what its schema rejects, and repairs it.
    argumentRetries: 0,
    signal: abortSignal,
  };
  return { settings, warnings };
}

function requestTool({ name, description, inputSchema, inputExamples }: LanguageModelV4FunctionTool): Tool {
  return foreignTool({
    name,
    description,
    inputSchema,
    inputExamples: inputExamples,
  });
}

function toolChoiceOf(choice: LanguageModelV4CallOptions["toolChoice"]): ToolChoice | undefined {
  return choice?.type === "tool" ? { toolName: choice.toolName } : choice?.type;
}
