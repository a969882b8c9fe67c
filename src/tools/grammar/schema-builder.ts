// What the grammars of single types use of the whole.
import type { Conjunction } from "../schema/alternatives.js";
import type { Gbnf } from "./gbnf.js";

export interface SchemaBuilder {
  readonly rules: Gbnf;
  /** Remembers that a keyword at the present place is left to validation. */
  note(keyword: string): void;
  /**
   * A rule of a value one step further in (a property's key, an item), under schemas that all hold; undefined where
   * there is none.
   * @param required whether what holds it can't do without
   */
  value(conjunction: Conjunction, step: string, required: boolean): string | undefined;
  /** The fixed strings that satisfy the schemas, where these name them all. */
  fixedStrings(conjunction: Conjunction): readonly string[] | undefined;
}
