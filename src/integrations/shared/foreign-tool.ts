// Tools as other programs describe them: any JSON Schema, which no grammar may exist for, and no description.
import { ToolkenError } from "../../errors.js";
import {
  defineTool,
  inputGrammar,
  type JsonSchema,
  type StandardSchema,
  type Tool,
  type ToolContext,
  type ToolDefinition,
} from "../../tools/index.js";

type Definition = Pick<ToolDefinition<JsonSchema>, "name" | "timeout" | "inputExamples" | "annotations"> & {
  readonly description?: string | null | undefined;
  readonly execute?: ((input: unknown, context: ToolContext) => unknown) | undefined;
};

export type ForeignTool = Definition & {
  /** JSON Schema of any draft. Default: an object of any properties. */
  readonly inputSchema?: unknown;
};

/**
 * The tool as far as it can be checked: input is validated where the schema compiles, and decoded under a grammar
 * where one exists. What the schema asks beyond that is the executing side's to judge.
 *
 * @throws ToolkenError `INVALID_ARGUMENT` for a name that no tool can have
 */
export function foreignTool({ inputSchema, ...definition }: ForeignTool): Tool {
  const schema = objectSchema(inputSchema);
  try {
    return schemaTool(definition, schema);
  } catch (error) {
    if (!(error instanceof ToolkenError) || error.code !== "INVALID_ARGUMENT") throw error;
    // Documented as it is, validated by whoever executes. A wrong name is refused here again.
    return schemaTool(definition, schema, unchecked(schema));
  }
}

/**
 * A tool of a schema that must compile. Where no grammar exists for it, any JSON is decoded and then validated.
 *
 * @throws ToolkenError `INVALID_ARGUMENT`
 */
export function schemaTool(
  { description, ...definition }: Definition,
  schema: JsonSchema,
  inputSchema: JsonSchema | StandardSchema = schema,
): Tool {
  const isDescribed = typeof description === "string" && description.trim() !== "";
  const named = { ...definition, description: isDescribed ? description : definition.name };
  const tool = defineTool({ ...named, inputSchema });
  return hasGrammar(tool)
    ? tool
    : defineTool({ ...named, inputSchema: standard(tool, schema), grammar: false });
}

function objectSchema(schema: unknown): JsonSchema {
  if (typeof schema !== "object" || schema === null || Array.isArray(schema)) return { type: "object" };
  return (schema as JsonSchema).type === "object" ? (schema as JsonSchema) : { ...schema, type: "object" };
}

function hasGrammar(tool: Tool): boolean {
  try {
    inputGrammar(tool);
    return true;
  } catch (error) {
    if (error instanceof ToolkenError) return false;
    throw error;
  }
}

function unchecked(schema: JsonSchema, validate = (value: unknown): unknown => value): StandardSchema {
  return {
    "~standard": {
      version: 1,
      vendor: "json-schema",
      validate: async (value) => ({ value: await validate(value) }),
      jsonSchema: { input: () => ({ ...schema }) },
    },
  };
}

/** The parameters of a tool that was made once, without compiling its schema again. */
function standard({ parameters }: Tool, schema: JsonSchema): StandardSchema {
  return unchecked(schema, parameters.kind === "object" ? parameters.validate : undefined);
}
