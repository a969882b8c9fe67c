// SimpleToolQuestions (Chain-of-Tools, arXiv 2503.16779): 1,836 relations of Freebase as tools, 999 with training texts.
import { QUESTION_SLOT } from "../../prompts/prompts.js";
import type { SourceRecord } from "../../examples/records.js";
import { hasFields, indexField } from "./fields.js";
import type { DataSet } from "./form.js";
import { prepareRelation, readRelationRecord, readRelationTools, type RelationRecord } from "./relations.js";

/** @throws ToolkenError `RECORD_INVALID` */
export function readSimpleToolQuestion(record: SourceRecord): RelationRecord | string {
  return readRelationRecord(record, "SimpleQuestionsv2", /^([^]*\S)\s+$/);
}

export const simpleToolQuestions: DataSet = {
  name: "simpletoolquestions",
  title: "SimpleToolQuestions: 1,836 relations of a knowledge base",
  kinds: {
    questions: '{ "dataset_name": "SimpleQuestionsv2", "case_idx", "text", "tool_calling" }',
    tools: '{ "tool_dict", "tool_information" }',
  },
  kindOf(value) {
    if (hasFields(value, "tool_dict", "tool_information")) return "tools";
    const isQuestion = hasFields(value, "dataset_name", "text", "tool_calling");
    return isQuestion && value.dataset_name === "SimpleQuestionsv2" ? "questions" : undefined;
  },
  execution: "results",
  form: QUESTION_SLOT,
  readTools: readRelationTools,
  prepare(record, _kind, { form }) {
    const id = String(indexField(record, "case_idx"));
    const prepared = prepareRelation(readSimpleToolQuestion(record), form, record);
    return prepared.question === undefined
      ? prepared
      : { ...prepared, question: { ...prepared.question, id } };
  },
};
