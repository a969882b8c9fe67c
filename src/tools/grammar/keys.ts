// An object's further properties must not repeat a known one, whose value has a schema of its own.
import { plainClass } from "./character-set.js";
import type { Gbnf } from "./gbnf.js";

/** Longest key that the grammar offers. */
const MAX_KEY_LENGTH = 256;

/**
 * A quoted JSON string that is none of the known keys: a walk down the tree of their letters that leaves it
 * somewhere. Without escapes, as these could spell a known key.
 */
export function otherKey(rules: Gbnf, name: string, known: readonly string[]): string {
  // eslint-disable-next-line no-control-regex -- JSON escapes control characters
  const keys = known.filter((key) => key !== "" && !/["\\\u0000-\u001f\u007f]/.test(key));
  const character = rules.shared("key-character", () => plainClass(""));
  const rest = rules.shared("key-rest", () => `${character}{0,${MAX_KEY_LENGTH}}`);
  const walk = (endings: readonly string[], start: boolean): string => {
    const letters = [...new Set(endings.flatMap((ending) => Array.from(ending).slice(0, 1)))];
    const ways = letters.map((letter) => {
      const below = endings
        .filter((ending) => ending.startsWith(letter))
        .map((ending) => ending.slice(letter.length));
      return `${JSON.stringify(letter)} ${walk(below, false)}`;
    });
    ways.push(`${plainClass(letters.join(""))} ${rest}`);
    // Here a known key would end; or nothing was written yet, and an empty key is no key.
    if (!start && !endings.includes("")) ways.push('""');
    return rules.add(`${name}-letters`, ways.join(" | "));
  };
  return rules.add(name, `"\\"" ${walk(keys, true)} "\\""`);
}
