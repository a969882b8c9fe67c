// Amounts of money are calculated by separate tools, which a reranker has to tell from the plain ones.

import type { Operator } from "./arithmetic.js";
import type { Quantity } from "./draws.js";

/** Operators that have a look-alike for amounts of money. */
const WITH_MONEY: ReadonlySet<Operator> = new Set(["add", "subtract", "multiply", "divide"]);

export function isMoney(quantity: Quantity | undefined): boolean {
  return quantity?.kind === "money";
}

/** Whether the result of a calculation is an amount of money, given which arguments are. */
export function givesMoney(operator: Operator, money: readonly boolean[]): boolean {
  if (operator === "divide") return money[0] === true && !money.slice(1).includes(true);
  return WITH_MONEY.has(operator) && money.includes(true);
}

/** `add_money` for an `add` whose result is an amount of money. */
export function toolName(operator: Operator, isMoney: boolean): string {
  return isMoney ? `${operator}_money` : operator;
}
