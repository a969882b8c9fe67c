// Why: an object's further properties must not repeat a known one, whose value has a schema of its own.
import { classCharacters, type Gbnf } from "./gbnf.js";

/** What a key may hold besides letters of the known keys: no escapes, as they could spell a known key. */
const NO_KEY_CHARACTER = '"\\\\\\x00-\\x1F\\x7F';

/** Longest key that the grammar offers. */
const LONGEST_KEY = 64;

/** A quoted JSON string that is none of `keys`: a walk down the tree of their letters that leaves it somewhere. */
export function otherKey(rules: Gbnf, name: string, keys: readonly string[]): string {
  const character = rules.shared("key-character", () => `[^${NO_KEY_CHARACTER}]`);
  const rest = rules.shared("key-rest", () => `${character}{0,${LONGEST_KEY}}`);
  const walk = (endings: readonly string[], wish: string): string => {
    const letters = [
      ...new Set(endings.filter((ending) => ending !== "").map((ending) => Array.from(ending)[0]!)),
    ];
    const ways = letters.map((letter) => {
      const below = endings
        .filter((ending) => ending.startsWith(letter))
        .map((ending) => ending.slice(letter.length));
      return `[${classCharacters(letter)}] ${walk(below, wish)}`;
    });
    ways.push(`[^${NO_KEY_CHARACTER}${classCharacters(letters.join(""))}] ${rest}`);
    // Here a known key would end; or nothing was written yet, and an empty key is no key.
    if (!endings.includes("") && endings !== keys) ways.push('""');
    return rules.add(wish, ways.join(" | "));
  };
  return rules.add(name, `"\\"" ${walk(keys, `${name}-letters`)} "\\""`);
}
