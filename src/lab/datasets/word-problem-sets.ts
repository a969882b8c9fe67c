// ASDiv, MAWPS and SVAMP, in the form that published runs gave them: a problem, and one calculation that solves it.
import { QUESTION_SLOT } from "../../prompts/prompts.js";
import { bareToolName } from "../../tools/tool-name.js";
import { recordInvalid, type SourceRecord, textField, textsField } from "../../examples/records.js";
import { hasFields } from "./fields.js";
import type { DataSet, PreparedRecord } from "./form.js";
import { checkResult, outermostOperation, operationCount } from "./marks.js";

/** One word problem. */
export interface WordProblemRecord {
  readonly question: string;
  /** From after `Let's think step by step.` to where the result begins. */
  readonly solution: string;
  /** `(88-48)/5` or `GCD(40, 32)`. */
  readonly expression: string;
  readonly answer: string;
  /** The published label; for an expression with several operators it is one of them. Absent where none is named. */
  readonly label?: string;
}

const CUE = "Let's think step by step.";
const SOLUTION = /^(.*?\bis (?:given by )?)(.+?)\s*=\s*$/;
const LABEL = /^\s*<([^<>\s]+)>\(/;

/** @throws ToolkenError `RECORD_INVALID` */
export function readWordProblemRecord(record: SourceRecord): WordProblemRecord | string {
  const text = textField(record, "text");
  const [equation, ...more] = textsField(record, "tar_eq");
  const numbers = textsField(record, "tar_number");
  if (equation === undefined || more.length > 0 || numbers.length !== 1) {
    throw recordInvalid(record.location, "one calculation and one number", "tar_eq and tar_number", numbers);
  }
  const answer = numbers[0]!.trim();
  const cue = text.lastIndexOf(CUE);
  if (cue < 0) throw recordInvalid(record.location, JSON.stringify(CUE), "text", text);
  if (answer === "" || !text.endsWith(answer)) return `the text does not end with the number ${answer}`;
  const solution = text.slice(cue + CUE.length, text.length - answer.length);
  const expression = SOLUTION.exec(solution)?.[2];
  if (expression === undefined) return `the solution ${JSON.stringify(solution)} has no expression`;
  const label = LABEL.exec(equation)?.[1];
  return {
    question: text.slice(0, cue).trim(),
    solution,
    expression: expression.trim(),
    answer,
    ...(label === undefined ? {} : { label: bareToolName(label) }),
  };
}

const GCD = /^(?:GCD|gcd)\(\s*(\d+)\s*,\s*(\d+)\s*\)$/;

function prepare(record: SourceRecord): PreparedRecord {
  const read = readWordProblemRecord(record);
  if (typeof read === "string") return { leftOut: read };
  const { question, expression, answer, label, solution } = read;
  const gcd = GCD.exec(expression);
  const operation =
    gcd === null ? outermostOperation(expression) : { tool: "gcd", args: `${gcd[1]!}, ${gcd[2]!}` };
  const isSingle = gcd !== null || operationCount(expression) === 1;
  const prepared = {
    question: {
      question,
      answer,
      ...(isSingle && operation?.tool === label ? { tool: operation!.tool } : {}),
    },
  };

  const right = gcd === null ? checkResult(expression, answer) : checkGcd(gcd[1]!, gcd[2]!, answer);
  if (right !== true) return { ...prepared, leftOut: right };
  if (operation === undefined) return { ...prepared, leftOut: `${expression} calculates nothing` };
  if (operation.tool !== label) {
    const reason = `the label is ${label ?? "missing"}, the outermost operation of ${expression} is ${operation.tool}`;
    return { ...prepared, leftOut: reason };
  }
  const opening = `${question} ${CUE}`;
  const start = opening.length + solution.length;
  return {
    ...prepared,
    example: {
      text: opening + solution + answer,
      questionEnd: opening.length,
      calls: [{ ...operation, start, end: start + answer.length, result: answer }],
      source: record.location,
    },
  };
}

function checkGcd(first: string, second: string, written: string): true | string {
  let [a, b] = [BigInt(first), BigInt(second)];
  while (b > 0n) [a, b] = [b, a % b];
  return String(a) === written
    ? true
    : `the greatest common divisor of ${first} and ${second} is ${a} and not ${written}`;
}

function wordProblems(name: string, title: string): DataSet {
  return {
    name,
    title: `${title}: word problems with one calculation each`,
    kinds: { problems: `{ "text", "tar_eq", "tar_number" } with ${JSON.stringify(CUE)} in the text` },
    kindOf: (value) =>
      hasFields(value, "text", "tar_eq", "tar_number") && String(value.text).includes(CUE)
        ? "problems"
        : undefined,
    execution: "math",
    operators: ["add", "subtract", "multiply", "divide", "gcd"],
    prompt: `${QUESTION_SLOT} ${CUE}`,
    prepare,
  };
}

export const asdiv = wordProblems("asdiv", "ASDiv");
export const mawps = wordProblems("mawps", "MAWPS");
export const svamp = wordProblems("svamp", "SVAMP");
