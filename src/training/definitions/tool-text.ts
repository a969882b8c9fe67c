import type { JsonSchema, Tool } from "../../tools/index.js";
import { identifierWords } from "./tool-words.js";

/** Characters of one definition's text; longer ones are cut at a word. */
const MAX_CHARACTERS = 800;
const MAX_ENUM_VALUES = 12;
const MAX_EXAMPLES = 3;

/** Texts of a tool's definition, most telling first. */
export interface ToolText {
  readonly name: string;
  /** Name in words and description. */
  readonly summary: string;
  /** The summary with parameters, their values and descriptions, examples and annotations. */
  readonly full: string;
}

/** The text of a tool's definition that its first row is made of. */
export function toolText(tool: Tool): ToolText {
  const title = tool.annotations?.title;
  const name = identifierWords(tool.name);
  const names = title === undefined || identifierWords(title) === name ? name : `${name} (${title})`;
  const summary = `${names}: ${sentence(tool.description)}`;
  const details = [parameterText(tool), exampleText(tool), annotationText(tool)].filter(
    (text) => text !== "",
  );
  return {
    name: tool.name,
    summary: shortened(summary, MAX_CHARACTERS),
    full: shortened([summary, ...details].join(" "), MAX_CHARACTERS),
  };
}

function parameterText({ parameters }: Tool): string {
  if (parameters.kind === "positional") {
    const { names } = parameters;
    return names.length === 0 ? "" : `Takes ${names.map(identifierWords).join(", ")}.`;
  }
  const properties = Object.entries(propertiesOf(parameters.schema));
  if (properties.length === 0) return "";
  return `Takes ${properties.map(([name, schema]) => propertyText(name, schema)).join("; ")}.`;
}

function propertyText(name: string, schema: JsonSchema): string {
  const { description } = schema;
  const facts: string[] = [];
  if (typeof description === "string" && description.trim() !== "") {
    facts.push(oneLine(description).replace(/[.;]+$/u, ""));
  }
  const values = enumValues(schema);
  if (values.length > 0) facts.push(`one of ${values.slice(0, MAX_ENUM_VALUES).join(", ")}`);
  return facts.length === 0 ? identifierWords(name) : `${identifierWords(name)} (${facts.join("; ")})`;
}

function exampleText({ inputExamples = [] }: Tool): string {
  const examples = inputExamples
    .slice(0, MAX_EXAMPLES)
    .map(({ input }) =>
      Object.values(input)
        .map(valueText)
        .filter((text) => text !== "")
        .join(", "),
    )
    .filter((text) => text !== "");
  return examples.length === 0 ? "" : `For example ${examples.join("; ")}.`;
}

function annotationText({ annotations }: Tool): string {
  if (annotations === undefined) return "";
  const { readOnlyHint, destructiveHint, openWorldHint } = annotations;
  return [
    readOnlyHint === true ? "Only reads." : "",
    destructiveHint === true && readOnlyHint !== true ? "May delete or overwrite." : "",
    openWorldHint === true ? "Uses external services." : "",
  ]
    .filter((text) => text !== "")
    .join(" ");
}

/** Properties of an object schema, empty where it has none. */
export function propertiesOf(schema: JsonSchema | null): Readonly<Record<string, JsonSchema>> {
  const properties = schema?.properties;
  if (typeof properties !== "object" || properties === null) return {};
  return Object.fromEntries(
    Object.entries(properties).map(([name, value]): [string, JsonSchema] => [
      name,
      typeof value === "object" && value !== null ? (value as JsonSchema) : {},
    ]),
  );
}

/** The strings and numbers of `enum`, `const` and of an array's items. */
export function enumValues(schema: JsonSchema): string[] {
  const { items } = schema;
  const own = Array.isArray(schema.enum)
    ? (schema.enum as unknown[])
    : "const" in schema
      ? [schema.const]
      : [];
  const nested = typeof items === "object" && items !== null ? enumValues(items as JsonSchema) : [];
  return [...own.map(valueText).filter((text) => text !== ""), ...nested];
}

function valueText(value: unknown): string {
  if (typeof value === "string") return oneLine(value);
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  return Array.isArray(value)
    ? value
        .map(valueText)
        .filter((text) => text !== "")
        .join(" ")
    : "";
}

function sentence(text: string): string {
  const line = oneLine(text);
  return /[.!?…]$/u.test(line) ? line : `${line}.`;
}

function oneLine(text: string): string {
  return text.replace(/\s+/gu, " ").trim();
}

function shortened(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const cut = text.slice(0, limit);
  const end = cut.lastIndexOf(" ");
  return cut.slice(0, end > limit / 2 ? end : limit);
}
