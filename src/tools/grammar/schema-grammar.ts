// Arguments decoded under the tool's own JSON Schema need no second try.
import { Alternatives, type Alternative, type Conjunction } from "../schema/alternatives.js";
import { type Facts, factsOf, fits, says } from "../schema/facts.js";
import { isSchema, type JsonSchema, withoutNullable } from "../schema/json-schema.js";
import { References } from "../schema/references.js";
import { arrayGrammar, COMMA } from "./arrays.js";
import { Gbnf, GrammarTooLarge, literal } from "./gbnf.js";
import { numberValue } from "./number-values.js";
import { numberGrammar } from "./numbers.js";
import { objectGrammar } from "./objects.js";
import type { SchemaBuilder } from "./schema-builder.js";
import { anyString, stringGrammar } from "./strings.js";

/** No character: what is required and impossible at once. */
const NOTHING = "[^\\x00-\\U0010FFFF]";

/** Most references from rule to rule, alternatives included, before a looser grammar is tried. */
const MAX_VALUES = 20_000;

/** Rules by the schemas that all hold. */
interface Target {
  rule: string | undefined;
  used: boolean;
  /** Per alternative the targets that it can't do without. */
  readonly needs: ReadonlySet<string>[];
}

export class SchemaGrammar implements SchemaBuilder {
  rules = new Gbnf();
  /** `place keyword`, of everything that is left to validation. */
  readonly notes = new Set<string>();
  readonly #alternatives: Alternatives;
  readonly #maxDepth: number;
  readonly #whole: Conjunction;
  readonly #targets = new Map<string, Target>();
  readonly #numbers = new Map<JsonSchema, number>();
  /** Targets that need themselves: no finite text is one. */
  readonly #endless = new Set<string>();
  readonly #path: string[] = [];
  #needs = new Set<string>();
  #values = 0;

  /**
   * @param maxDepth containers inside each other; deeper ones are any object or array
   * @param objects whether the values are objects, whatever the schema says
   */
  constructor(schema: JsonSchema, maxDepth: number, objects: boolean) {
    const root = withoutNullable(schema) as JsonSchema;
    this.#whole = objects ? [{ type: "object" }, root] : [root];
    this.#maxDepth = maxDepth;
    this.#alternatives = new Alternatives(new References(root), (keyword) => {
      this.note(keyword);
    });
  }

  /** Writes the rules, and returns the rule of the whole; undefined where no value satisfies the schema. */
  build(newRules: () => Gbnf): string | undefined {
    for (;;) {
      this.rules = newRules();
      this.notes.clear();
      this.#targets.clear();
      const rule = this.#conjunction(this.#whole);
      const endless = this.#endlessTargets();
      if (endless.length === 0) return rule;
      for (const name of endless) this.#endless.add(name);
    }
  }

  note(keyword: string): void {
    this.notes.add(`${this.#path.join(".")} ${keyword}`.trim());
  }

  value(conjunction: Conjunction, step: string, required: boolean): string | undefined {
    const outer = this.#needs;
    if (!required) this.#needs = new Set();
    this.#path.push(step);
    try {
      return this.#conjunction(conjunction);
    } finally {
      this.#path.pop();
      this.#needs = outer;
    }
  }

  fixedStrings(conjunction: Conjunction): readonly string[] | undefined {
    const found = this.#alternatives.of(conjunction).map((schemas) => factsOf(schemas).values);
    if (found.some((values) => values === undefined)) return undefined;
    return found.flat().filter((value) => typeof value === "string");
  }

  #conjunction(conjunction: Conjunction): string | undefined {
    if (conjunction.includes(false)) return undefined;
    const schemas = [...new Set(conjunction.filter(isSchema))];
    if (schemas.length === 0) return this.#anyValue();
    if (++this.#values > MAX_VALUES) throw new GrammarTooLarge("too many values");
    const key = schemas.map((schema) => this.#numberOf(schema)).sort((a, b) => a - b);
    // A grammar that is cut at some depth must not find there what was made further up.
    const name = `${key.join()}${this.#deep() ? " deep" : ""}`;
    if (this.#endless.has(name)) return undefined;
    this.#needs.add(name);
    const known = this.#targets.get(name);
    if (known !== undefined) {
      known.used = true;
      return known.rule;
    }
    const reserved = this.rules.reserve(this.#path.slice(-2).join("-") || "arguments");
    const target: Target = { rule: reserved, used: false, needs: [] };
    this.#targets.set(name, target);
    const outer = this.#needs;
    const bodies = new Set(
      this.#alternatives.of(schemas).flatMap((alternative) => this.#alternative(alternative, target)),
    );
    this.#needs = outer;
    const body = [...bodies].join(" | ");
    if (!target.used && (body === "" || /^[A-Za-z0-9-]+$/.test(body))) {
      this.rules.release(reserved);
      target.rule = body === "" ? undefined : body;
    } else {
      this.rules.define(reserved, body === "" ? NOTHING : body);
    }
    return target.rule;
  }

  /** The texts of an alternative, each of a type. */
  #alternative(schemas: Alternative, { needs }: { readonly needs: ReadonlySet<string>[] }): string[] {
    const facts = factsOf(schemas);
    if (facts.values !== undefined || facts.free) {
      needs.push(new Set());
      if (facts.values !== undefined) return this.#fixed(facts.values, schemas);
      if (facts.excluded.length > 0) this.note("not");
      return [this.#anyValue()];
    }
    return [...facts.types].flatMap((type) => {
      this.#needs = new Set();
      const text = this.#ofType(type, facts);
      if (text === undefined) return [];
      needs.push(this.#needs);
      return [text];
    });
  }

  /** The least fixed point: a target ends if all that one of its alternatives needs ends. */
  #endlessTargets(): string[] {
    const ending = new Set<string>();
    for (let size = -1; size !== ending.size;) {
      size = ending.size;
      for (const [name, { needs }] of this.#targets) {
        if (needs.some((one) => [...one].every((needed) => ending.has(needed)))) ending.add(name);
      }
    }
    return [...this.#targets].flatMap(([name, { rule }]) =>
      rule === undefined || ending.has(name) ? [] : [name],
    );
  }

  #fixed(values: readonly unknown[], schemas: Alternative): string[] {
    if (values.some((value) => typeof value === "object" && value !== null)) {
      if (says(schemas, "object") || says(schemas, "array")) this.note("enum");
    }
    return values.filter((value) => fits(value, schemas)).map((value) => literal(JSON.stringify(value)));
  }

  #ofType(type: string, facts: Facts): string | undefined {
    switch (type) {
      case "object":
      case "array": {
        if (facts.excluded.some((value) => typeof value === "object" && value !== null)) this.note("not");
        const said = says(facts.schemas, type);
        if (said && this.#deep()) this.note("depth");
        if (!said || this.#deep()) return type === "object" ? this.#anyObject() : this.#anyArray();
        return type === "object" ? objectGrammar(this, facts) : arrayGrammar(this, facts);
      }
      case "string":
        return stringGrammar(this, facts);
      case "number":
        return numberValue(this, facts);
      case "boolean": {
        const values = ["true", "false"].filter((text) => !facts.excluded.includes(text === "true"));
        return values.length === 0 ? undefined : values.map(literal).join(" | ");
      }
      default:
        return facts.excluded.includes(null) ? undefined : '"null"';
    }
  }

  #deep(): boolean {
    return this.#path.length >= this.#maxDepth;
  }

  #anyObject(): string {
    return this.rules.shared("any-object", () => {
      const text = anyString(this);
      const member = this.rules.add("any-member", `${text} ":" " "? ${this.#anyValue()}`);
      return `"{" (${member} (${COMMA} ${member})*)? "}"`;
    });
  }

  #anyArray(): string {
    return this.rules.shared("any-array", () => {
      const value = this.#anyValue();
      return `"[" (${value} (${COMMA} ${value})*)? "]"`;
    });
  }

  #anyValue(): string {
    const unbounded = { min: -Infinity, max: Infinity, minExcluded: false, maxExcluded: false };
    return this.rules.shared("any-value", () => {
      const number = this.rules.add("any-number", numberGrammar(unbounded)!);
      const texts = [this.#anyObject(), this.#anyArray(), anyString(this), number];
      return `${texts.join(" | ")} | "true" | "false" | "null"`;
    });
  }

  #numberOf(schema: JsonSchema): number {
    const known = this.#numbers.get(schema) ?? this.#numbers.size;
    this.#numbers.set(schema, known);
    return known;
  }
}
