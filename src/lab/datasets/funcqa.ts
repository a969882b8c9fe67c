// FuncQA (ToolkenGPT, arXiv 2305.11554): thirteen operators, texts for training, one-hop and multi-hop questions.
import { mathTools } from "../../tools/math.js";
import { bareToolName } from "../../tools/tool-name.js";
import { readAligned } from "../../examples/aligned.js";
import { readAnnotated } from "../../examples/annotated.js";
import { objectOf, recordInvalid, type SourceRecord, textField, textsField } from "../../examples/records.js";
import { answerField, hasFields } from "./fields.js";
import type { DataSet, GoldCall, PreparedRecord } from "./form.js";
import { readToolNames } from "./tool-names.js";

/**
 * A question of FuncQA. Training records are read as {@link readAnnotated} (`{ question, answer }` with
 * `<op>(args)=result<eoe>`) and {@link readAligned} (`{ text, tar_eq, tar_number }`) say.
 */
export interface FuncqaQuestion {
  readonly question: string;
  readonly answer: number | string;
  /** One call in one-hop questions (`func`), several in multi-hop ones (`calculation`). */
  readonly calls: readonly GoldCall[];
  /** Steps of the solution that are written in another way than `<op>(args)=result`. */
  readonly unreadable: readonly string[];
}

const CALL = /^\s*<([^<>\s]+)>\((.*)\)\s*=\s*([^=()]+)$/;

/** @throws ToolkenError `RECORD_INVALID` */
export function readFuncqaQuestion(record: SourceRecord): FuncqaQuestion {
  const fields = objectOf(record);
  const written = "func" in fields ? [textField(record, "func")] : textsField(record, "calculation");
  const calls: GoldCall[] = [];
  const unreadable: string[] = [];
  for (const step of written) {
    const [, name, args, result] = CALL.exec(step) ?? [];
    if (name === undefined || !isBalanced(args!)) {
      unreadable.push(step);
      continue;
    }
    const tool = bareToolName(name);
    if (!OPERATORS.includes(tool))
      throw recordInvalid(record.location, "one of FuncQA's operators", "a tool", tool);
    calls.push({ tool, args: args!.trim(), result: result!.trim() });
  }
  return {
    question: textField(record, "question"),
    answer: answerField(record, "answer"),
    calls,
    unreadable,
  };
}

const WRITTEN_CALL = /<eoe>|<[a-z]+>\(/;

const OPERATORS = mathTools.map(({ name }) => name);

export const funcqa: DataSet = {
  name: "funcqa",
  title: "FuncQA: arithmetic with thirteen operators",
  kinds: {
    annotated: '{ "question", "answer" } with <op>(args)=result<eoe> in the answer',
    aligned: '{ "text", "tar_eq", "tar_number" }',
    "one-hop": '{ "question", "answer", "func" }',
    "multi-hop": '{ "question", "answer", "calculation" }',
    tools: '{ "<add>": 0, … }',
  },
  kindOf(value) {
    if (hasFields(value, "text", "tar_eq", "tar_number")) return "aligned";
    if (hasFields(value, "question", "answer", "func")) return "one-hop";
    if (hasFields(value, "question", "answer", "calculation")) return "multi-hop";
    if (hasFields(value, "question", "answer") && WRITTEN_CALL.test(String(value.answer))) return "annotated";
    return hasFields(value, "<add>") ? "tools" : undefined;
  },
  redundant: { aligned: "annotated" },
  execution: "math",
  operators: OPERATORS,
  readTools: readToolNames,
  prepare(record, kind): PreparedRecord {
    if (kind === "annotated" || kind === "aligned") {
      const example = kind === "annotated" ? readAnnotated(record) : readAligned(record);
      return typeof example === "string" ? { leftOut: example } : { example };
    }
    const { question, answer, calls, unreadable } = readFuncqaQuestion(record);
    const tools = new Set(calls.map(({ tool }) => tool));
    const [tool] = tools;
    const isWhole = unreadable.length === 0;
    return {
      question: {
        question,
        answer,
        ...(isWhole ? { calls } : {}),
        ...(isWhole && tool !== undefined && tools.size === 1 ? { tool } : {}),
      },
      remarks: unreadable.map(
        (step) => `${step} is not <op>(args)=result; the question goes without its calls`,
      ),
    };
  },
};

function isBalanced(text: string): boolean {
  let depth = 0;
  for (const character of text) {
    if (character === "(") depth++;
    else if (character === ")" && --depth < 0) return false;
  }
  return depth === 0;
}
