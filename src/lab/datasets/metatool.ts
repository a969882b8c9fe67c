// MetaTool (arXiv 2310.03128): which of 199 tools does a request need? Nothing is executed.
import { QUESTION_SLOT } from "../../prompts/prompts.js";
import { objectOf, recordInvalid, type SourceRecord, textField } from "../../examples/records.js";
import { formExample, hasFields, toolName } from "./fields.js";
import type { DataSet, PublishedTool } from "./form.js";

/** One request with its tool. */
export interface MetaToolRecord {
  readonly query: string;
  /** The library's name for the tool: `PDF_URLTool` of `PDF&URLTool`. */
  readonly tool: string;
  /** The tool's own name. */
  readonly published: string;
}

/** @throws ToolkenError `RECORD_INVALID` */
export function readMetaToolRecord(record: SourceRecord): MetaToolRecord {
  const published = textField(record, "tool").trim();
  return { query: textField(record, "query"), tool: toolName(published), published };
}

export const metatool: DataSet = {
  name: "metatool",
  title: "MetaTool: requests and which of 199 tools they need",
  kinds: { requests: '{ "query", "tool" }', tools: '{ "name": "description", … }' },
  kindOf(value) {
    if (hasFields(value, "query", "tool")) return "requests";
    const isNames = hasFields(value) && Object.values(value).every((one) => typeof one === "string");
    return isNames && Object.keys(value).length > 1 && !hasFields(value, "question") ? "tools" : undefined;
  },
  execution: "fixed",
  form: `Request: ${QUESTION_SLOT}\nThe best tool for this request is`,
  readTools: (record) =>
    Object.entries(objectOf(record)).map(([published, description]): PublishedTool => {
      if (typeof description !== "string" || description.trim() === "") {
        throw recordInvalid(record.location, "a non-empty string", JSON.stringify(published), description);
      }
      return { name: toolName(published), published, description, result: published };
    }),
  prepare(record, _kind, { form }) {
    const { query, tool, published } = readMetaToolRecord(record);
    return {
      example: formExample(form, query, { tool, args: "", result: published }, record),
      question: { question: query, tool },
    };
  },
};
