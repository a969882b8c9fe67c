// GSM8K (arXiv 2110.14168): solutions in sentences whose calculations are marked, `48/2 = <<48/2=24>>24`.
import { QUESTION_SLOT } from "../../prompts/prompts.js";
import { type SourceRecord, textField } from "../../examples/records.js";
import { leftoverMarkup, ResultText } from "../../examples/result-text.js";
import { recordInvalid } from "../../examples/records.js";
import { hasFields } from "./fields.js";
import type { DataSet, MarkCounts, PreparedRecord } from "./form.js";
import { checkResult, outermostOperation, valueOf } from "./marks.js";

/** One problem of GSM8K. */
export interface Gsm8kRecord {
  readonly question: string;
  /** The solution, a step per line, with marks; the last line is `#### {answer}`. */
  readonly solution: string;
  /** What stands after `####`, without commas. */
  readonly answer: string;
}

const ANSWER = /####\s*\$?(-?[\d.,]*\d)/;

/** @throws ToolkenError `RECORD_INVALID` */
export function readGsm8kRecord(record: SourceRecord): Gsm8kRecord {
  const question = textField(record, "question");
  const solution = textField(record, "answer");
  const answer = ANSWER.exec(solution)?.[1];
  if (answer === undefined) {
    throw recordInvalid(record.location, "a solution that ends with #### and a number", "answer", solution);
  }
  return { question, solution, answer: answer.replaceAll(",", "") };
}

export const gsm8k: DataSet = {
  name: "gsm8k",
  title: "GSM8K: word problems whose solutions have <<a*b=c>> marks",
  kinds: { solutions: '{ "question", "answer" } with #### in the answer' },
  kindOf: (value) =>
    hasFields(value, "question", "answer") && String(value.answer).includes("####") ? "solutions" : undefined,
  execution: "math",
  operators: ["add", "subtract", "multiply", "divide", "power"],
  prompt: `Question: ${QUESTION_SLOT}\nAnswer:`,
  prepare(record): PreparedRecord {
    const { question, solution, answer } = readGsm8kRecord(record);
    const marked = readMarkedSolution(question, solution, record);
    return {
      question: { question, answer },
      marks: marked.marks,
      ...(typeof marked.example === "string" ? { leftOut: marked.example } : { example: marked.example }),
    };
  },
};

const MARK = /<<([^<>]*)=([^<>=]*)>>/g;
const FOLLOWING = /^(\s*\$?)(-?(?:\d[\d,]*(?:\.\d+)?|\.\d+)%?)/;

/**
 * `Question: {question}\nAnswer: {solution}` with results in place of marks, without a model: each mark is
 * computed, and a solution with one whose result is another is left out as a whole, because a calculation
 * without a call would teach the head not to fire there.
 */
export function readMarkedSolution(
  question: string,
  solution: string,
  record: SourceRecord,
):
  | { readonly example: PreparedRecord["example"] & object; readonly marks: MarkCounts }
  | {
      readonly example: string;
      readonly marks: MarkCounts;
    } {
  const text = new ResultText(`Question: ${question}\nAnswer:`);
  text.append(" ");
  const counts = { read: 0, checked: 0, withoutOperation: 0, failed: 0 };
  let failure: string | undefined;
  let rest = 0;
  for (const match of solution.matchAll(MARK)) {
    const [mark, expression, written] = match as unknown as [string, string, string];
    counts.read++;
    text.append(solution.slice(rest, match.index));
    rest = match.index + mark.length;

    const checked = checkMark(expression, written, solution.slice(rest));
    if (typeof checked === "string") {
      counts.failed++;
      failure ??= `${mark}: ${checked}`;
      continue;
    }
    const operation = outermostOperation(expression);
    if (operation === undefined) {
      counts.withoutOperation++;
      continue;
    }
    counts.checked++;
    text.append(checked.before);
    text.appendResult(operation.tool, operation.args, checked.result);
    rest += checked.before.length + checked.result.length;
  }
  text.append(solution.slice(rest));
  if (failure !== undefined) return { example: failure, marks: counts };

  const example = text.example(record.location);
  const leftover = leftoverMarkup(example.text);
  if (leftover !== undefined)
    return { example: `the answer holds an unfinished mark (${leftover})`, marks: counts };
  if (example.calls.length === 0) return { example: "the answer marks no calculation", marks: counts };
  return { example, marks: counts };
}

/** The result's place after a mark whose result is right, or in words what is wrong. */
function checkMark(
  expression: string,
  written: string,
  following: string,
): { readonly before: string; readonly result: string } | string {
  const right = checkResult(expression, written);
  if (right !== true) return right;
  const match = FOLLOWING.exec(following);
  const [, before = "", number = ""] = match ?? [];
  // "is 5." ends a sentence, "5,"a clause; neither is part of the number.
  const result = number.replace(/,+$/, "");
  const value = valueOf(result);
  const wanted = valueOf(written);
  if (match === null || typeof value === "string" || typeof wanted === "string" || !value.equals(wanted)) {
    // "20%" as the mark's result may stand as "20" in front of a word such as "percent", and is not taken.
    return `what follows is not ${written.trim()}`;
  }
  return { before, result };
}
