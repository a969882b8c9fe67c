// A small model closes its arguments, and keeps to the tool's form, only if it can write nothing else.
import { isSchema, type JsonSchema, subschemas } from "../schema/json-schema.js";
import { withPatternBudget } from "../schema/patterns.js";
import type { Tool } from "../tool.js";
import { Gbnf, GrammarTooLarge, type GrammarLimits } from "./gbnf.js";
import { positionalGrammar } from "./positional.js";
import { SchemaGrammar } from "./schema-grammar.js";

const LIMITS: GrammarLimits = { maxRules: 20_000, maxLength: 1_000_000, maxRepetitions: 100_000 };

/** Containers inside each other that grammars distinguish; when one is too large the next is tried. */
const DEPTHS = [64, 8, 4, 2, 1] as const;

/** Schemas inside a schema of which a grammar is tried. */
const MAX_SCHEMAS = 6000;

export const ANY_OBJECT: JsonSchema = { type: "object" };

export interface ArgumentsGrammar {
  /** GBNF, llama.cpp's dialect. */
  readonly text: string;
  /** Whether every sentence satisfies the tool's schema. */
  readonly exact: boolean;
  /** What is left to validation: `place keyword`, such as `days.item pattern`. Empty where `exact`. */
  readonly validated: readonly string[];
}

const known = new WeakMap<Tool, ArgumentsGrammar>();

/**
 * A GBNF grammar whose `root` is the text after `<tool>(`, up to and with the closing parenthesis. Positional tools:
 * numbers and arithmetic, the tool's arity, at most 16 arguments where it has no limit. Object tools: JSON under the
 * tool's schema.
 *
 * Objects have their known properties in the schema's order; others only where the schema asks for them or names no
 * properties. Keywords that no grammar expresses are left to validation, which has the last word; a schema that is
 * too large gets a grammar that takes its inner parts for any object or array.
 */
export function argumentsGrammar(tool: Tool): string {
  return describeArgumentsGrammar(tool).text;
}

/** The grammar of {@link argumentsGrammar}, and what it leaves to validation. */
export function describeArgumentsGrammar(tool: Tool): ArgumentsGrammar {
  const cached = known.get(tool);
  if (cached !== undefined) return cached;
  const made = withPatternBudget(() => make(tool));
  known.set(tool, made);
  return made;
}

function make({ parameters }: Tool): ArgumentsGrammar {
  if (parameters.kind === "object") {
    return schemaGrammar(parameters.schema ?? ANY_OBJECT, (body) => `${body} ")"`, true);
  }
  const rules = new Gbnf();
  const root = rules.reserve("root");
  rules.define(root, [positionalGrammar(rules, parameters), '")"'].filter(Boolean).join(" "));
  return { text: rules.toString(), exact: true, validated: [] };
}

/**
 * A grammar of the JSON under a schema.
 * @param wrap makes the root of the rule of the JSON
 * @param objects whether values are objects, whatever the schema says
 */
export function schemaGrammar(
  schema: JsonSchema,
  wrap: (body: string) => string,
  objects: boolean,
): ArgumentsGrammar {
  for (const depth of isTooLarge(schema) ? [] : DEPTHS) {
    try {
      const made = tryGrammar(schema, wrap, depth, objects);
      if (made !== undefined) return made;
      break;
    } catch (cause) {
      if (!(cause instanceof GrammarTooLarge || cause instanceof RangeError)) throw cause;
    }
  }
  return {
    ...tryGrammar(objects ? ANY_OBJECT : {}, wrap, 1, objects)!,
    exact: false,
    validated: ["the whole schema"],
  };
}

function isTooLarge(schema: JsonSchema): boolean {
  const open: unknown[] = [schema];
  for (let count = 0; open.length > 0; count++) {
    const next = open.pop();
    if (count > MAX_SCHEMAS) return true;
    if (isSchema(next)) for (const inner of subschemas(next)) open.push(inner);
  }
  return false;
}

/** Undefined where nothing satisfies the schema. */
function tryGrammar(
  schema: JsonSchema,
  wrap: (body: string) => string,
  depth: number,
  objects: boolean,
): ArgumentsGrammar | undefined {
  const grammar = new SchemaGrammar(schema, depth, objects);
  const body = grammar.build(() => {
    const rules = new Gbnf(LIMITS);
    rules.reserve("root");
    return rules;
  });
  if (body === undefined) return undefined;
  grammar.rules.define("root", wrap(body));
  const validated = [...grammar.notes];
  return { text: grammar.rules.toString(), exact: validated.length === 0, validated };
}
