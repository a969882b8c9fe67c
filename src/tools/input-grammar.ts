import { Gbnf, literal } from "./gbnf.js";
import { jsonGrammar } from "./grammar-json.js";
import { inputSchemaOf } from "./input.js";
import type { JsonSchema } from "./parameters.js";
import type { Tool } from "./tool.js";

/** GBNF of a tool's input as a JSON object, after optional white space. Throws `GRAMMAR_INVALID`. */
export function inputGrammar(tool: Tool): string {
  const { parameters } = tool;
  return jsonText(parameters.kind === "object" ? parameters.schema : inputSchemaOf(tool));
}

/** GBNF of JSON text under a schema; any object where there is none. Throws `GRAMMAR_INVALID`. */
export function jsonText(schema: JsonSchema | null): string {
  const rules = new Gbnf();
  const root = rules.reserve("root");
  rules.define(root, `" "? ${jsonGrammar(rules, schema)}`);
  return rules.toString();
}

/** GBNF of one of the names and the character that ends it. */
export function namesGrammar(names: readonly string[], end = '"'): string {
  const rules = new Gbnf();
  rules.add("root", `(${names.map(literal).join(" | ")}) ${literal(end)}`);
  return rules.toString();
}
