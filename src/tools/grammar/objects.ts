// Objects: known properties in their order, required ones always, then others where the schema names or allows them.
import { type Facts, fits, matches, valuesOfKeyword } from "../schema/facts.js";
import { isSchema, type JsonSchema } from "../schema/json-schema.js";
import { COMMA } from "./arrays.js";
import { canRepeat, literal, repeat, sequence } from "./gbnf.js";
import { otherKey } from "./keys.js";
import type { SchemaBuilder } from "./schema-builder.js";

/** Most properties beyond the known ones, where a schema names no maximum. */
const MAX_OTHERS = 64;

/** Known keys of more characters than this have no tree of letters: other properties are left out. */
const MAX_KEY_TREE = 4000;

interface Member {
  readonly rule: string;
  readonly required: boolean;
}

/** A rule of the objects, or undefined where there is none. */
export function objectGrammar(builder: SchemaBuilder, { schemas }: Facts): string | undefined {
  const names = valuesOfKeyword<unknown>(schemas, "propertyNames");
  const fixedNames = names.length === 0 ? undefined : builder.fixedStrings(names);
  const open = isOpen(schemas);
  // Inside `allOf` it would not see what the schemas next to it evaluate.
  if (schemas.length > 1 && valuesOfKeyword(schemas, "unevaluatedProperties").length > 0) {
    builder.note("unevaluatedProperties");
  }
  const required = new Set(valuesOfKeyword<string[]>(schemas, "required").filter(Array.isArray).flat());
  const keys = new Set<string>([
    ...valuesOfKeyword<JsonSchema>(schemas, "properties").flatMap((properties) => Object.keys(properties)),
    ...(open ? (fixedNames ?? []) : []),
    ...required,
  ]);
  const filled = Math.max(0, ...valuesOfKeyword<number>(schemas, "minProperties"));
  const needed = (key: string): boolean => required.has(key) || (keys.size === 1 && filled > 0);
  const members: Member[] = [];
  for (const key of keys) {
    const named = names.every((name) => allowsName(name, key)) && (fixedNames?.includes(key) ?? true);
    const value = named ? builder.value(allMemberSchemas(schemas, key), key, needed(key)) : undefined;
    if (value === undefined && required.has(key)) return undefined;
    if (value === undefined) continue;
    const text = `${literal(`${JSON.stringify(key)}:`)} " "? ${value}`;
    members.push({ rule: builder.rules.add(`${key}-member`, text), required: required.has(key) });
  }
  const other =
    fixedNames === undefined
      ? otherMember(builder, schemas, names, [...keys], open, filled > keys.size)
      : undefined;
  return wholeObject(builder, schemas, members, other);
}

function wholeObject(
  builder: SchemaBuilder,
  schemas: readonly JsonSchema[],
  members: readonly Member[],
  other: string | undefined,
): string | undefined {
  const { rules } = builder;
  const minGiven = Math.max(0, ...valuesOfKeyword<number>(schemas, "minProperties"));
  const maxGiven = Math.min(...valuesOfKeyword<number>(schemas, "maxProperties"), Infinity);
  const needed = members.filter(({ required }) => required).length;
  if (needed > maxGiven || (other === undefined && members.length < minGiven)) return undefined;
  const counted = needed === members.length && other !== undefined;
  const min = counted ? Math.max(0, minGiven - needed) : 0;
  const most = Math.min(Math.max(MAX_OTHERS, min), maxGiven - needed);
  const max = other === undefined ? 0 : Number.isFinite(maxGiven) && counted ? maxGiven - needed : most;
  const filled = minGiven === 1 && needed === 0 && other === undefined;
  // An equal key that is written twice counts once.
  if (minGiven > needed && !filled) builder.note("minProperties");
  if (maxGiven < members.length + max && !counted) builder.note("maxProperties");
  if (!canRepeat(min, max)) builder.note("maxProperties");
  const more = other === undefined || max === 0 ? "" : rules.add("more", sequence(COMMA, other));
  let after = more && repeat(more, min, max);
  let atStart: string | undefined = "";
  if (filled) atStart = undefined;
  else if (more !== "") {
    const all = rules.add("others", sequence(other!, repeat(more, Math.max(0, min - 1), max - 1)));
    atStart = min === 0 ? `${all}?` : all;
  }
  // From the last property back: what may follow when nothing, or something, was written before it.
  for (const { rule, required } of members.toReversed()) {
    const rest = after === "" ? "" : rules.add("after", after);
    const first = sequence(rule, rest);
    const later = sequence(COMMA, rule, rest);
    if (required) {
      atStart = first;
      after = later;
    } else {
      const start = atStart === undefined ? undefined : rules.add("without", atStart || '""');
      atStart = start === undefined ? first : `(${first} | ${start})`;
      after = sequence(`(${sequence(COMMA, rule)})?`, rest);
    }
  }
  if (atStart === undefined) return undefined;
  return rules.add("object", sequence('"{"', atStart, '"}"'));
}

/** A rule of one property beyond the known ones, or undefined where there is none. */
function otherMember(
  builder: SchemaBuilder,
  schemas: readonly JsonSchema[],
  names: readonly unknown[],
  keys: readonly string[],
  open: boolean,
  needed: boolean,
): string | undefined {
  const patterns = schemas.flatMap((schema) =>
    Object.entries(isSchema(schema.patternProperties) ? schema.patternProperties : {}).map(
      ([pattern, value]) => ({ pattern, value, schema }),
    ),
  );
  const ways = patterns.map(({ pattern, value, schema }) => {
    const further = schemas.filter((one) => one !== schema && one.patternProperties === undefined);
    const key = builder.value([{ type: "string", pattern }, ...names], "key", false);
    const rule = builder.value(
      [value, ...further.flatMap(additionalOf)],
      pattern,
      needed && patterns.length === 1 && !open,
    );
    return key === undefined || rule === undefined ? undefined : `${key} ":" " "? ${rule}`;
  });
  if (patterns.length > 1 || (patterns.length === 1 && (keys.length > 0 || open))) {
    builder.note("patternProperties");
  }
  if (open) ways.push(additionalMember(builder, schemas, names, keys, needed && patterns.length === 0));
  const possible = ways.filter((way) => way !== undefined);
  return possible.length === 0 ? undefined : builder.rules.add("other", possible.join(" | "));
}

function additionalMember(
  builder: SchemaBuilder,
  schemas: readonly JsonSchema[],
  names: readonly unknown[],
  keys: readonly string[],
  needed: boolean,
): string | undefined {
  const value = builder.value(schemas.flatMap(additionalOf), "value", needed);
  if (value === undefined) return undefined;
  let key: string | undefined;
  if (names.length > 0) {
    if (keys.length > 0) builder.note("propertyNames");
    key = builder.value([{ type: "string" }, ...names], "key", false);
  } else if (keys.length === 0) {
    key = builder.value([{ type: "string" }], "key", false);
  } else if (keys.join("").length > MAX_KEY_TREE) {
    builder.note("additionalProperties");
  } else {
    key = otherKey(builder.rules, "key", keys);
  }
  return key === undefined ? undefined : `${key} ":" " "? ${value}`;
}

/**
 * Whether properties beyond the known ones may be written: where the schema asks for them, and where it names no
 * properties at all. JSON Schema would allow them wherever it does not forbid them, and models would invent some.
 */
function isOpen(schemas: readonly JsonSchema[]): boolean {
  if (schemas.some((schema) => additionalOf(schema).includes(false))) return false;
  if (schemas.some((schema) => additionalOf(schema).length > 0)) return true;
  return !schemas.some(({ properties, patternProperties }) => {
    if (patternProperties !== undefined) return true;
    const values = isSchema(properties) ? Object.values(properties) : undefined;
    return values !== undefined && (values.length === 0 || values.some((value) => value !== false));
  });
}

function additionalOf({ additionalProperties, unevaluatedProperties }: JsonSchema): unknown[] {
  return [additionalProperties, unevaluatedProperties].filter((one) => one !== undefined);
}

/** What the schemas say of a property, `unevaluatedProperties` only where none says anything else. */
function allMemberSchemas(schemas: readonly JsonSchema[], key: string): unknown[] {
  const said = schemas.flatMap((schema) => memberSchemas(schema, key));
  return said.length > 0 ? said : valuesOfKeyword(schemas, "unevaluatedProperties");
}

/** What a schema says of a property: by its name, by patterns that match it, else as one of the others. */
function memberSchemas(schema: JsonSchema, key: string): unknown[] {
  const { properties, patternProperties, additionalProperties } = schema;
  const found: unknown[] = [];
  if (isSchema(properties) && Object.hasOwn(properties, key)) found.push(properties[key]);
  for (const [pattern, value] of Object.entries(isSchema(patternProperties) ? patternProperties : {})) {
    if (matches(pattern, key)) found.push(value);
  }
  if (found.length > 0) return found;
  return additionalProperties === undefined ? [] : [additionalProperties];
}

function allowsName(name: unknown, key: string): boolean {
  return name !== false && (!isSchema(name) || fits(key, [name]));
}
