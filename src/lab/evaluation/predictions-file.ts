// An evaluation may be killed at any moment: its file keeps whole lines, and the next run goes on behind them.
import type { EvaluationQuestion } from "../../examples/questions.js";
import { ToolkenError, expected } from "../../errors.js";
import { LineFile } from "../../utils/line-file.js";
import type { PredictionRecord } from "./record.js";

export interface OpenPredictionsOptions {
  readonly questions: readonly EvaluationQuestion[];
  /** Digest that every line must have. */
  readonly settings: string;
  /** Keep the lines that are there; otherwise a file that has some is refused. */
  readonly resume: boolean;
}

/** A predictions file that lines are appended to. */
export class PredictionsFile {
  /** Lines that were there, by index of their question. */
  readonly kept: ReadonlyMap<number, PredictionRecord>;
  readonly #file: LineFile;

  private constructor(file: LineFile, kept: ReadonlyMap<number, PredictionRecord>) {
    this.#file = file;
    this.kept = kept;
  }

  /** Whether the last line was cut off by the end of an earlier run, and has been dropped. */
  get droppedTornLine(): boolean {
    return this.#file.droppedTornLine;
  }

  /**
   * @throws `RECORD_INVALID` (file and line: no prediction, a question twice, another question than asked),
   * `INVALID_ARGUMENT` (lines of other settings, or lines although `resume` is false), `FILE_NOT_FOUND` (no such
   * folder), `IO`.
   */
  static async open(path: string, options: OpenPredictionsOptions): Promise<PredictionsFile> {
    let kept = new Map<number, PredictionRecord>();
    const file = await LineFile.open(path, (lines) => {
      kept = readLines(path, lines, options);
    });
    return new PredictionsFile(file, kept);
  }

  /** @throws `IO`. */
  append(record: PredictionRecord): Promise<void> {
    return this.#file.append(record);
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

function readLines(
  path: string,
  lines: readonly string[],
  { questions, settings, resume }: OpenPredictionsOptions,
): Map<number, PredictionRecord> {
  const kept = new Map<number, PredictionRecord>();
  for (const [at, json] of lines.entries()) {
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
