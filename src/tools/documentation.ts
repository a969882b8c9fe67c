// A tool as text: for prompts in its shortest form, for protocols as OpenAI's function.
import { inputSchemaOf } from "./input.js";
import type { ToolParameters } from "./parameters.js";
import type { JsonSchema } from "./schema/json-schema.js";
import { References } from "./schema/references.js";
import { typeText } from "./type-text.js";
import type { Documentation, Tool } from "./tool.js";

/** `divide(dividend, divisor)`, `add(number, …)`, `weather({ city, days? })`: a tool's line in a list of tools. */
export function callSignature(tool: Tool): string {
  return `${tool.name}(${describeParameters(tool.parameters)})`;
}

function describeParameters(parameters: ToolParameters): string {
  if (parameters.kind === "object") {
    const properties = Object.keys(parameters.schema?.properties ?? {});
    const required = new Set((parameters.schema?.required ?? []) as string[]);
    const names = properties.map((name) => (required.has(name) ? name : `${name}?`));
    return names.length === 0 ? "{}" : `{ ${names.join(", ")} }`;
  }
  const { min, max, names } = parameters;
  const count = Number.isFinite(max) ? max : Math.max(min, names.length);
  const words = Array.from({ length: count }, (_, index) => {
    const name = names[index] ?? `number${index + 1}`;
    return index < min ? name : `${name}?`;
  });
  return [...words, ...(max === Infinity ? ["…"] : [])].join(", ");
}

/**
 * A tool in the manner of TypeScript, with what its schema says in words:
 *
 * ```
 * // Weather forecast for a city.
 * weather({
 *   city: string, // Name of the city
 *   days?: integer, // 1 to 14, default 3
 * })
 * ```
 */
export function toolSignature(tool: Tool): string {
  const schema = inputSchemaOf(tool);
  const input = typeText(schema, new References(schema));
  const comment = tool.description.trim().replaceAll(/\s*\n\s*/g, " ");
  return `// ${comment}\n${tool.name}(${input === "{}" ? "" : input})`;
}

/** A tool as OpenAI's API and chat templates have it. */
export interface ToolJson {
  readonly type: "function";
  readonly function: {
    readonly name: string;
    readonly description: string;
    readonly parameters: JsonSchema;
    readonly strict?: boolean;
  };
}

/** What prompts say of a tool, by its `documentation`. */
export function promptDefinition(tool: Tool): ToolJson {
  const { name, description, parameters } = toolJson(tool).function;
  const { documentation = "prompt" } = tool;
  if (documentation === "prompt") return { type: "function", function: { name, description, parameters } };
  const short = documentation === "signature" ? toolSignature(tool) : "";
  return {
    type: "function",
    function: { name, description: short, parameters: { type: "object", properties: {} } },
  };
}

/** The tool with a default for its documentation, to be written in prompts only. */
export function withDocumentation(tool: Tool, documentation: Documentation): Tool {
  return tool.documentation === undefined ? { ...tool, documentation } : tool;
}

/** A tool as OpenAI's function definition; numbers become an object of numbers, see `inputSchemaOf`. */
export function toolJson(tool: Tool): ToolJson {
  const { name, description, strict } = tool;
  const parameters: Record<string, unknown> = { type: "object", ...inputSchemaOf(tool) };
  delete parameters.$schema;
  return {
    type: "function",
    function: { name, description, parameters, ...(strict === undefined ? {} : { strict }) },
  };
}
