// Something to reject: tools that are easily taken for one another, and sentences whose numbers are only copied.
import type { Operator } from "./arithmetic.js";
import type { Quantity } from "./quantities.js";
import type { Manner } from "./surroundings.js";

/** Sentences before the calculation; `{given}` is a number of the question, and nothing is to be computed. */
export const asides: Readonly<Record<Manner, readonly string[]>> = {
  train: [
    "[Let|Say|Call] [x|n|a]={given}.",
    "[Given:|We know:|Known:] [a|b|n]={given}.",
    "[One number|A number] [is|here is|in the question is] {given}.",
    "The question [gives|mentions|names] {given}.",
    "[First value|Value|Input]={given}.",
  ],
  unfamiliar: ["Put k={given}.", "Note the figure {given}.", "Starting point={given}."],
};

/** Operators that have a look-alike for amounts of money. */
const OF_MONEY: ReadonlySet<Operator> = new Set(["add", "subtract", "multiply", "divide"]);

/** Whether the result of a calculation is an amount of money. */
export function givesMoney(operator: Operator, money: readonly boolean[]): boolean {
  if (operator === "divide") return money[0] === true && !money.slice(1).includes(true);
  return OF_MONEY.has(operator) && money.includes(true);
}

/** `add_money` for an `add` that gives an amount of money. */
export function lookAlike(operator: Operator, isMoney: boolean): string {
  return isMoney ? `${operator}_money` : operator;
}

export function isMoney(quantity: Quantity | undefined): boolean {
  return quantity?.kind === "money";
}
