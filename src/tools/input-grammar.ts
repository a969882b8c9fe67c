import { ANY_OBJECT, schemaGrammar } from "./grammar/arguments-grammar.js";
import { Gbnf, literal } from "./grammar/gbnf.js";
import { inputSchemaOf } from "./input.js";
import type { JsonSchema } from "./schema/json-schema.js";
import type { Tool } from "./tool.js";

/** GBNF of a tool's input as a JSON object, after an optional space. */
export function inputGrammar(tool: Tool): string {
  return schemaGrammar(inputSchemaOf(tool), spaced, true).text;
}

/** GBNF of JSON text under a schema, after an optional space; any object where there is none. */
export function jsonText(schema: JsonSchema | null): string {
  return schemaGrammar(schema ?? ANY_OBJECT, spaced, false).text;
}

function spaced(body: string): string {
  return `" "? ${body}`;
}

/** GBNF of one of the names and the character that ends it. */
export function namesGrammar(names: readonly string[], end = '"'): string {
  const rules = new Gbnf();
  rules.add("root", `(${names.map(literal).join(" | ")}) ${literal(end)}`);
  return rules.toString();
}
