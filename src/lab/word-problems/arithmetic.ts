// The thirteen operators as the problems use them: exact results, and how each is written before its "=".

import { Decimal } from "decimal.js";

import { roundResult } from "../../tools/rounding.js";

/** The operators of FuncQA. */
export const operators = [
  "add",
  "subtract",
  "multiply",
  "divide",
  "power",
  "sqrt",
  "log",
  "ln",
  "lcm",
  "gcd",
  "remainder",
  "choose",
  "permutate",
] as const;

export type Operator = (typeof operators)[number];

const Exact = Decimal.clone({ precision: 60 });
type Numeral = InstanceType<typeof Exact>;

/** The result of one call, rounded and written as the tools write it. Arguments are plain numerals. */
export function calculate(operator: Operator, args: readonly string[]): string {
  return roundResult(exact[operator](args.map((numeral) => new Exact(numeral))));
}

/** The calculation as it stands in a text, without the "=": `8412-377`, `sqrt(4754)`, `C(9,7)`. */
export function expression(operator: Operator, args: readonly string[]): string {
  switch (operator) {
    case "add":
      return args.map(inBrackets).join("+");
    case "subtract":
      return args.map(inBrackets).join("-");
    case "multiply":
      return args.map(inBrackets).join("*");
    case "divide":
      return args.map(inBrackets).join("/");
    case "power":
      return args.map(inBrackets).join("^");
    case "remainder":
      return args.join(" mod ");
    case "choose":
      return `C(${args.join(",")})`;
    case "permutate":
      return `P(${args.join(",")})`;
    default:
      return `${operator}(${args.join(",")})`;
  }
}

function inBrackets(numeral: string, position: number): string {
  return position > 0 && numeral.startsWith("-") ? `(${numeral})` : numeral;
}

const exact: Readonly<Record<Operator, (args: readonly Numeral[]) => Numeral>> = {
  add: (args) => args.reduce((x, y) => x.plus(y)),
  subtract: (args) => args.reduce((x, y) => x.minus(y)),
  multiply: (args) => args.reduce((x, y) => x.times(y)),
  divide: (args) => args.reduce((x, y) => x.div(y)),
  power: (args) => args.reduce((x, y) => x.pow(y)),
  sqrt: ([x]) => x!.sqrt(),
  log: ([x, base]) => x!.log(base ?? 10),
  ln: ([x]) => x!.ln(),
  lcm: (args) => args.reduce((x, y) => x.times(y).div(greatestDivisor(x, y))),
  gcd: (args) => args.reduce(greatestDivisor),
  // The sign of the divisor, as in Python.
  remainder: ([a, b]) => a!.minus(b!.times(a!.div(b!).floor())),
  choose: ([n, r]) => falling(n!, r!).div(falling(r!, r!)),
  permutate: ([n, r]) => falling(n!, r!),
};

function greatestDivisor(x: Numeral, y: Numeral): Numeral {
  while (!y.isZero()) [x, y] = [y, x.mod(y)];
  return x.abs();
}

/** n (n-1) … (n-r+1) */
function falling(n: Numeral, r: Numeral): Numeral {
  let product = new Exact(1);
  for (let i = 0; r.gt(i); i++) product = product.times(n.minus(i));
  return product;
}
