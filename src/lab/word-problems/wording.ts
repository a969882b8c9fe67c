// Expands a wording into text: `[a|b]` is a choice, `{slot}` is filled in by the caller.

import { ToolkenError } from "../../errors.js";
import type { Random } from "./random.js";

/** Makes every choice of a wording; slots stay. Choices nest: `[one|two [small|big] ones]`. */
export function choose(wording: string, random: Random): string {
  let at = 0;
  const text = sequence(false);
  if (at < wording.length) throw unbalanced(wording);
  return text;

  function sequence(inside: boolean): string {
    let out = "";
    while (at < wording.length) {
      const char = wording[at]!;
      if (inside && (char === "|" || char === "]")) return out;
      if (char === "]") throw unbalanced(wording);
      at++;
      out += char === "[" ? choice() : char;
    }
    if (inside) throw unbalanced(wording);
    return out;
  }

  function choice(): string {
    const options = [sequence(true)];
    while (wording[at] === "|") {
      at++;
      options.push(sequence(true));
    }
    at++;
    return random.pick(options);
  }
}

/** Fills the slots. A slot in the first place of a sentence may be written in upper case: `{Things}`. */
export function fill(text: string, slot: (name: string) => string): string {
  return text.replace(/\{([^{}]+)\}/g, (_match, name: string) => slot(name));
}

/** Single spaces, none before a stop, and a capital letter at the start of each sentence. */
export function tidy(text: string): string {
  return text
    .replace(/ +/g, " ")
    .replace(/ ([.,?!])/g, "$1")
    .replace(/(^|[.?!] )([a-z])/g, (_match, before: string, letter: string) => before + letter.toUpperCase());
}

function unbalanced(wording: string): ToolkenError {
  return new ToolkenError("INTERNAL", `Unbalanced brackets in the wording "${wording}"`);
}
