// KAMEL (as in ToolkenGPT, arXiv 2305.11554): 234 relations of Wikidata as tools, one call per question.
import { QUESTION_SLOT } from "../../prompts/prompts.js";
import { type SourceRecord, textField } from "../../examples/records.js";
import { constantField, hasFields, indexField, toolName } from "./fields.js";
import type { DataSet, PreparedRecord } from "./form.js";
import { prepareRelation, readRelationRecord, readRelationTools, type RelationRecord } from "./relations.js";

/** A question of KAMEL's tests: its entity is not named. */
export interface KamelQuestion {
  /** The record's place among those of its file. */
  readonly index: number;
  readonly question: string;
  /** `P1132`. */
  readonly tool: string;
  readonly result: string;
}

/** @throws ToolkenError `RECORD_INVALID` */
export function readKamelQuestion(record: SourceRecord): KamelQuestion {
  constantField(record, "dataset_name", "kamel");
  return {
    index: indexField(record, "case_idx"),
    question: textField(record, "question"),
    tool: toolName(textField(record, "tool")),
    result: textField(record, "result"),
  };
}

/** @throws ToolkenError `RECORD_INVALID` */
export function readKamelRecord(record: SourceRecord): RelationRecord | string {
  return readRelationRecord(record, "kamel", /^Question: ([^]*?)\nAnswer: The answer is $/);
}

export const kamel: DataSet = {
  name: "kamel",
  title: "KAMEL: 234 relations of a knowledge base",
  kinds: {
    training: '{ "dataset_name": "kamel", "text", "tool_calling" }',
    questions: '{ "dataset_name": "kamel", "case_idx", "question", "tool", "result" }',
    tools: '{ "tool_dict", "tool_information" }',
  },
  kindOf(value) {
    if (hasFields(value, "tool_dict", "tool_information")) return "tools";
    if (!hasFields(value, "dataset_name") || value.dataset_name !== "kamel") return undefined;
    if (hasFields(value, "text", "tool_calling")) return "training";
    return hasFields(value, "question", "tool", "result") ? "questions" : undefined;
  },
  execution: "results",
  form: `Question: ${QUESTION_SLOT}\nAnswer: The answer is`,
  readTools: readRelationTools,
  prepare(record, kind, { form }): PreparedRecord {
    if (kind === "training") {
      return prepareRelation(readKamelRecord(record), form, record);
    }
    const { index, question, tool, result } = readKamelQuestion(record);
    return {
      question: { id: String(index), question, answer: result, tool },
      lookup: { tool, question, result },
    };
  },
};
