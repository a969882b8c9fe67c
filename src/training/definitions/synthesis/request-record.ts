import { STYLES, type RequestStyle } from "./style.js";
import type { DrawnArguments } from "./argument-values.js";
import { ToolkenError, expected } from "../../../errors.js";

/** A line of `requests.jsonl`. People may edit it: change a request, set `kept`, add lines of `request` and `tool`. */
export interface RequestRecord {
  readonly request: string;
  readonly tool: string;
  readonly kept: boolean;
  /** Why it was dropped. */
  readonly reason?: string | undefined;
  readonly style?: RequestStyle | undefined;
  /** Values that the writer was asked to use. */
  readonly arguments?: DrawnArguments | undefined;
  readonly writer?: string | undefined;
}

/** @throws `RECORD_INVALID` with file and line. */
export function readRequestRecord(
  value: unknown,
  { file, line }: { file: string; line: number },
): RequestRecord {
  const invalid = (what: string, name: string, received: unknown): ToolkenError =>
    new ToolkenError("RECORD_INVALID", `${file}:${line}: ${expected(what, name, received)}`);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw invalid("a JSON object", "the line", value);
  }
  const record = value as Record<string, unknown>;
  const { kept = true } = record;
  // Other files of requests name it so.
  const request = record.request ?? record.question ?? record.query;
  for (const [name, field] of [
    ["request", request],
    ["tool", record.tool],
  ] as const) {
    if (typeof field !== "string" || (field.trim() === "" && kept === true)) {
      throw invalid("a non-empty string", name, field);
    }
  }
  if (typeof kept !== "boolean") throw invalid("true or false", "kept", kept);
  const style = STYLES.find((known) => known === record.style);
  return {
    request: (request as string).trim(),
    tool: record.tool as string,
    kept,
    ...(typeof record.reason === "string" ? { reason: record.reason } : {}),
    ...(style === undefined ? {} : { style }),
    ...(typeof record.arguments === "object" && record.arguments !== null
      ? { arguments: record.arguments as DrawnArguments }
      : {}),
    ...(typeof record.writer === "string" ? { writer: record.writer } : {}),
  };
}
