import type { JsonSchema } from "./schema/json-schema.js";
import type { Tool } from "./tool.js";

/** A tool's input as JSON Schema: any object where it has none, numbers by their names, or an array where their count is open. */
export function inputSchemaOf(tool: Tool): JsonSchema {
  const { parameters } = tool;
  if (parameters.kind === "object") return parameters.schema ?? { type: "object" };
  const { min, max } = parameters;
  if (min !== max) {
    return {
      type: "object",
      properties: { numbers: { type: "array", items: { type: "number" }, minItems: Math.max(1, min) } },
      required: ["numbers"],
      additionalProperties: false,
    };
  }
  const names = argumentNames(tool);
  return {
    type: "object",
    properties: Object.fromEntries(names.map((name) => [name, { type: "number" }])),
    required: names,
    additionalProperties: false,
  };
}

/** JSON input as the text between a call's parentheses, which `executeTool` reads. */
export function argumentsTextOf(tool: Tool, input: unknown): string {
  if (tool.parameters.kind === "object") return JSON.stringify(input ?? {});
  const fields = (input ?? {}) as Readonly<Record<string, unknown>>;
  const { numbers } = fields;
  const values: unknown[] = Array.isArray(numbers)
    ? numbers
    : argumentNames(tool).map((name) => fields[name]);
  return values
    .filter((value) => value !== undefined)
    .map(String)
    .join(", ");
}

function argumentNames({ parameters }: Tool): string[] {
  if (parameters.kind === "object") return [];
  const { min, names } = parameters;
  return Array.from({ length: min }, (_, at) => names[at] ?? `number${at + 1}`);
}
