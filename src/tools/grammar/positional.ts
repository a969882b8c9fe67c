// Numbers and sums of bounded length keep a small model from writing digits without end.
import { type Gbnf, repeat } from "./gbnf.js";
import type { PositionalParameters } from "../parameters.js";

/** Most arguments where the tool has no limit of its own. */
const MAX_LIST = 16;

/** Operands of a sum by depth: outside parentheses, inside one pair, inside two. */
const OPERANDS = [6, 4, 3] as const;

/** The argument list without its parentheses; after a comma there may be one space. */
export function positionalGrammar(rules: Gbnf, { min, max }: PositionalParameters): string {
  const most = Number.isFinite(max) ? max : Math.max(MAX_LIST, min);
  if (most === 0) return "";
  const sum = rules.reserve("sum");
  const next = most === 1 ? "" : rules.add("next", `"," " "? ${sum}`);
  const list = [sum, repeat(next, Math.max(min, 1) - 1, most - 1)].filter(Boolean).join(" ");
  rules.add("digits", '"0" | [1-9] [0-9]{0,19}');
  rules.add("number", '"$"? digits ("." [0-9]{1,20})? "%"?');
  defineSums(rules, sum, 0);
  return min === 0 ? `(${list})?` : list;
}

/** One rule per depth, as a grammar can't count: `sum` may hold `(sum-1)`, that may hold `(sum-2)`. */
function defineSums(rules: Gbnf, sum: string, depth: number): void {
  const deeper = depth + 1 < OPERANDS.length ? rules.reserve(`sum-${depth + 1}`) : undefined;
  const group = deeper === undefined ? "" : ` | "(" ${deeper} ")"`;
  const operand = rules.add(`operand-${depth}`, `"-"? (number${group})`);
  const more = rules.add(`more-${depth}`, `[+*/^\\-] ${operand}`);
  rules.define(sum, `${operand} ${repeat(more, 0, OPERANDS[depth]! - 1)}`);
  if (deeper !== undefined) defineSums(rules, deeper, depth + 1);
}
