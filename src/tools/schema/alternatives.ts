// A conjunction of schemas as alternatives of plain schemas: references followed, `allOf` merged, choices multiplied out.
import { isSchema, type JsonSchema } from "./json-schema.js";
import { negate } from "./negation.js";
import type { References } from "./references.js";

/** Most alternatives of one value; of more choices some are left to validation. */
const MAX_ALTERNATIVES = 64;

/** Most conjunctions that are looked at for one value: references can name twice as many at every step. */
const MAX_EXPANSIONS = 2000;

/** Schemas that all hold for a value. */
export type Conjunction = readonly unknown[];

/** Schemas that all hold, whose keywords other than references and combinations say the whole. */
export type Alternative = readonly JsonSchema[];

interface Parts {
  readonly included: Conjunction;
  /** Of each group one choice holds. */
  readonly groups: readonly (readonly Conjunction[])[];
  /** Keywords that the parts don't express wholly. */
  readonly notes: readonly string[];
}

export class Alternatives {
  readonly #references: References;
  readonly #note: (keyword: string) => void;
  readonly #parts = new WeakMap<JsonSchema, Parts>();
  #expansions = 0;

  constructor(references: References, note: (keyword: string) => void) {
    this.#references = references;
    this.#note = note;
  }

  /** None where nothing satisfies all. */
  of(conjunction: Conjunction): readonly Alternative[] {
    this.#expansions = 0;
    return this.#expand(conjunction, new Set());
  }

  #expand(conjunction: Conjunction, outer: ReadonlySet<JsonSchema>): readonly Alternative[] {
    if (++this.#expansions > MAX_EXPANSIONS) {
      this.#note("combinations");
      return [[]];
    }
    const seen = new Set(outer);
    const plain: JsonSchema[] = [];
    const groups: (readonly Conjunction[])[] = [];
    const open = [...conjunction];
    while (open.length > 0) {
      const next = open.shift();
      if (next === false) return [];
      if (!isSchema(next)) continue;
      if (seen.has(next)) {
        // A schema that includes itself: validation decides what that means.
        this.#note("$ref");
        continue;
      }
      seen.add(next);
      plain.push(next);
      const parts = this.#partsOf(next);
      open.push(...parts.included);
      groups.push(...parts.groups);
      parts.notes.forEach(this.#note);
    }
    let alternatives: readonly Alternative[] = [plain];
    for (const group of groups) {
      const choices = group.flatMap((choice) => this.#expand(choice, seen));
      if (choices.length === 0) return [];
      if (alternatives.length * choices.length > MAX_ALTERNATIVES) this.#note("combinations");
      else alternatives = alternatives.flatMap((one) => choices.map((choice) => [...one, ...choice]));
    }
    return alternatives;
  }

  #partsOf(schema: JsonSchema): Parts {
    const known = this.#parts.get(schema);
    if (known !== undefined) return known;
    const parts = this.#split(schema);
    this.#parts.set(schema, parts);
    return parts;
  }

  #split(schema: JsonSchema): Parts {
    const included: unknown[] = [...list(schema.allOf)];
    const groups: (readonly Conjunction[])[] = [];
    const notes: string[] = [];
    for (const keyword of ["$ref", "$dynamicRef", "$recursiveRef"]) {
      const reference = schema[keyword];
      if (typeof reference !== "string") continue;
      const target = this.#references.resolve(schema, reference);
      if (target === undefined || keyword !== "$ref") notes.push(keyword);
      if (target !== undefined) included.push(target);
    }
    for (const keyword of ["anyOf", "oneOf"]) {
      const choices = list(schema[keyword]);
      if (choices.length > 0) groups.push(choices.map((choice) => [choice]));
      if (keyword === "oneOf" && choices.length > 1) notes.push(keyword);
    }
    if (schema.not !== undefined) {
      const negated = negate(schema.not);
      if (negated === undefined) notes.push("not");
      else included.push(negated);
    }
    if (schema.if !== undefined && (schema.then !== undefined || schema.else !== undefined)) {
      const negated = negate(schema.if);
      if (negated === undefined) notes.push("if");
      groups.push([
        [schema.if, schema.then],
        [negated, schema.else],
      ]);
    }
    groups.push(...dependencies(schema));
    return { included, groups, notes };
  }
}

/** Each dependency: the property is missing, or what it depends on holds too. */
function dependencies(schema: JsonSchema): Conjunction[][] {
  return ["dependentRequired", "dependentSchemas", "dependencies"].flatMap((keyword) => {
    const byKey = schema[keyword];
    if (!isSchema(byKey)) return [];
    return Object.entries(byKey).map(([key, needed]) => [
      [{ properties: { [key]: false } }],
      [{ required: [key] }, Array.isArray(needed) ? { required: needed } : needed],
    ]);
  });
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
