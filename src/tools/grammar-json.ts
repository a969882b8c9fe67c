// Why: arguments decoded under the tool's own JSON Schema need no second try.
import { ToolkenError } from "../errors.js";
import { type Gbnf, literal, repeat, UNCONSTRAINED_HINT } from "./gbnf.js";
import { integerGrammar, numberGrammar, type Bounds } from "./grammar-numbers.js";
import { otherKey } from "./grammar-keys.js";
import type { JsonSchema } from "./parameters.js";

/** Notes for people; they do not change what is valid. */
const ANNOTATIONS = new Set([
  "$comment",
  "$defs",
  "$id",
  "$schema",
  "default",
  "definitions",
  "deprecated",
  "description",
  "examples",
  "readOnly",
  "title",
  "writeOnly",
]);

/** Of a value in the right form these leave some out: validation does, a grammar can't or need not. */
const NARROWING = new Set([
  "contentEncoding",
  "contentMediaType",
  "format",
  "maxProperties",
  "minProperties",
  "multipleOf",
  "pattern",
  "uniqueItems",
]);

const KEYWORDS: Readonly<Record<string, readonly string[]>> = {
  object: ["properties", "required", "additionalProperties", "propertyNames"],
  array: ["items", "prefixItems", "minItems", "maxItems"],
  string: ["minLength", "maxLength"],
  number: ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"],
  integer: ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"],
  boolean: [],
  null: [],
};

const COMMA = '"," " "?';

/** Most properties beyond the known ones, where a schema lets any through. */
const MOST_OTHER_PROPERTIES = 16;

/**
 * A reference to the rule of the JSON text under a schema; any object where the schema is `null`.
 *
 * @throws ToolkenError `GRAMMAR_INVALID`
 */
export function jsonGrammar(rules: Gbnf, schema: JsonSchema | null): string {
  return new SchemaGrammar(rules, schema ?? { type: "object", additionalProperties: true }).root();
}

class SchemaGrammar {
  readonly #rules: Gbnf;
  readonly #schema: JsonSchema;
  /** Rules of `$ref` targets by pointer. */
  readonly #targets = new Map<string, string>();

  constructor(rules: Gbnf, schema: JsonSchema) {
    this.#rules = rules;
    this.#schema = schema;
  }

  root(): string {
    return this.#reference("#", "arguments", []);
  }

  /**
   * The expression of one schema. `chain` holds the `$ref`s gone through without a character written: one that
   * comes back would recurse without end.
   */
  #value(schema: unknown, name: string, chain: readonly string[]): string {
    if (schema === true) return this.#anyValue();
    if (!isSchema(schema)) throw unsupported(`the schema ${JSON.stringify(schema)} at ${name}`);
    if ("$ref" in schema) {
      refuseOthers(schema, ["$ref"], name);
      return this.#reference(schema.$ref, name, chain);
    }
    if ("const" in schema) {
      refuseOthers(schema, ["const", "type"], name);
      return json(schema.const);
    }
    if ("enum" in schema) {
      refuseOthers(schema, ["enum", "type"], name);
      if (!Array.isArray(schema.enum) || schema.enum.length === 0)
        throw unsupported(`an empty enum at ${name}`);
      return this.#rules.add(name, schema.enum.map(json).join(" | "));
    }
    for (const keyword of ["anyOf", "oneOf"]) {
      const choices = schema[keyword];
      if (!Array.isArray(choices)) continue;
      refuseOthers(schema, [keyword], name);
      const bodies = choices.map((choice, index) => this.#value(choice, `${name}-${index + 1}`, chain));
      return this.#rules.add(name, bodies.join(" | "));
    }
    return this.#typed(schema, name);
  }

  #typed(schema: JsonSchema, name: string): string {
    const { type } = schema;
    const types = (type === undefined ? impliedTypes(schema) : [type].flat()) as string[];
    if (types.length === 0) {
      refuseOthers(schema, [], name);
      return this.#anyValue();
    }
    const known = types.flatMap((one) => KEYWORDS[one] ?? []);
    refuseOthers(schema, ["type", ...known], name);
    const several = types.length > 1;
    const bodies = types.map((one) => this.#ofType(one, schema, several ? `${name}-${one}` : name));
    return several ? this.#rules.add(name, bodies.join(" | ")) : bodies[0]!;
  }

  #ofType(type: string, schema: JsonSchema, name: string): string {
    switch (type) {
      case "object":
        return this.#object(schema, name);
      case "array":
        return this.#array(schema, name);
      case "string":
        return this.#string(schema, name);
      case "number":
      case "integer":
        return this.#number(type, schema, name);
      case "boolean":
        return '("true" | "false")';
      case "null":
        return '"null"';
      default:
        throw unsupported(`the type ${JSON.stringify(type)} at ${name}`);
    }
  }

  /** Known properties in their order, the required ones always, then any others where the schema lets them in. */
  #object(schema: JsonSchema, name: string): string {
    const { properties = {}, required = [], additionalProperties = false, propertyNames } = schema;
    if (propertyNames !== undefined && !isPlainString(propertyNames)) {
      throw unsupported(`the keyword propertyNames at ${name}`);
    }
    const known = Object.entries(properties as JsonSchema);
    const needed = new Set(required as string[]);
    for (const key of needed) {
      if (!known.some(([property]) => property === key)) {
        throw unsupported(`the required property ${JSON.stringify(key)}, which properties lacks, at ${name}`);
      }
    }
    const members = known.map(([key, property]) =>
      this.#rules.add(
        `${name}-${key}-member`,
        `${literal(`${JSON.stringify(key)}:`)} " "? ${this.#value(property, `${name}-${key}`, [])}`,
      ),
    );
    const others = additionalProperties === false ? "" : this.#others(additionalProperties, known, name);
    // From the last property back: what may follow when nothing, or something, was written before it.
    let atStart =
      others === "" ? "" : `(${others} ${repeat(`(${COMMA} ${others})`, 0, MOST_OTHER_PROPERTIES - 1)})?`;
    let after = others === "" ? "" : repeat(`(${COMMA} ${others})`, 0, MOST_OTHER_PROPERTIES);
    known.toReversed().forEach(([key], backwards) => {
      const member = members[known.length - 1 - backwards]!;
      const rest = after === "" ? "" : this.#rules.add(`${name}-after-${key}`, after);
      const first = join(member, rest);
      const later = join(COMMA, member, rest);
      if (needed.has(key)) {
        atStart = first;
        after = later;
      } else {
        const start = atStart === "" ? '""' : this.#rules.add(`${name}-without-${key}`, atStart);
        atStart = `(${first} | ${start})`;
        after = rest === "" ? `(${join(COMMA, member)})?` : `(${join(COMMA, member)})? ${rest}`;
      }
    });
    return this.#rules.add(name, join('"{"', atStart, '"}"'));
  }

  #others(schema: unknown, known: readonly (readonly [string, unknown])[], name: string): string {
    const key = otherKey(
      this.#rules,
      `${name}-key`,
      known.map(([property]) => property),
    );
    const value = this.#value(schema, `${name}-value`, []);
    return this.#rules.add(`${name}-other`, `${key} ":" " "? ${value}`);
  }

  #array(schema: JsonSchema, name: string): string {
    const { items = true, prefixItems = [], minItems = 0, maxItems = Infinity } = schema;
    const [min, max] = [minItems as number, maxItems as number];
    if (Array.isArray(items)) throw unsupported(`the keyword items with a list at ${name}`);
    const leading = (prefixItems as unknown[]).map((item, index) =>
      this.#value(item, `${name}-${index + 1}`, []),
    );
    if (leading.length > 0) {
      // A tuple: all of its items, no more.
      if (min > leading.length || max < leading.length || (items !== false && items !== true)) {
        throw unsupported(`the keyword prefixItems with further items at ${name}`);
      }
      return this.#rules.add(name, `"[" ${leading.join(` ${COMMA} `)} "]"`);
    }
    if (min > max) throw unsupported(`minItems above maxItems at ${name}`);
    if (max === 0 || items === false) return '"[]"';
    const item = this.#value(items, `${name}-item`, []);
    const next = max === 1 ? "" : this.#rules.add(`${name}-next`, `${COMMA} ${item}`);
    const list = join(item, repeat(next, Math.max(min, 1) - 1, max - 1));
    return this.#rules.add(name, `"[" ${min === 0 ? `(${list})?` : list} "]"`);
  }

  #string(schema: JsonSchema, name: string): string {
    const { minLength = 0, maxLength = Infinity } = schema;
    const [min, max] = [minLength as number, maxLength as number];
    if (min > max) throw unsupported(`minLength above maxLength at ${name}`);
    return join('"\\""', repeat(this.#character(), min, max), '"\\""');
  }

  #number(type: "number" | "integer", schema: JsonSchema, name: string): string {
    const grammar = (type === "number" ? numberGrammar : integerGrammar)(boundsOf(schema));
    if (grammar === undefined) throw unsupported(`bounds without a number between them at ${name}`);
    return this.#rules.add(`${name}-${type}`, grammar);
  }

  /** One code point of a string; no half of a surrogate pair, which would count differently. */
  #character(): string {
    return this.#rules.shared(
      "character",
      () =>
        '[^"\\\\\\x00-\\x1F\\x7F] | "\\\\" (["\\\\/bfnrt] | "u" ([0-9a-cA-CefEF] [0-9a-fA-F]{3} | [dD] [0-7] [0-9a-fA-F]{2}))',
    );
  }

  #anyValue(): string {
    return this.#rules.shared("any-value", () => {
      const text = this.#string({}, "");
      const number = this.#rules.add("any-number", numberGrammar(boundsOf({}))!);
      const member = this.#rules.add("any-member", `${text} ":" " "? any-value`);
      const object = `"{" (${member} (${COMMA} ${member})*)? "}"`;
      const array = `"[" (any-value (${COMMA} any-value)*)? "]"`;
      return `${object} | ${array} | ${text} | ${number} | "true" | "false" | "null"`;
    });
  }

  #reference(pointer: unknown, name: string, chain: readonly string[]): string {
    if (typeof pointer !== "string" || !pointer.startsWith("#")) {
      throw unsupported(`the $ref ${JSON.stringify(pointer)}, which is not local, at ${name}`);
    }
    if (chain.includes(pointer)) throw unsupported(`the $ref ${pointer}, which leads to itself, at ${name}`);
    const known = this.#targets.get(pointer);
    if (known !== undefined) return known;
    const rule = this.#rules.reserve(name);
    this.#targets.set(pointer, rule);
    const body = this.#value(resolvePointer(this.#schema, pointer), `${rule}-is`, [...chain, pointer]);
    return this.#rules.define(rule, body);
  }
}

function resolvePointer(schema: JsonSchema, pointer: string): unknown {
  let target: unknown = schema;
  for (const step of pointer.slice(1).split("/").slice(1)) {
    const key = decodeURIComponent(step).replaceAll("~1", "/").replaceAll("~0", "~");
    if (typeof target !== "object" || target === null || !Object.hasOwn(target, key)) {
      throw unsupported(`the $ref ${pointer}, which leads nowhere`);
    }
    target = (target as JsonSchema)[key];
  }
  if (!/^#(\/|$)/.test(pointer)) throw unsupported(`the $ref ${pointer}, which is no pointer`);
  return target;
}

/** Without a `type` the other keywords tell it, where they are those of one type. */
function impliedTypes(schema: JsonSchema): string[] {
  return ["object", "array", "string", "number"].filter((type) =>
    KEYWORDS[type]!.some((keyword) => keyword in schema),
  );
}

function boundsOf(schema: JsonSchema): Bounds {
  const { minimum = -Infinity, maximum = Infinity } = schema as Record<string, number>;
  const { exclusiveMinimum = -Infinity, exclusiveMaximum = Infinity } = schema as Record<string, number>;
  return {
    min: Math.max(minimum, exclusiveMinimum),
    max: Math.min(maximum, exclusiveMaximum),
    minExcluded: exclusiveMinimum >= minimum && exclusiveMinimum !== -Infinity,
    maxExcluded: exclusiveMaximum <= maximum && exclusiveMaximum !== Infinity,
  };
}

function refuseOthers(schema: JsonSchema, known: readonly string[], name: string): void {
  for (const keyword of Object.keys(schema)) {
    if (known.includes(keyword) || ANNOTATIONS.has(keyword) || NARROWING.has(keyword)) continue;
    if (keyword.startsWith("x-")) continue;
    throw unsupported(`the keyword ${keyword} at ${name}`);
  }
}

function unsupported(what: string): ToolkenError {
  return new ToolkenError("GRAMMAR_INVALID", `No grammar can be made for ${what}`, {
    hint: UNCONSTRAINED_HINT,
  });
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isPlainString(schema: unknown): boolean {
  return isSchema(schema) && Object.keys(schema).length === 1 && schema.type === "string";
}

function json(value: unknown): string {
  return literal(JSON.stringify(value));
}

function join(...parts: readonly string[]): string {
  return parts.filter(Boolean).join(" ");
}
