// Texts in llama.cpp's GBNF dialect: its escapes and limits belong in one place.

/** llama.cpp refuses a repetition whose count times the rules inside it reaches 2,000. */
const MAX_REPETITIONS = 1999;

/** A larger minimum is written as several repetitions in sequence, up to this one. */
const MAX_MINIMUM = 20_000;

/** Longest rule name; longer wishes keep their end, which names the innermost property. */
const MAX_NAME = 40;

/** Thrown when a grammar outgrows its limits; its builder then tries a looser one. */
export class GrammarTooLarge extends Error {}

export interface GrammarLimits {
  readonly maxRules: number;
  /** UTF-16 units of the whole text. */
  readonly maxLength: number;
  /** Sum of the bounded repetitions' counts: llama.cpp makes a rule of each. */
  readonly maxRepetitions: number;
}

const UNLIMITED: GrammarLimits = { maxRules: Infinity, maxLength: Infinity, maxRepetitions: Infinity };

/** Rules of a grammar under construction; a rule's name is its reference. */
export class Gbnf {
  readonly #rules = new Map<string, string>();
  readonly #limits: GrammarLimits;
  readonly #taken = new Map<string, number>();
  #length = 0;
  #repetitions = 0;

  constructor(limits: GrammarLimits = UNLIMITED) {
    this.#limits = limits;
  }

  /** Names a rule before its body is known, for recursion; `wish` is reduced to the characters a name may have. */
  reserve(wish: string): string {
    const cut = wish.replace(/[^A-Za-z0-9]+/g, "-").slice(-MAX_NAME);
    const base = cut.replace(/^-|-$/g, "") || "rule";
    let count = this.#taken.get(base) ?? 1;
    let name = count === 1 ? base : `${base}-${count}`;
    while (this.#rules.has(name)) name = `${base}-${++count}`;
    this.#taken.set(base, count + 1);
    this.#rules.set(name, "");
    if (this.#rules.size > this.#limits.maxRules) throw new GrammarTooLarge("too many rules");
    return name;
  }

  define(name: string, body: string): string {
    this.#rules.set(name, body);
    this.#length += name.length + body.length + 6;
    if (this.#length > this.#limits.maxLength) throw new GrammarTooLarge("too long");
    for (const [, count] of body.matchAll(/\{(?:\d+,)?(\d+)\}/g)) this.#repetitions += Number(count);
    if (this.#repetitions > this.#limits.maxRepetitions) throw new GrammarTooLarge("too many repetitions");
    return name;
  }

  add(wish: string, body: string): string {
    return this.define(this.reserve(wish), body);
  }

  /** Takes a reserved name back that nothing refers to. */
  release(name: string): void {
    this.#rules.delete(name);
  }

  /** A rule that several places share, written once. */
  shared(name: string, body: () => string): string {
    if (!this.#rules.has(name)) {
      this.#rules.set(name, "");
      this.define(name, body());
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
    return isPlain(character) ? character : escapeCodePoint(character.codePointAt(0)!);
  });
  return `"${escaped.join("")}"`;
}

/** A character as it stands between the brackets of a class. */
export function classCharacter(point: number): string {
  const character = String.fromCodePoint(point);
  return /[A-Za-z0-9]/.test(character) ? character : escapeCodePoint(point);
}

/**
 * `item{min,max}` in its shortest form; `item` is one symbol, best a rule. A maximum that llama.cpp can't count to
 * is left open, see {@link canRepeat}.
 */
export function repeat(item: string, min: number, max: number): string {
  if (max === 0) return "";
  if (min === 1 && max === 1) return item;
  if (min > MAX_REPETITIONS) {
    const capped = Math.min(min, MAX_MINIMUM);
    const whole = Array.from({ length: Math.floor(capped / 1000) }, () => `${item}{1000}`);
    return [...whole, repeat(item, capped % 1000, max - (capped - (capped % 1000)))]
      .filter(Boolean)
      .join(" ");
  }
  if (max > MAX_REPETITIONS) return min === 0 ? `${item}*` : min === 1 ? `${item}+` : `${item}{${min},}`;
  if (min === 0 && max === 1) return `${item}?`;
  return min === max ? `${item}{${min}}` : `${item}{${min},${max}}`;
}

/** Whether {@link repeat} keeps both bounds. */
export function canRepeat(min: number, max: number): boolean {
  return min <= MAX_MINIMUM && (max === Infinity || max <= MAX_REPETITIONS || (max === min && min > 0));
}

/** The non-empty parts, in sequence. */
export function sequence(...parts: readonly string[]): string {
  return parts.filter(Boolean).join(" ");
}

function isPlain(character: string): boolean {
  const point = character.codePointAt(0)!;
  return point >= 0x20 && point !== 0x7f && !(point >= 0xd800 && point <= 0xdfff);
}

function escapeCodePoint(point: number): string {
  const hex = point.toString(16).toUpperCase();
  if (hex.length <= 2) return `\\x${hex.padStart(2, "0")}`;
  return hex.length <= 4 ? `\\u${hex.padStart(4, "0")}` : `\\U${hex.padStart(8, "0")}`;
}
