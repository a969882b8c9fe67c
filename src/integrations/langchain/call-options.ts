import type { BaseChatModelCallOptions, BindToolsInput } from "@langchain/core/language_models/chat_models";
import { convertToOpenAITool } from "@langchain/core/utils/function_calling";
import { invalidArgument } from "../../errors.js";
import type { CallSettings, ToolChoice } from "../../generation/options.js";
import type { JsonSchema, Tool } from "../../tools/index.js";
import { foreignTool } from "../shared/foreign-tool.js";

/** Settings of one call, by LangChain's names; `tool_choice` is "auto", "any", "none" or a tool's name. */
export interface ChatToolkenCallOptions extends BaseChatModelCallOptions {
  /** Tools that may be called; LangChain executes them. Default: none. */
  tools?: BindToolsInput[];
  /** Several calls in one answer. Default: true. */
  parallel_tool_calls?: boolean;
  /** An answer in JSON, under a schema. Default: text. */
  response_format?: { type: "json"; schema?: Record<string, unknown> };
}

/** What a model is created with, and one call's options, as settings of an engine. @throws `INVALID_ARGUMENT` */
export function readCallOptions(
  defaults: CallSettings,
  options: Omit<ChatToolkenCallOptions, "configurable">,
): CallSettings {
  const { stop, tools = [], tool_choice, parallel_tool_calls, response_format, signal } = options;
  return {
    ...defaults,
    ...(stop === undefined ? {} : { stopSequences: stop.filter((text) => text !== "") }),
    tools: tools.map(readTool),
    toolChoice: readToolChoice(tool_choice),
    ...(parallel_tool_calls === undefined ? {} : { parallelToolCalls: parallel_tool_calls }),
    ...(response_format === undefined
      ? {}
      : { responseFormat: { type: "json", schema: response_format.schema as JsonSchema | undefined } }),
    // LangChain's tools read what their schema rejects, and answer with the error.
    argumentRetries: 0,
    ...(signal === undefined ? {} : { signal }),
  };
}

/** A tool of LangChain, of OpenAI's form, or `{ name, description, schema }`. */
function readTool(given: BindToolsInput): Tool {
  const { function: definition } = convertToOpenAITool(given as Parameters<typeof convertToOpenAITool>[0]);
  const { name, description, parameters } = definition;
  return foreignTool({ name, description, inputSchema: parameters });
}

function readToolChoice(choice: ChatToolkenCallOptions["tool_choice"] | undefined): ToolChoice | undefined {
  if (choice === undefined || choice === "auto" || choice === "none" || choice === "required") return choice;
  if (choice === "any") return "required";
  if (typeof choice === "string") return { toolName: choice };
  const name: unknown = (choice.function as { name?: unknown } | undefined)?.name ?? choice.name;
  if (typeof name === "string") return { toolName: name };
  throw invalidArgument('"auto", "any", "none" or a tool\'s name', "tool_choice", choice);
}
