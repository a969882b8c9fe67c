import test from "ava";
import { checkResult, operationCount, outermostOperation } from "../../../src/lab/datasets/marks.js";
import { evaluateArithmetic } from "../../../src/tools/arithmetic.js";
import { mathTools, parseArguments } from "../../../src/tools/index.js";
import { seeded } from "../../tools/seeded.js";

const becomes = test.macro((t, expression: string, call: string | undefined) => {
  const operation = outermostOperation(expression);
  t.is(operation && `${operation.tool}(${operation.args})`, call);
});

test("a single operation", becomes, "48/2", "divide(48, 2)");
test("a chain of one operator", becomes, "16-3-4", "subtract(16, 3, 4)");
test("a sum is looser than a product", becomes, "2*3+4*5", "add(2*3, 4*5)");
test("subtracting from a sum", becomes, "42+36+15-27", "subtract(42+36+15, 27)");
test("adding to a difference", becomes, "5-2+5", "add(5-2, 5)");
test("dividing a product", becomes, "6*8/4", "divide(6*8, 4)");
test("parentheses are the tool's arguments", becomes, "(88-48)/5", "divide(88-48, 5)");
test("parentheses around everything", becomes, "((22+40)-2)", "subtract(22+40, 2)");
test("parentheses side by side are not around everything", becomes, "(1+2)*(3+4)", "multiply(1+2, 3+4)");
test("a sign is no operation", becomes, "-5", undefined);
test("a sign after an operator is the number's", becomes, "4*-5", "multiply(4, -5)");
test("a number alone", becomes, "$1,000", undefined);
test("currency, thousands commas and percentages", becomes, "$1,200*20%", "multiply(1200, 20%)");
test("a power", becomes, "2^3", "power(2, 3)");
test("a power in a product", becomes, "2^3*5", "multiply(2^3, 5)");

test("an operation gives what the whole expression gives", async (t) => {
  const random = seeded(7);
  const number = (): string => String(random.integer(1, 9));
  const term = (depth: number): string => {
    if (depth === 0) return number();
    const sign = random.pick(["+", "-", "*", "/"]);
    const inner = `${term(depth - 1)}${sign}${term(random.integer(0, depth - 1))}`;
    return random.next() < 0.4 ? `(${inner})` : inner;
  };
  let compared = 0;
  for (let count = 0; count < 300; count++) {
    const expression = `${term(3)}+${number()}`;
    let value;
    try {
      value = evaluateArithmetic(expression);
    } catch {
      continue; // a division by zero
    }
    const { tool, args } = outermostOperation(expression)!;
    const definition = mathTools.find(({ name }) => name === tool)!;
    const operands = (await parseArguments(definition, args)) as { toNumber?: () => number }[];
    const numbers = operands.map((operand) => Number(operand));
    const folded = numbers.reduce((a, b) =>
      tool === "add" ? a + b : tool === "subtract" ? a - b : tool === "multiply" ? a * b : a / b,
    );
    t.true(
      Math.abs(folded - value.toNumber()) <= 1e-9 * Math.max(1, Math.abs(folded)),
      `${expression}: ${tool}(${args})`,
    );
    compared++;
  }
  t.true(compared > 200);
});

const checks = test.macro((t, expression: string, written: string, right: boolean) => {
  const checked = checkResult(expression, written);
  t.is(checked === true, right, String(checked));
});

test("the value itself", checks, "48/2", "24", true);
test("another value", checks, "48/2", "25", false);
test("rounded to the decimals that are written", checks, "10/3", "3.33", true);
test("truncated is not rounded", checks, "20/3", "6.66", false);
test("a whole number is not a rounded one", checks, "10/3", "3", false);
test("decimals of zeros", checks, "12*2", "24.00", true);
test("a percentage", checks, "1/5", "20%", true);
test("thousands commas", checks, "40*25", "1,000", true);
test("a result that is a calculation", checks, "2+2", "2*2", false);
test("a division by zero", checks, "1/0", "0", false);
test("letters", checks, "2*x", "4", false);
test("a result of floating point", checks, "1/6+0.5", "0.6666666666666666", true);
test("a wrong result of floating point", checks, "1/6+0.5", "0.66666666666", false);

test("operators are counted without signs", (t) => {
  t.is(operationCount("-5+(3*-2)"), 2);
  t.is(operationCount("7"), 0);
});
