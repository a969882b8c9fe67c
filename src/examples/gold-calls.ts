// Data sets name the calls of a solution in several fields and forms; they all end as texts, or as bare names.
import { bareToolName } from "../tools/tool-name.js";
import { objectOf, recordInvalid, type SourceRecord } from "./records.js";

/**
 * The calls of a question's solution, `<add>(1, 2)=3` or bare names: from `calls` (`{ tool, args }`, as prepared
 * questions have them), or from what {@link namedCalls} reads. An empty list says that no call is needed, null that
 * nothing is known.
 *
 * @throws ToolkenError `RECORD_INVALID`
 */
export function solutionCalls(record: SourceRecord): readonly string[] | null {
  const calls = objectsField(record, "calls", ["tool", "args"]);
  return calls?.map(({ tool, args }) => `${tool!}(${args!})`) ?? namedCalls(record);
}

/** The calls that `gold_calls`, `calculation`, `func` or `tool` names as right. @throws `RECORD_INVALID` */
export function namedCalls(record: SourceRecord): readonly string[] | null {
  const fields = objectOf(record);
  const calls = fields.gold_calls ?? fields.calculation ?? fields.func ?? fields.tool ?? null;
  if (calls === null) return null;
  const list: unknown[] = Array.isArray(calls) ? calls : [calls];
  return list.map((call) => {
    if (typeof call !== "string") {
      throw recordInvalid(record.location, "a call or an array of calls", "the reference calls", calls);
    }
    return call.includes("(") ? call : bareToolName(call);
  });
}

/** An array of objects with these texts; null where the record does not have it. @throws `RECORD_INVALID` */
export function objectsField(
  record: SourceRecord,
  name: string,
  keys: readonly string[],
): Readonly<Record<string, string>>[] | null {
  const value = objectOf(record)[name];
  if (value === undefined) return null;
  const entries: unknown[] = Array.isArray(value) ? value : [value];
  for (const entry of entries) {
    const fields = entry as Readonly<Record<string, unknown>> | null;
    if (typeof fields === "object" && keys.every((key) => typeof fields?.[key] === "string")) continue;
    throw recordInvalid(record.location, `objects with ${keys.join(" and ")}`, name, value);
  }
  return entries as Readonly<Record<string, string>>[];
}
