// A solution may state its calculation itself, `12 rows * 30 = 360`: that is read, not guessed.
import { operationCount, outermostOperation, valueOf } from "../datasets/marks.js";
import type { Candidate } from "./candidates.js";

const OPERAND = String.raw`\(*[-−]?\$?(?:\d[\d,]*(?:\.\d+)?|\.\d+)%?\)*`;
const ARITHMETIC = new RegExp(String.raw`${OPERAND}(?:\s*(?:[-+*/×÷^−–]|\*\*|\bx\b)\s*${OPERAND})+\s*=\s*$`);
/** `log(8162)=`, `gcd(12, 18) =`, `√16=`, `5P3 =`, `C(9,4)=`. */
const FUNCTION =
  /(?:\b(sqrt|log|ln|lcm|gcd|C|P)\s*\(([^()]*)\)|√\(?(\d[\d.,]*)\)?|\b(\d+)\s?([CP])\s?(\d+))\s*=\s*$/;
const MODULO = /(\d[\d,.]*)\s*(?:mod|%)\s*(\d[\d,.]*)\s*=\s*$/;

const FUNCTIONS: Readonly<Record<string, string>> = { C: "choose", P: "permutate" };

/** Whether the text says that what follows is a result. */
export function isBehindEquals(before: string): boolean {
  return /=\s*$/.test(before);
}

/** The calculation that ends right before a number, `undefined` where the text states none. */
export function writtenCalculation(
  before: string,
): (Candidate & { readonly expression: string }) | undefined {
  const tail = before.slice(-LONGEST);
  const called = FUNCTION.exec(tail);
  if (called !== null) {
    const [expression, name, args, root, n, sign, r] = called as unknown as (string | undefined)[];
    const tool = root === undefined ? (name ?? sign)! : "sqrt";
    const list = args ?? root ?? `${n!}, ${r!}`;
    return { tool: FUNCTIONS[tool] ?? tool, args: list.trim(), expression: withoutEquals(expression!) };
  }
  const modulo = MODULO.exec(tail);
  if (modulo !== null) {
    const [expression, a, b] = modulo as unknown as [string, string, string];
    return { tool: "remainder", args: `${a}, ${b}`, expression: withoutEquals(expression) };
  }
  const arithmetic = ARITHMETIC.exec(tail)?.[0];
  if (arithmetic === undefined) return undefined;
  const expression = balanced(withoutEquals(arithmetic).replaceAll(/\bx\b/g, "*"));
  if (typeof valueOf(expression) === "string" || operationCount(expression) === 0) return undefined;
  const operation = outermostOperation(expression);
  return operation === undefined ? undefined : { ...operation, expression };
}

/** Characters before a number in which its calculation is looked for. */
const LONGEST = 200;

function withoutEquals(text: string): string {
  return text.replace(/\s*=\s*$/, "").trim();
}

/** `(3+4` of `twice (3+4 = 7`: what opens and does not close is the sentence's. */
function balanced(expression: string): string {
  let text = expression;
  const count = (sign: string): number => text.split(sign).length - 1;
  while (text.startsWith("(") && count("(") > count(")")) text = text.slice(1);
  return text;
}
