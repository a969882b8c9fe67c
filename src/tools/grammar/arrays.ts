// Arrays: leading items one by one, then any number of further ones.
import { type Facts, valuesOfKeyword } from "../schema/facts.js";
import type { JsonSchema } from "../schema/json-schema.js";
import { canRepeat, repeat, sequence } from "./gbnf.js";
import type { SchemaBuilder } from "./schema-builder.js";

export const COMMA = '"," " "?';

/** A rule of the arrays, or undefined where there is none. */
export function arrayGrammar(builder: SchemaBuilder, { schemas }: Facts): string | undefined {
  const leading = Math.max(...schemas.map((schema) => prefixOf(schema).length));
  // Without `minItems` a tuple has all of its leading items, as tuples have in type systems.
  const given = valuesOfKeyword<number>(schemas, "minItems");
  let min = given.length === 0 ? leading : Math.max(...given);
  let max = Math.min(...valuesOfKeyword<number>(schemas, "maxItems"), Infinity);
  min = Math.max(min === leading ? Math.min(min, max) : min, minContained(schemas));
  if (schemas.some(({ contains }) => contains !== undefined)) builder.note("contains");
  if (schemas.some(({ uniqueItems }) => uniqueItems === true)) builder.note("uniqueItems");
  if (schemas.length > 1 && valuesOfKeyword(schemas, "unevaluatedItems").length > 0) {
    builder.note("unevaluatedItems");
  }
  const items: string[] = [];
  for (let index = 0; index < Math.min(leading, max); index++) {
    const item = builder.value(allItemSchemas(schemas, index), String(index), index < min);
    if (item === undefined) max = index;
    else items.push(item);
  }
  const rest = max > leading ? furtherItem(builder, schemas, leading, min > leading) : undefined;
  if (rest === undefined) max = Math.min(max, leading);
  if (min > max) return undefined;
  if (!canRepeat(Math.max(0, min - leading), max - leading)) builder.note("maxItems");
  return builder.rules.add("array", sequence('"["', list(builder, items, rest, min, max), '"]"'));
}

/** From the last leading item back: each is followed by what may follow it, or by nothing once `min` is reached. */
function list(
  builder: SchemaBuilder,
  items: readonly string[],
  rest: string | undefined,
  min: number,
  max: number,
): string {
  const { rules } = builder;
  const leading = items.length;
  let after = "";
  if (rest !== undefined) {
    const [low, high] = [Math.max(0, min - leading), max - leading];
    if (leading === 0) {
      const next = high > 1 ? rules.add("next", sequence(COMMA, rest)) : "";
      const all = rules.add("items", sequence(rest, next && repeat(next, Math.max(0, low - 1), high - 1)));
      return min === 0 ? `${all}?` : all;
    }
    after = repeat(rules.add("next", sequence(COMMA, rest)), low, high);
  }
  for (let index = leading - 1; index >= 0; index--) {
    const one = rules.add("item", sequence(index === 0 ? "" : COMMA, items[index]!, after));
    after = index >= min ? `${one}?` : one;
  }
  return after;
}

function furtherItem(
  builder: SchemaBuilder,
  schemas: readonly JsonSchema[],
  leading: number,
  required: boolean,
): string | undefined {
  const further = allItemSchemas(schemas, leading);
  // A tuple that says nothing of further items has none.
  if (leading > 0 && further.length === 0) return undefined;
  return builder.value(further, "item", required);
}

/** `prefixItems`, or before 2020-12 a list of `items`. */
function prefixOf({ prefixItems, items }: JsonSchema): unknown[] {
  if (Array.isArray(prefixItems)) return prefixItems;
  return Array.isArray(items) ? items : [];
}

/** What the schemas say of an item, `unevaluatedItems` only where none says anything else. */
function allItemSchemas(schemas: readonly JsonSchema[], index: number): unknown[] {
  const said = schemas.flatMap((schema) => itemSchemas(schema, index));
  return said.length > 0 ? said : valuesOfKeyword(schemas, "unevaluatedItems");
}

function itemSchemas(schema: JsonSchema, index: number): unknown[] {
  const prefix = prefixOf(schema);
  if (index < prefix.length) return [prefix[index]];
  const rest = Array.isArray(schema.items) ? schema.additionalItems : schema.items;
  return rest === undefined ? [] : [rest];
}

/** An array that contains something has at least that many items. */
function minContained(schemas: readonly JsonSchema[]): number {
  return Math.max(
    0,
    ...schemas.map(({ contains, minContains }) =>
      contains === undefined ? 0 : typeof minContains === "number" ? minContains : 1,
    ),
  );
}
