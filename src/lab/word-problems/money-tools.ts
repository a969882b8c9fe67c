// Tools that look like the operators: a choice that a head gets wrong now and then, and a reranker corrects.
import type { Decimal } from "decimal.js";
import { add, divide, multiply, subtract } from "../../tools/decimals.js";
import { arithmeticTool, fold } from "../../tools/math.js";
import type { Tool } from "../../tools/tool.js";

/**
 * Look-alikes of four operators for amounts of money: add_money, subtract_money, multiply_money, divide_money. They
 * take and give what the operators do.
 */
export const moneyTools: readonly Tool[] = Object.freeze([
  ofMoney(
    "add_money",
    "The sum of amounts of money.",
    `Q: A ticket costs $12.50 and a programme $4. How much are both?
A: Both cost 12.50+4=<add_money>(12.50, 4)=16.5 dollars.`,
    ["amount", "other"],
    add,
  ),
  ofMoney(
    "subtract_money",
    "An amount of money less others.",
    `Q: Leo has $95 and spends $38.20. How much is left?
A: He has 95-38.20=<subtract_money>(95, 38.20)=56.8 dollars left.`,
    ["amount", "less"],
    subtract,
  ),
  ofMoney(
    "multiply_money",
    "An amount of money, several times: a price for many things, a share of an amount.",
    `Q: A chair costs $45.90. What do 24 chairs cost?
A: They cost 24*45.90=<multiply_money>(24, 45.90)=1101.6 dollars.`,
    ["amount", "times"],
    multiply,
  ),
  ofMoney(
    "divide_money",
    "An amount of money in equal parts.",
    `Q: Six friends share a bill of $187.50. How much does each pay?
A: Each pays 187.50/6=<divide_money>(187.50, 6)=31.25 dollars.`,
    ["amount", "parts"],
    divide,
  ),
]);

/** Tools that the command line and experiments name by a word, besides those of the package. */
export const labToolSets: Readonly<Record<string, readonly Tool[]>> = { money: moneyTools };

function ofMoney(
  name: string,
  description: string,
  demonstrations: string,
  required: readonly string[],
  operation: (a: Decimal, b: Decimal) => Decimal,
): Tool {
  const parameters = { required, max: Infinity, names: required };
  return arithmeticTool(name, description, demonstrations, parameters, fold(operation));
}
