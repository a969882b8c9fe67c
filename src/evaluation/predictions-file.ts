// An evaluation may be killed at any moment: its file keeps whole lines, and the next run goes on behind them.
import { type FileHandle, open } from "node:fs/promises";
import type { EvaluationQuestion } from "../datasets/questions.js";
import { ToolkenError, expected } from "../errors.js";
import { assertPath, fileSystemError } from "../files/file-error.js";
import type { PredictionRecord } from "./record.js";

export interface OpenPredictionsOptions {
  readonly questions: readonly EvaluationQuestion[];
  /** Digest that every line must have. */
  readonly settings: string;
  /** Keep the lines that are there; otherwise a file that has some is refused. */
  readonly resume: boolean;
}

/** A predictions file that lines are appended to, one write each. */
export class PredictionsFile {
  /** Lines that were there, by index of their question. */
  readonly kept: ReadonlyMap<number, PredictionRecord>;
  /** Whether the last line was cut off by the end of an earlier run, and has been dropped. */
  readonly droppedTornLine: boolean;

  readonly #path: string;
  readonly #file: FileHandle;
  #last: Promise<void> = Promise.resolve();

  private constructor(
    path: string,
    file: FileHandle,
    kept: ReadonlyMap<number, PredictionRecord>,
    droppedTornLine: boolean,
  ) {
    this.#path = path;
    this.#file = file;
    this.kept = kept;
    this.droppedTornLine = droppedTornLine;
  }

  /**
   * @throws `RECORD_INVALID` (file and line: no prediction, a question twice, another question than asked),
   * `INVALID_ARGUMENT` (lines of other settings, or lines although `resume` is false), `FILE_NOT_FOUND` (no such
   * folder), `IO`.
   */
  static async open(path: string, options: OpenPredictionsOptions): Promise<PredictionsFile> {
    assertPath(path, "out");
    let file: FileHandle | undefined;
    try {
      // "a+" creates the file, and never writes anywhere but at its end.
      file = await open(path, "a+");
      const content = await file.readFile();
      const whole = content.lastIndexOf(0x0a) + 1;
      const kept = readLines(path, content.subarray(0, whole).toString("utf8"), options);
      if (whole < content.length) await file.truncate(whole);
      return new PredictionsFile(path, file, kept, whole < content.length);
    } catch (error) {
      await file?.close();
      throw fileSystemError("write", path, error);
    }
  }

  /** Appends a line; lines of concurrent calls do not mix. @throws `IO`. */
  append(record: PredictionRecord): Promise<void> {
    const line = `${JSON.stringify(record)}\n`;
    const written = this.#last.then(() => this.#file.appendFile(line));
    this.#last = written.catch(() => undefined);
    return written.catch((cause: unknown) => {
      throw fileSystemError("write", this.#path, cause);
    });
  }

  async close(): Promise<void> {
    await this.#last;
    await this.#file.close();
  }
}

function readLines(
  path: string,
  text: string,
  { questions, settings, resume }: OpenPredictionsOptions,
): Map<number, PredictionRecord> {
  const kept = new Map<number, PredictionRecord>();
  for (const [at, json] of text.split("\n").entries()) {
    if (json.trim() === "") continue;
    const where = `${path}:${at + 1}`;
    if (!resume) {
      throw new ToolkenError(
        "INVALID_ARGUMENT",
        `Expected no file of predictions at ${path} but there is one`,
        {
          hint: "Resume it, remove it, or write to another file.",
        },
      );
    }
    const record = parse(where, json);
    const question = questions[record.index];
    if (question?.question !== record.question || kept.has(record.index)) {
      const what = kept.has(record.index)
        ? "each question once"
        : `question ${record.index} of the questions that are asked`;
      throw new ToolkenError("RECORD_INVALID", `${where}: ${expected(what, "question", record.question)}`, {
        hint: "The file belongs to other questions: write to another file.",
      });
    }
    if (record.settings !== settings) {
      throw new ToolkenError(
        "INVALID_ARGUMENT",
        `${where}: ${expected(`settings ${settings}, as now,`, "settings", record.settings)}`,
        {
          hint: "The file was written with another model, head, prompt or option: use the same, or write to another file.",
        },
      );
    }
    kept.set(record.index, record);
  }
  return kept;
}

function parse(where: string, json: string): PredictionRecord {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    throw new ToolkenError("RECORD_INVALID", `${where}: ${expected("JSON", "the line", json)}`, { cause });
  }
  const record = value as Partial<PredictionRecord> | null;
  if (
    typeof record !== "object" ||
    record === null ||
    !Number.isSafeInteger(record.index) ||
    typeof record.question !== "string" ||
    typeof record.generation !== "string" ||
    !Array.isArray(record.calls)
  ) {
    throw new ToolkenError("RECORD_INVALID", `${where}: ${expected("a prediction", "the line", value)}`, {
      hint: "Only files that an evaluation of this library has written can be resumed.",
    });
  }
  return record as PredictionRecord;
}
