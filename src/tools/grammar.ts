// Why: a small model closes its arguments, and keeps to the tool's form, only if it can write nothing else.
import { jsonGrammar } from "./grammar-json.js";
import { positionalGrammar } from "./grammar-positional.js";
import { Gbnf } from "./gbnf.js";
import type { Tool } from "./tool.js";

/**
 * A GBNF grammar (llama.cpp's dialect) whose `root` is the text after `<tool>(`, up to and with the closing
 * parenthesis. Positional tools: numbers and arithmetic, the tool's arity, at most 16 arguments where it has no
 * limit. Object tools: JSON under the tool's schema.
 *
 * Everything it lets through and that is not too long has the right form; it is stricter than the parser (no thousands
 * commas, which can't be told from separators). Of the schema's bounds, those of numbers that are no integers
 * are rounded to whole ones; `pattern`, `format`, `multipleOf`, `uniqueItems` and the number of properties are left to
 * validation, which has the last word.
 *
 * @throws ToolkenError `GRAMMAR_INVALID` naming the schema's keyword that no grammar can express here
 */
export function argumentsGrammar(tool: Tool): string {
  const rules = new Gbnf();
  const root = rules.reserve("root");
  const { parameters } = tool;
  const body =
    parameters.kind === "positional"
      ? positionalGrammar(rules, parameters)
      : jsonGrammar(rules, parameters.schema);
  rules.define(root, [body, '")"'].filter(Boolean).join(" "));
  return rules.toString();
}
