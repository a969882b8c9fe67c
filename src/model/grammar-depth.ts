// llama.cpp's parser of grammars calls itself for every parenthesis: a deep enough text would end the process.
import { ToolkenError } from "../errors.js";

const DEEPEST = 256;
/** What may hold parentheses that are none: literals, character classes, comments. */
const APART = /"(?:[^"\\]|\\.)*"|\[(?:[^\]\\]|\\.)*\]|#[^\n]*/gsu;

/** @throws ToolkenError `GRAMMAR_INVALID` */
export function assertShallow(gbnf: string): void {
  let depth = 0;
  for (const character of gbnf.replace(APART, "")) {
    if (character === "(") depth++;
    else if (character === ")") depth--;
    if (depth > DEEPEST) {
      throw new ToolkenError("GRAMMAR_INVALID", `Expected at most ${DEEPEST} parentheses within each other`);
    }
  }
}
