// A long job may end at any moment: what is done stands in whole lines, and the next run goes on behind them.
import { type FileHandle, open } from "node:fs/promises";
import { ToolkenError, expected } from "../errors.js";
import { assertPath, fileSystemError, invalidFile } from "./file-error.js";

export interface JournalEntry {
  /** Counted from 1. */
  readonly line: number;
  readonly value: Readonly<Record<string, unknown>>;
}

/** JSON Lines that are added to one by one. The first names the job, so that another job's lines are not continued. */
export class Journal {
  readonly path: string;
  /** Lines that an earlier run has written. */
  readonly entries: readonly JournalEntry[];
  readonly #file: FileHandle;
  #last: Promise<void> = Promise.resolve();

  private constructor(path: string, entries: readonly JournalEntry[], file: FileHandle) {
    this.path = path;
    this.entries = entries;
    this.#file = file;
  }

  /**
   * Opens or begins a journal; a torn last line is dropped.
   * @param setup digest of all that the lines depend on
   * @param content what the lines are, for the error about another setup: "generations of this model and prompt"
   * @throws `FILE_INVALID` (another setup, something else than a journal), `RECORD_INVALID` (file and line),
   * `FILE_NOT_FOUND` (no such folder), `IO`.
   */
  static async open(path: string, setup: string, content: string): Promise<Journal> {
    assertPath(path);
    let file: FileHandle | undefined;
    try {
      // "a+" creates the file, and never writes anywhere but at its end.
      file = await open(path, "a+");
      const bytes = await file.readFile();
      const first = `${JSON.stringify({ setup })}\n`;
      const whole = bytes.lastIndexOf(0x0a) + 1;
      if (whole === 0) {
        if (!first.startsWith(bytes.toString("utf8"))) throw invalidFile(path, content, "something else");
        await file.truncate(0);
        await file.appendFile(first);
        return new Journal(path, [], file);
      }
      const lines = bytes.subarray(0, whole).toString("utf8").split("\n");
      checkSetup(path, lines[0]!, setup, content);
      const entries = lines.flatMap((json, at) =>
        at === 0 || json === "" ? [] : [{ line: at + 1, value: parse(path, at + 1, json) }],
      );
      if (whole < bytes.length) await file.truncate(whole);
      return new Journal(path, entries, file);
    } catch (error) {
      await file?.close();
      throw fileSystemError("write", path, error);
    }
  }

  /** Appends a line; lines of concurrent calls do not mix. @throws `IO`. */
  append(value: Readonly<Record<string, unknown>>): Promise<void> {
    const line = `${JSON.stringify(value)}\n`;
    const written = this.#last.then(() => this.#file.appendFile(line));
    this.#last = written.catch(() => undefined);
    return written.catch((cause: unknown) => {
      throw fileSystemError("write", this.path, cause);
    });
  }

  async close(): Promise<void> {
    await this.#last;
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
