// Why: grammars are texts in llama.cpp's GBNF dialect, whose escapes and limits belong in one place.
import { ToolkenError } from "../errors.js";

/** llama.cpp refuses a grammar that repeats a symbol more often than this. */
const MOST_REPETITIONS = 2000;

/** Rules of a grammar in the making; a rule's name is its reference. */
export class Gbnf {
  readonly #rules = new Map<string, string>();

  /** Names a rule before its body is known, for recursion; `wish` is cut to the letters that a name may have. */
  reserve(wish: string): string {
    const base = wish.replace(/[^A-Za-z0-9]+/g, "-").replace(/^-|-$/g, "") || "rule";
    let name = base;
    for (let count = 2; this.#rules.has(name); count++) name = `${base}-${count}`;
    this.#rules.set(name, "");
    return name;
  }

  define(name: string, body: string): string {
    this.#rules.set(name, body);
    return name;
  }

  add(wish: string, body: string): string {
    return this.define(this.reserve(wish), body);
  }

  /** A rule that many places share, written once. */
  shared(name: string, body: () => string): string {
    if (!this.#rules.has(name)) {
      this.#rules.set(name, "");
      this.#rules.set(name, body());
    }
    return name;
  }

  toString(): string {
    return [...this.#rules].map(([name, body]) => `${name} ::= ${body}\n`).join("");
  }
}

/** A text between quotes. */
export function literal(text: string): string {
  const escaped = Array.from(text, (character) => {
    if (character === '"' || character === "\\") return `\\${character}`;
    return isPlain(character) ? character : escapeCodePoint(character);
  });
  return `"${escaped.join("")}"`;
}

/** Characters as they stand between the brackets of a class. */
export function classCharacters(characters: string): string {
  return Array.from(characters, (character) =>
    /[A-Za-z0-9]/.test(character) ? character : escapeCodePoint(character),
  ).join("");
}

/**
 * `item{min,max}` in its shortest form. A maximum that llama.cpp can't count to is left open.
 *
 * @throws ToolkenError `GRAMMAR_INVALID` for a minimum that it can't count to
 */
export function repeat(item: string, min: number, max: number): string {
  if (min > MOST_REPETITIONS) {
    throw new ToolkenError("GRAMMAR_INVALID", `A grammar can't repeat anything ${min} times`, {
      hint: UNCONSTRAINED_HINT,
    });
  }
  if (max === 0) return "";
  if (min === 1 && max === 1) return item;
  if (max > MOST_REPETITIONS) return min === 0 ? `${item}*` : min === 1 ? `${item}+` : `${item}{${min},}`;
  if (min === 0 && max === 1) return `${item}?`;
  return min === max ? `${item}{${min}}` : `${item}{${min},${max}}`;
}

export const UNCONSTRAINED_HINT =
  "With grammar: false the arguments are decoded without a grammar; they are still validated.";

function isPlain(character: string): boolean {
  const point = character.codePointAt(0)!;
  return point >= 0x20 && point !== 0x7f && !(point >= 0xd800 && point <= 0xdfff);
}

function escapeCodePoint(character: string): string {
  const hex = character.codePointAt(0)!.toString(16).toUpperCase();
  if (hex.length <= 2) return `\\x${hex.padStart(2, "0")}`;
  return hex.length <= 4 ? `\\u${hex.padStart(4, "0")}` : `\\U${hex.padStart(8, "0")}`;
}
