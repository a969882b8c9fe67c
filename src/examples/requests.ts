// Which tool answers this request? Data sets of that question are read as one list, each request with its place.
import { locationText, type RecordLocation, type TrainingProblem } from "./example.js";
import { ToolkenError, invalidArgument } from "../errors.js";
import { readLocatedQuestions } from "./questions.js";

/** A request and the tool that answers it. */
export interface ToolRequest {
  readonly id: string;
  /** What takes the prompt's `[QUESTION]`. */
  readonly question: string;
  /** Bare tool name: `add`, never `<add>`. */
  readonly tool: string;
  readonly source?: RecordLocation;
}

export interface ToolRequests {
  readonly requests: readonly ToolRequest[];
  /** Records that name no tool, or several. */
  readonly problems: readonly TrainingProblem[];
}

/**
 * Reads requests from the questions that `prepareDataSet` writes, or from any others with `question` and `tool`
 * (JSON, JSON Lines). Questions that do not name the one tool that answers them are listed as problems.
 *
 * @throws ToolkenError `FILE_NOT_FOUND`, `FILE_INVALID` (empty, or no request at all), `RECORD_INVALID` with file
 * and line (malformed, an id twice), `INVALID_ARGUMENT`.
 */
export async function readToolRequests(paths: string | readonly string[]): Promise<ToolRequests> {
  const requests: ToolRequest[] = [];
  const problems: TrainingProblem[] = [];
  for (const { question, location } of await readLocatedQuestions(paths)) {
    const { id, question: text, tool } = question;
    if (tool === undefined) problems.push({ ...location, reason: "names no tool that alone answers it" });
    else requests.push({ id, question: text, tool, source: location });
  }
  if (requests.length === 0) {
    const places = typeof paths === "string" ? paths : paths.join(", ");
    throw new ToolkenError(
      "FILE_INVALID",
      `Expected questions that name their tool in ${places} but none does`,
    );
  }
  return { requests, problems };
}

/** Requests from values or files. @throws `INVALID_ARGUMENT`, and what {@link readToolRequests} throws. */
export async function toolRequests(
  given: string | readonly string[] | readonly ToolRequest[],
): Promise<ToolRequests> {
  if (typeof given === "string") return readToolRequests(given);
  const all: unknown = given;
  if (!Array.isArray(all) || all.length === 0) throw invalidArgument("paths or requests", "requests", given);
  if (all.every((path) => typeof path === "string")) return readToolRequests(all);
  const ids = new Set<string>();
  for (const [index, request] of (given as readonly ToolRequest[]).entries()) {
    const name = `requests[${index}]`;
    for (const field of ["id", "question", "tool"] as const) {
      const value: unknown = (request as Partial<ToolRequest> | null)?.[field];
      if (typeof value !== "string" || value.trim() === "") {
        throw invalidArgument("a non-empty string", `${name}.${field}`, value);
      }
    }
    if (ids.has(request.id)) throw invalidArgument("an id of its own", `${name}.id`, request.id);
    ids.add(request.id);
  }
  return { requests: given as readonly ToolRequest[], problems: [] };
}

/** @throws `UNKNOWN_TOOL`, with file and line where there are some, for a request of a tool that is not known. */
export function assertToolsKnown(
  requests: readonly ToolRequest[],
  isKnown: (tool: string) => boolean,
  owner: string,
  hint: string,
): void {
  const unknown = requests.find(({ tool }) => !isKnown(tool));
  if (unknown === undefined) return;
  const where = unknown.source === undefined ? `Request ${unknown.id}` : locationText(unknown.source);
  throw new ToolkenError("UNKNOWN_TOOL", `${where}: needs ${unknown.tool}, which ${owner} does not have`, {
    hint,
  });
}
