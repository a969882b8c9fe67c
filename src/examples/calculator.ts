// GSM8K's own training form writes each computation as a calculator annotation: `48/2=<<48/2=24>>24`.
import type { TrainingExample } from "./example.js";
import { type SourceRecord, textField } from "./records.js";
import { continuesNumber, leftoverMarkup, ResultText } from "./result-text.js";

const ANNOTATION = /<<([^<>=]*)=([^<>=]*)>>/g;

const TOOLS: Readonly<Record<string, string>> = {
  "+": "add",
  "-": "subtract",
  "*": "multiply",
  "/": "divide",
};

/**
 * `Question: {question}\nAnswer: {answer}` with results in place. An annotation gives a call when it holds
 * one kind of operator (`16-3-4` is `subtract(16, 3, 4)`).
 *
 * @returns the example, or in words why the record gives none.
 */
export function readCalculator(record: SourceRecord): TrainingExample | string {
  const question = textField(record, "question");
  const answer = textField(record, "answer");
  const text = new ResultText(`Question: ${question}\nAnswer:`);
  text.append(" ");

  let rest = 0;
  for (const match of answer.matchAll(ANNOTATION)) {
    const [annotation, expression, written] = match as unknown as [string, string, string];
    const call = parseExpression(expression);
    if (call === undefined) return `${annotation} is not numbers joined by one kind of operator`;
    const result = written.trim();
    text.append(answer.slice(rest, match.index));
    rest = match.index + annotation.length;
    if (result === "" || !answer.startsWith(result, rest))
      return `${annotation} is not followed by its result`;
    rest += result.length;
    if (continuesNumber(answer.slice(rest, rest + 2))) {
      return `${annotation} is followed by another number than its result`;
    }
    text.appendResult(call.tool, call.args, result);
  }
  text.append(answer.slice(rest));

  const example = text.example(record.location);
  const leftover = leftoverMarkup(example.text);
  return leftover === undefined ? example : `the answer holds an unfinished annotation (${leftover})`;
}

function parseExpression(expression: string): { tool: string; args: string } | undefined {
  const tokens = expression.replaceAll(/[\s$,]/g, "").match(/\d+(?:\.\d+)?%?|\.\d+%?|[^\d.%]|[.%]/g) ?? [];
  const operands: string[] = [];
  const operators = new Set<string>();
  for (const [index, token] of tokens.entries()) {
    if (index % 2 === 0) {
      if (!/\d/.test(token)) return undefined;
      operands.push(token);
    } else {
      operators.add(token);
    }
  }
  const [operator] = operators;
  const tool = operator === undefined ? undefined : TOOLS[operator];
  if (tool === undefined || operators.size !== 1 || tokens.length % 2 === 0) return undefined;
  return { tool, args: operands.join(", ") };
}
