// GSM8K-XL (ToolkenGPT, arXiv 2305.11554): GSM8K with larger numbers in slots, for evaluation alone.
import { type SourceRecord, objectOf, recordInvalid, textField, textsField } from "../../examples/records.js";
import { answerField, hasFields, valuesField } from "./fields.js";
import type { DataSet, PreparedRecord } from "./form.js";
import { readToolNames } from "./tool-names.js";
import { valueOf } from "./marks.js";

/** One problem of GSM8K-XL. */
export interface Gsm8kXlRecord {
  /** With slots: `Janet's ducks lay {v_1} eggs`. */
  readonly template: string;
  /** With the larger numbers in the slots. */
  readonly question: string;
  /** The larger numbers: `{v_1}` takes the first. */
  readonly values: readonly (number | string)[];
  /** `4096-27-64 = 4005.0`, a step each. */
  readonly process: readonly string[];
  /** The result for the larger numbers, `32040.0` as it is written. */
  readonly answer: number | string;
}

/** @throws ToolkenError `RECORD_INVALID` */
export function readGsm8kXlRecord(record: SourceRecord): Gsm8kXlRecord {
  const template = textField(record, "question");
  const values = valuesField(record, "enhanced_v");
  const question = template.replaceAll(/\{v_(\d+)\}/g, (slot: string, place: string) => {
    const value = values[Number(place) - 1];
    if (value === undefined) {
      throw recordInvalid(record.location, `a value for the slot ${slot}`, "enhanced_v", values);
    }
    return String(value);
  });
  const rest = /\{[a-z]_\d*\}?/.exec(question)?.[0];
  if (rest !== undefined) throw recordInvalid(record.location, "slots {v_1}, {v_2}, …", "question", rest);
  const process = "enhanced_process" in objectOf(record) ? textsField(record, "enhanced_process") : [];
  return { template, question, values, process, answer: answerField(record, "enhanced_result") };
}

export const gsm8kXl: DataSet = {
  name: "gsm8k-xl",
  title: "GSM8K-XL: GSM8K's problems with larger numbers",
  kinds: { questions: '{ "question", "enhanced_v", "enhanced_result" }', tools: '{ "<add>": 0, … }' },
  kindOf: (value) =>
    hasFields(value, "question", "enhanced_v", "enhanced_result")
      ? "questions"
      : hasFields(value, "<add>")
        ? "tools"
        : undefined,
  execution: "math",
  operators: ["add", "subtract", "multiply", "divide"],
  readTools: readToolNames,
  prepare(record): PreparedRecord {
    const { template, question, process, answer } = readGsm8kXlRecord(record);
    const remarks = process.flatMap((step, index) => {
      const [expression = "", result = ""] = step.split("=");
      const wanted = index === process.length - 1 ? String(answer) : result;
      const right = isNear(expression, result) && isNear(result, wanted);
      return right ? [] : [`enhanced_process[${index}], ${step}, does not lead to ${wanted.trim()}`];
    });
    return { question: { question, answer, template }, remarks };
  },
};

/** The processes were computed in floating point. */
function isNear(expression: string, written: string): boolean {
  const [value, result] = [valueOf(expression), valueOf(written)];
  if (typeof value === "string" || typeof result === "string") return false;
  return value.minus(result).abs().lessThanOrEqualTo(value.abs().times(1e-9));
}
