// The published aligned form names results and token indices of one tokenizer; only the results are used.
import type { TrainingCall, TrainingExample } from "./example.js";
import { bareToolName } from "../tools/tool-name.js";
import { recordInvalid, type SourceRecord, textField, textsField } from "./records.js";
import { continuesNumber, leftoverMarkup } from "./result-text.js";

const CALL = /^\s*<([^<>\s]+)>\(([^]*)\)\s*=\s*([^]*?)\s*(?:<eoe>)?\s*$/;
const ANSWER_BEGINS = /\n(?:A|Answer):/;

/**
 * `{ text, tar_eq, tar_number }`: one call `<op>(args)=result<eoe>` and one result per entry; token indices
 * are ignored. Each result is looked for in order, after the question.
 *
 * @returns the example, or in words why the record gives none.
 */
export function readAligned(record: SourceRecord): TrainingExample | string {
  const text = textField(record, "text");
  const equations = textsField(record, "tar_eq");
  const numbers = textsField(record, "tar_number");
  if (equations.length !== numbers.length) {
    throw recordInvalid(record.location, `${String(equations.length)} results`, "tar_number", numbers);
  }
  const leftover = leftoverMarkup(text);
  if (leftover !== undefined) return `the text holds an unfinished call (${leftover})`;

  const answer = ANSWER_BEGINS.exec(text);
  const questionEnd = answer === null ? undefined : answer.index + answer[0].length;
  const calls: TrainingCall[] = [];
  let from = questionEnd ?? 0;
  for (const [index, equation] of equations.entries()) {
    const match = CALL.exec(equation);
    if (match === null) {
      throw recordInvalid(record.location, "<op>(args)=result", `tar_eq[${String(index)}]`, equation);
    }
    const [, name, args, written] = match as unknown as [string, string, string, string];
    const result = numbers[index]!.trim();
    if (result === "" || result !== written.trim()) {
      const what = `the result of ${equation}`;
      throw recordInvalid(record.location, what, `tar_number[${String(index)}]`, numbers[index]);
    }
    const start = findResult(text, result, from, index === equations.length - 1);
    if (start < 0)
      return `the result ${result} of ${equation} is not in the text after offset ${String(from)}`;
    from = start + result.length;
    calls.push({ tool: bareToolName(name), start, end: from, args: args.trim(), result });
  }
  return {
    text,
    calls,
    ...(questionEnd === undefined ? {} : { questionEnd }),
    source: record.location,
  };
}

/**
 * A result's place. The same digits may be an operand as well (`50-25=25`), so: the first whole number
 * after an equals sign; else the last whole number when no call follows, or the first when one does; else
 * digits that touch other digits, if there is only one such place.
 */
function findResult(text: string, result: string, from: number, isLast: boolean): number {
  const places: number[] = [];
  for (let at = text.indexOf(result, from); at >= 0; at = text.indexOf(result, at + 1)) places.push(at);
  const whole = places.filter((at) => isWholeNumber(text, at, at + result.length));
  const computed = whole.find((at) => /=\s*[$€£]?\s*$/.test(text.slice(Math.max(from, at - 8), at)));
  if (computed !== undefined) return computed;
  if (whole.length > 0) return (isLast ? whole.at(-1) : whole[0]) ?? -1;
  return places.length === 1 ? places[0]! : -1;
}

function isWholeNumber(text: string, start: number, end: number): boolean {
  const before = text.slice(Math.max(0, start - 2), start);
  return !/(?:\d|\d[.,]|^\.)$/.test(before) && !continuesNumber(text.slice(end, end + 2));
}
