// JSON Lines that a later run of the same job continues.

import { ToolkenError, expected } from "../errors.js";
import { invalidFile } from "./file-error.js";
import { LineFile } from "./line-file.js";

export type JsonObject = Readonly<Record<string, unknown>>;

/** Lines count from 1. */
export interface LineLocation {
  readonly file: string;
  readonly line: number;
}

/** Lines under a first line `{"setup": …}`. */
export interface HeaderFormat<T> {
  /** What the lines are, for errors: "generations of this model and prompt". */
  readonly content: string;
  /** Digest of everything that the lines depend on. */
  readonly settings: string;
  readonly read: (value: JsonObject, location: LineLocation) => T;
}

/** Lines that each name their settings and the item that they belong to. */
export interface IndexedFormat<T> {
  /** What the lines are, in the plural: "predictions". */
  readonly content: string;
  /** What each line belongs to: "question". */
  readonly item: string;
  /** The text of each item. */
  readonly items: readonly string[];
  /** Digest that every line must have. */
  readonly settings: string;
  /** Continue a file that has lines; otherwise it is an error. */
  readonly resume: boolean;
  readonly read: (value: JsonObject, location: LineLocation) => IndexedLine<T>;
}

export interface IndexedLine<T> {
  readonly index: number;
  readonly text: string;
  readonly settings: unknown;
  readonly record: T;
}

export class ResumableFile<T> implements AsyncDisposable {
  /** Records of earlier runs: by index, or numbered from 0 under a header. */
  readonly cached: ReadonlyMap<number, T>;
  readonly #file: LineFile;

  private constructor(file: LineFile, cached: ReadonlyMap<number, T>) {
    this.#file = file;
    this.cached = cached;
  }

  /**
   * Opens or creates a file of lines under a header; an incomplete last line is dropped.
   * @throws `FILE_INVALID` (other settings, another file), `RECORD_INVALID` (file and line), `FILE_NOT_FOUND` (no such
   * folder), `INVALID_ARGUMENT` (no path), `IO`.
   */
  static async openWithHeader<T>(path: string, format: HeaderFormat<T>): Promise<ResumableFile<T>> {
    const { content, settings, read } = format;
    let cached = new Map<number, T>();
    const file = await LineFile.open(path, ([header, ...lines]) => {
      if (header !== undefined) checkHeader(path, parse({ file: path, line: 1 }, header), settings, content);
      cached = new Map(
        lines.map((json, index) => {
          const location = { file: path, line: index + 2 };
          return [index, read(parse(location, json), location)];
        }),
      );
    });
    if (file.lines.length === 0) await file.append({ setup: settings });
    return new ResumableFile(file, cached);
  }

  /**
   * Opens or creates a file with one line per item, in any order; an incomplete last line is dropped.
   * @throws `RECORD_INVALID` (file and line: not a record, an item twice, an item of another job), `INVALID_ARGUMENT`
   * (lines with other settings, or lines although `resume` is false), `FILE_NOT_FOUND` (no such folder), `IO`.
   */
  static async openIndexed<T>(path: string, format: IndexedFormat<T>): Promise<ResumableFile<T>> {
    let cached = new Map<number, T>();
    const file = await LineFile.open(path, (lines) => {
      cached = readIndexed(path, lines, format);
    });
    return new ResumableFile(file, cached);
  }

  /** Whether an incomplete last line of an interrupted run was dropped. */
  get droppedTornLine(): boolean {
    return this.#file.droppedTornLine;
  }

  /** Appends a line; lines of concurrent calls do not mix. @throws `IO`. */
  append(value: object): Promise<void> {
    return this.#file.append(value);
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

function checkHeader(path: string, { setup }: JsonObject, settings: string, content: string): void {
  if (typeof setup !== "string") throw invalidFile(path, content, "other lines");
  if (setup !== settings) {
    throw invalidFile(path, content, "those of another", {
      hint: "Give another path, or delete the file to start again.",
    });
  }
}

function readIndexed<T>(path: string, lines: readonly string[], format: IndexedFormat<T>): Map<number, T> {
  const { content, item, items, settings, resume, read } = format;
  const cached = new Map<number, T>();
  for (const [at, json] of lines.entries()) {
    if (json.trim() === "") continue;
    if (!resume) {
      throw new ToolkenError("INVALID_ARGUMENT", `${path} already contains ${content}`, {
        hint: "Resume it, remove it, or write to another file.",
      });
    }
    const location = { file: path, line: at + 1 };
    const where = `${path}:${at + 1}`;
    const line = read(parse(location, json), location);
    const { index, text } = line;
    if (items[index] !== text || cached.has(index)) {
      const what = cached.has(index) ? `each ${item} once` : `${item} ${index} of this job`;
      throw new ToolkenError("RECORD_INVALID", `${where}: ${expected(what, item, text)}`, {
        hint: `The file belongs to other ${item}s: write to another file.`,
      });
    }
    if (line.settings !== settings) {
      const what = `the current settings (${settings})`;
      throw new ToolkenError("INVALID_ARGUMENT", `${where}: ${expected(what, "settings", line.settings)}`, {
        hint: "The file was written with another model, head, prompt or option: use the same, or write to another file.",
      });
    }
    cached.set(index, line.record);
  }
  return cached;
}

function parse({ file, line }: LineLocation, json: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    const problem = expected("JSON", "the line", json);
    throw new ToolkenError("RECORD_INVALID", `${file}:${line}: ${problem}`, { cause });
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as JsonObject;
  const problem = expected("a JSON object", "the line", value);
  throw new ToolkenError("RECORD_INVALID", `${file}:${line}: ${problem}`);
}
