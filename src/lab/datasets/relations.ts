// KAMEL and SimpleToolQuestions share a form: a question about an entity, and the relation that answers it as its tool.
import { objectOf, recordInvalid, type SourceRecord, textField, textsField } from "../../examples/records.js";
import { constantField, formExample, toolName } from "./fields.js";
import type { PreparedRecord, PublishedTool } from "./form.js";
import { rowsOf } from "./tool-names.js";

/** One question with its call. */
export interface RelationRecord {
  readonly question: string;
  /** The relation, under the library's name for the tool. */
  readonly tool: string;
  /** What is asked about. */
  readonly entity: string;
  readonly result: string;
}

/**
 * `{ dataset_name, text, start_str_idx, tool_calling, result }`, where the text ends with the result.
 *
 * @param question what stands before the result: the question is its first group
 * @returns the record, or in words why it gives none.
 * @throws ToolkenError `RECORD_INVALID`
 */
export function readRelationRecord(
  record: SourceRecord,
  dataSet: string,
  question: RegExp,
): RelationRecord | string {
  constantField(record, "dataset_name", dataSet);
  const text = textField(record, "text");
  const calls = objectOf(record).tool_calling;
  if (!Array.isArray(calls) || calls.length !== 1) {
    throw recordInvalid(record.location, "an array with one call", "tool_calling", calls);
  }
  const call: SourceRecord = { ...record, value: calls[0] as unknown };
  const tool = toolName(textField(call, "call_tool"));
  // The published files cut an entity's name at its commas.
  const entity = textsField(call, "call_param").join(", ");
  const returned = textsField(call, "return");
  const [result] = returned;
  if (returned.length !== 1 || result!.trim() === "") {
    throw recordInvalid(record.location, "an array with one text", "return", returned);
  }
  if (!text.endsWith(result!)) return `the text does not end with the result ${JSON.stringify(result)}`;
  const before = text.slice(0, text.length - result!.length);
  const asked = question.exec(before)?.[1];
  if (asked === undefined || asked.trim() === "") {
    return `what stands before the result, ${JSON.stringify(before)}, is no question`;
  }
  return { question: asked, tool, entity, result: result! };
}

/** What such a record becomes. */
export function prepareRelation(
  read: RelationRecord | string,
  form: string,
  record: SourceRecord,
): PreparedRecord {
  if (typeof read === "string") return { leftOut: read };
  const { question, tool, entity, result } = read;
  const args = JSON.stringify({ entity });
  return {
    example: formExample(form, question, { tool, args, result }, record),
    question: { question, answer: result, tool, calls: [{ tool, args, result }] },
    lookup: { tool, entity, result },
  };
}

/** `{ tool_dict: { "<P17>": 4, … }, tool_information: { "<P17>": { tool_description } } }` */
export function readRelationTools(record: SourceRecord): PublishedTool[] {
  const { tool_dict: rows, tool_information: information } = objectOf(record);
  const known = { ...record, value: information };
  return rowsOf(record, rows, "tool_dict").map((published) => {
    const about = { ...record, value: objectOf(known)[published] };
    return { name: toolName(published), published, description: textField(about, "tool_description") };
  });
}
