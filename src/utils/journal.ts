// A long job may end at any moment: what is done stands in whole lines, and the next run goes on behind them.
import { ToolkenError, expected } from "../errors.js";
import { invalidFile } from "./file-error.js";
import { LineFile } from "./line-file.js";

export interface JournalEntry {
  /** Counted from 1. */
  readonly line: number;
  readonly value: Readonly<Record<string, unknown>>;
}

/** JSON Lines of which the first names the job, so that another job's lines are not continued. */
export class Journal implements AsyncDisposable {
  /** Lines that an earlier run has written. */
  readonly entries: readonly JournalEntry[];
  readonly #file: LineFile;

  private constructor(entries: readonly JournalEntry[], file: LineFile) {
    this.entries = entries;
    this.#file = file;
  }

  /**
   * Opens or begins a journal; a torn last line is dropped.
   * @param setup digest of all that the lines depend on
   * @param content what the lines are, for the error about another setup: "generations of this model and prompt"
   * @throws `FILE_INVALID` (another setup, something else than a journal), `RECORD_INVALID` (file and line),
   * `FILE_NOT_FOUND` (no such folder), `INVALID_ARGUMENT` (no path), `IO`.
   */
  static async open(path: string, setup: string, content: string): Promise<Journal> {
    let entries: readonly JournalEntry[] = [];
    const file = await LineFile.open(path, (lines) => {
      if (lines[0] !== undefined) checkSetup(path, lines[0], setup, content);
      entries = lines.slice(1).map((json, at) => ({ line: at + 2, value: parse(path, at + 2, json) }));
    });
    if (file.lines.length === 0) await file.append({ setup });
    return new Journal(entries, file);
  }

  get path(): string {
    return this.#file.path;
  }

  /** Appends a line; lines of concurrent calls do not mix. @throws `IO`. */
  append(value: Readonly<Record<string, unknown>>): Promise<void> {
    return this.#file.append(value);
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

function checkSetup(path: string, line: string, setup: string, content: string): void {
  const found = parse(path, 1, line).setup;
  if (typeof found !== "string") throw invalidFile(path, content, "other lines");
  if (found !== setup) {
    throw invalidFile(path, content, "those of another", {
      hint: "Give another path, or delete the file to begin anew.",
    });
  }
}

function parse(path: string, line: number, json: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    // Worded below.
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw new ToolkenError("RECORD_INVALID", `${path}:${line}: ${expected("a JSON object", "the line", json)}`);
}
