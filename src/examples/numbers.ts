// JSON.parse forgets whether 12 was written 12 or 12.0; exact match treats the two differently.
import { type SourceRecord, stringEnd } from "./records.js";

const QUOTE_OR_FLOAT = /"|-?\d+\.0+(?![\deE])/g;

/** The record's value with numbers such as `12.0` as texts; other values are as `JSON.parse` gives them. */
export function keepFloats(record: SourceRecord): Record<string, unknown> {
  const { json } = record;
  const pattern = new RegExp(QUOTE_OR_FLOAT);
  let quoted = "";
  let copied = 0;
  for (let match = pattern.exec(json); match !== null; match = pattern.exec(json)) {
    if (match[0] === '"') {
      pattern.lastIndex = stringEnd(json, match.index);
      continue;
    }
    quoted += `${json.slice(copied, match.index)}"${match[0]}"`;
    copied = match.index + match[0].length;
  }
  return JSON.parse(quoted + json.slice(copied)) as Record<string, unknown>;
}
