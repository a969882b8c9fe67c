import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { ToolkenError, expected, invalidArgument } from "../../errors.js";
import type { ToolRequest } from "../../examples/requests.js";
import { fileSystemError } from "../../utils/file-error.js";
import { LineFile } from "../../utils/line-file.js";

/** A request and the tool that was called for it; null: none. */
export interface LoggedDecision {
  readonly request: string;
  readonly tool: string | null;
}

/** Whether a decision was right, and which tool would have been. */
export interface Feedback {
  readonly right: boolean;
  /** The right tool, null for none; only for a wrong decision. */
  readonly tool?: string | null | undefined;
}

/**
 * A local file of requests and decisions, kept only by programs that open one. It holds what users wrote: treat it as
 * their data. `trainHead(model, { tools, data })` learns from its confirmed and corrected decisions.
 */
export class FeedbackLog implements AsyncDisposable {
  readonly #file: LineFile;
  readonly #known: Set<string>;

  private constructor(file: LineFile, known: Set<string>) {
    this.#file = file;
    this.#known = known;
  }

  /** Opens or creates the file. @throws `RECORD_INVALID` (file and line), `FILE_NOT_FOUND` (no such folder), `IO`. */
  static async open(path: string): Promise<FeedbackLog> {
    let known = new Set<string>();
    const file = await LineFile.open(path, (lines) => {
      known = new Set(readEntries(path, lines).keys());
    });
    return new FeedbackLog(file, known);
  }

  /** Appends a decision; its id is what {@link FeedbackLog.feedback} takes. @throws `INVALID_ARGUMENT`, `IO`. */
  async record({ request, tool }: LoggedDecision): Promise<string> {
    if (typeof request !== "string" || request.trim() === "") {
      throw invalidArgument("a non-empty string", "request", request);
    }
    const id = randomUUID();
    await this.#file.append({ id, time: new Date().toISOString(), request, tool });
    this.#known.add(id);
    return id;
  }

  /** Says whether a decision was right; the last word counts. @throws `INVALID_ARGUMENT` (an unknown id), `IO`. */
  async feedback(id: string, { right, tool }: Feedback): Promise<void> {
    if (!this.#known.has(id)) throw invalidArgument("the id of a recorded decision", "id", id);
    if (typeof right !== "boolean") throw invalidArgument("true or false", "right", right);
    await this.#file.append({ id, right, ...(right || tool === undefined ? {} : { tool }) });
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/** What a log says of the right decisions. */
export interface LearnedFeedback {
  readonly requests: readonly ToolRequest[];
  /** Requests for which no tool is right. */
  readonly noTool: readonly string[];
}

/** Confirmed and corrected decisions of a log. @throws `FILE_NOT_FOUND`, `RECORD_INVALID` (file and line), `IO`. */
export async function readFeedback(path: string): Promise<LearnedFeedback> {
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw fileSystemError("read", path, cause);
  });
  const lines = text.split("\n");
  const requests: ToolRequest[] = [];
  const noTool: string[] = [];
  for (const [id, { request, tool, right, rightTool, line }] of readEntries(path, lines)) {
    const known = right === true ? tool : right === false ? rightTool : undefined;
    if (known === undefined) continue;
    if (known === null) noTool.push(request);
    else requests.push({ id, question: request, tool: known, source: { file: path, line } });
  }
  return { requests, noTool };
}

interface Entry {
  readonly request: string;
  readonly tool: string | null;
  readonly line: number;
  right?: boolean;
  rightTool?: string | null;
}

function readEntries(path: string, lines: readonly string[]): Map<string, Entry> {
  const entries = new Map<string, Entry>();
  lines.forEach((json, at) => {
    if (json.trim() === "") return;
    const line = at + 1;
    const invalid = (what: string, name: string, value: unknown, cause?: unknown): ToolkenError =>
      new ToolkenError("RECORD_INVALID", `${path}:${line}: ${expected(what, name, value)}`, { cause });
    let value: Record<string, unknown>;
    try {
      value = JSON.parse(json) as Record<string, unknown>;
    } catch (cause) {
      throw invalid("JSON", "the line", json, cause);
    }
    const { id, request, tool, right } = (value as Record<string, unknown> | null) ?? {};
    if (typeof id !== "string") throw invalid("a string", "id", id);
    if (tool !== undefined && tool !== null && typeof tool !== "string") {
      throw invalid("the name of a tool or null", "tool", tool);
    }
    if (right === undefined) {
      if (typeof request !== "string") throw invalid("a string", "request", request);
      entries.set(id, { request, tool: tool ?? null, line });
      return;
    }
    const entry = entries.get(id);
    if (entry === undefined) throw invalid("the id of an earlier line", "id", id);
    if (typeof right !== "boolean") throw invalid("true or false", "right", right);
    entry.right = right;
    if (tool !== undefined) entry.rightTool = tool;
  });
  return entries;
}
