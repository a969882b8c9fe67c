// Annotated texts are training texts like any: a line each, with what annotating needs to go on behind it.
import { expected, ToolkenError } from "../../errors.js";
import { LineFile } from "../../utils/line-file.js";
import { type TrainingExample, validateExample } from "../../examples/example.js";
import type { Annotation } from "./annotation.js";

export interface OpenAnnotationsOptions {
  readonly texts: readonly TrainingExample[];
  /** Digest that every line must have. */
  readonly settings: string;
  /** Keep the lines that are there; otherwise a file that has some is refused. */
  readonly resume: boolean;
}

/** JSON Lines that texts are appended to as they are done, in no order. */
export class AnnotationsFile {
  /** Annotations that were there, by index of their text. */
  readonly kept: ReadonlyMap<number, Annotation>;
  readonly #file: LineFile;
  readonly #settings: string;

  private constructor(file: LineFile, kept: ReadonlyMap<number, Annotation>, settings: string) {
    this.#file = file;
    this.kept = kept;
    this.#settings = settings;
  }

  /** Whether the last line was cut off by the end of an earlier run, and has been dropped. */
  get droppedTornLine(): boolean {
    return this.#file.droppedTornLine;
  }

  /**
   * @throws `RECORD_INVALID` (file and line: no annotation, a text twice, another text), `INVALID_ARGUMENT` (lines of
   * other settings, or lines although `resume` is false), `FILE_NOT_FOUND` (no such folder), `IO`.
   */
  static async open(path: string, options: OpenAnnotationsOptions): Promise<AnnotationsFile> {
    let kept = new Map<number, Annotation>();
    const file = await LineFile.open(path, (lines) => {
      kept = readLines(path, lines, options);
    });
    return new AnnotationsFile(file, kept, options.settings);
  }

  /** @throws `IO`. */
  append(index: number, { example, marks, unmarked, leftOut }: Annotation): Promise<void> {
    const { id, text, questionEnd, calls } = example;
    const annotation = { index, settings: this.#settings, marks, unmarked };
    return this.#file.append({ id, text, questionEnd, calls, leftOut, annotation });
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

function readLines(
  path: string,
  lines: readonly string[],
  { texts, settings, resume }: OpenAnnotationsOptions,
): Map<number, Annotation> {
  const kept = new Map<number, Annotation>();
  for (const [at, json] of lines.entries()) {
    if (json.trim() === "") continue;
    if (!resume) {
      throw new ToolkenError("INVALID_ARGUMENT", `Expected no file of texts at ${path} but there is one`, {
        hint: "Resume it, remove it, or write to another file.",
      });
    }
    const location = { file: path, line: at + 1 };
    const where = `${path}:${at + 1}`;
    const record = parse(where, json);
    const { index, settings: written, marks, unmarked } = record.annotation;
    if (texts[index]?.text !== record.text || kept.has(index)) {
      const what = kept.has(index) ? "each text once" : `text ${index} of the texts that are annotated`;
      throw new ToolkenError("RECORD_INVALID", `${where}: ${expected(what, "text", record.text)}`, {
        hint: "The file belongs to other texts: write to another file.",
      });
    }
    if (written !== settings) {
      const what = `settings ${settings}, as now,`;
      throw new ToolkenError("INVALID_ARGUMENT", `${where}: ${expected(what, "settings", written)}`, {
        hint: "The file was written with another model, prompt or option: use the same, or write to another file.",
      });
    }
    kept.set(index, {
      example: validateExample(record, location),
      unmarked,
      ...(marks === undefined ? {} : { marks }),
      ...(record.leftOut === undefined ? {} : { leftOut: record.leftOut }),
    });
  }
  return kept;
}

interface Line {
  readonly text: string;
  readonly leftOut?: string;
  readonly annotation: Pick<Annotation, "marks" | "unmarked"> & {
    readonly index: number;
    readonly settings: string;
  };
}

function parse(where: string, json: string): Line {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    throw new ToolkenError("RECORD_INVALID", `${where}: ${expected("JSON", "the line", json)}`, { cause });
  }
  const line = value as Partial<Line> | null;
  const annotation = line?.annotation as Partial<Line["annotation"]> | undefined;
  if (
    typeof line?.text !== "string" ||
    !Number.isSafeInteger(annotation?.index) ||
    !Array.isArray(annotation?.unmarked)
  ) {
    throw new ToolkenError(
      "RECORD_INVALID",
      `${where}: ${expected("an annotated text", "the line", value)}`,
      {
        hint: "Only files that annotating has written can be resumed.",
      },
    );
  }
  return line as Line;
}
