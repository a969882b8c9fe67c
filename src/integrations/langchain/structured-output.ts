import type {
  BaseLanguageModelInput,
  StructuredOutputMethodOptions,
} from "@langchain/core/language_models/base";
import {
  assembleStructuredOutputPipeline,
  createContentParser,
  createFunctionCallingParser,
} from "@langchain/core/language_models/structured_output";
import type { AIMessageChunk } from "@langchain/core/messages";
import type { Runnable } from "@langchain/core/runnables";
import { isSerializableSchema } from "@langchain/core/utils/standard_schema";
import { toJsonSchema } from "@langchain/core/utils/json_schema";
import { isInteropZodSchema } from "@langchain/core/utils/types";
import { invalidArgument } from "../../errors.js";
import type { ChatToolkenCallOptions } from "./call-options.js";

type Fields = Record<string, unknown>;

/** Calls a model with further options. */
type WithConfig = (
  options: Partial<ChatToolkenCallOptions>,
) => Runnable<BaseLanguageModelInput, AIMessageChunk>;

/**
 * "functionCalling" (the default) shows the schema to the model as a tool that it must call, "jsonSchema" decodes the
 * answer itself under the schema, "jsonMode" as any JSON object.
 *
 * @throws ToolkenError `INVALID_ARGUMENT`
 */
export function structuredOutput(
  schema: Fields,
  { name, method = "functionCalling", includeRaw }: StructuredOutputMethodOptions<boolean>,
  withConfig: WithConfig,
): Runnable<BaseLanguageModelInput, Fields> {
  const isPlain = !isInteropZodSchema(schema) && !isSerializableSchema(schema);
  const jsonSchema = (isPlain ? schema : toJsonSchema(schema as never)) as Fields;
  const format = { ls_structured_output_format: { kwargs: { method }, schema: jsonSchema } };
  const assemble = (
    model: ReturnType<WithConfig>,
    parser: ReturnType<typeof createContentParser> | ReturnType<typeof createFunctionCallingParser>,
  ): Runnable<BaseLanguageModelInput, Fields> =>
    assembleStructuredOutputPipeline(model, parser as never, includeRaw, "StructuredOutput") as never;
  if (method === "functionCalling") {
    // As in OpenAI's form, where a definition of a function stands for its parameters.
    const isDefinition = isPlain && typeof schema.name === "string" && schema.parameters !== undefined;
    const definition = isDefinition ? schema : { name: name ?? "extract", parameters: jsonSchema };
    const described = { description: jsonSchema.description ?? "The answer.", ...definition };
    const tools = [{ type: "function", function: described }];
    const toolName = definition.name as string;
    const model = withConfig({ tools, tool_choice: toolName, ...format });
    return assemble(model, createFunctionCallingParser(schema, toolName));
  }
  if (method !== "jsonSchema" && method !== "jsonMode") {
    throw invalidArgument('"functionCalling", "jsonSchema" or "jsonMode"', "method", method);
  }
  const response_format = method === "jsonMode" ? {} : { schema: jsonSchema };
  const model = withConfig({ response_format: { type: "json", ...response_format }, ...format });
  return assemble(model, createContentParser(schema));
}
