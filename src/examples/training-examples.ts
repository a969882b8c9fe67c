// Training texts come in several published forms; they all end as the same examples.
import { z } from "zod";
import { value } from "../utils/option-fields.js";
import { defineOptions, type OptionsOf, resolveOptions } from "../utils/options.js";
import { invalidArgument, ToolkenError } from "../errors.js";
import { locationText, type TrainingExample, type TrainingProblem, validateExample } from "./example.js";
import { bareToolName } from "../tools/tool-name.js";
import { writeFileAtomically } from "../utils/atomic.js";
import { readAligned } from "./aligned.js";
import { readAnnotated } from "./annotated.js";
import { readCalculator } from "./calculator.js";
import { objectOf, readRecords, recordFiles, recordInvalid, type SourceRecord } from "./records.js";

const READERS = {
  /** This project's form: `{ text, calls: [{ tool, start, end, args, result }] }`; `leftOut` says why not to read it. */
  toolken: (record: SourceRecord) => leftOutReason(record) ?? validateExample(record.value, record.location),
  /** `{ question, answer }` with `<op>(args)=result<eoe>`. */
  annotated: readAnnotated,
  /** `{ text, tar_eq, tar_number }`, aligned for one tokenizer; its token indices are ignored. */
  aligned: readAligned,
  /** `{ question, answer }` of GSM8K with `<<48/2=24>>24`. */
  calculator: readCalculator,
} satisfies Record<string, (record: SourceRecord) => TrainingExample | string>;

export type TrainingFormat = keyof typeof READERS;

/** The forms that {@link readTrainingExamples} takes; `auto` looks at each file's first record. */
export const trainingFormats = ["auto", ...(Object.keys(READERS) as TrainingFormat[])] as const;

const readTrainingOptions = defineOptions({
  format: z.enum(trainingFormats).default("auto").describe("Form of the records"),
  tools: value<readonly string[]>("names", Array.isArray)
    .optional()
    .describe("When given, a call to any other tool is refused"),
});
export type ReadTrainingOptions = OptionsOf<typeof readTrainingOptions>;

export interface TrainingTexts {
  readonly examples: TrainingExample[];
  /** Well-formed records that give no example, with file, line and reason. */
  readonly problems: TrainingProblem[];
}

/**
 * Reads training texts from JSON Lines or JSON files, or from folders of `.jsonl` files.
 *
 * @throws ToolkenError `FILE_NOT_FOUND`; `FILE_INVALID` (no records, a form that is not known);
 * `RECORD_INVALID` with file and line (not JSON, wrong fields, an id used twice); `UNKNOWN_TOOL`;
 * `INVALID_ARGUMENT`.
 */
export async function readTrainingExamples(
  paths: string | readonly string[],
  given: ReadTrainingOptions = {},
): Promise<TrainingTexts> {
  const { format, tools } = resolveOptions(readTrainingOptions, given, "readTrainingExamples");
  const locations = typeof paths === "string" ? [paths] : paths;
  if (!Array.isArray(locations) || locations.length === 0 || !locations.every((p) => typeof p === "string")) {
    throw invalidArgument("a path or an array of paths", "paths", paths);
  }
  const allowed = tools === undefined ? undefined : new Set(tools.map(bareToolName));

  const examples: TrainingExample[] = [];
  const problems: TrainingProblem[] = [];
  const ids = new Map<string, SourceRecord>();
  for (const location of locations) {
    for (const file of await recordFiles(location)) {
      const records = await readRecords(file);
      const read = READERS[format === "auto" ? detectFormat(records[0]!) : format];
      for (const record of records) {
        const example = read(record);
        if (typeof example === "string") {
          problems.push({ ...record.location, reason: example });
          continue;
        }
        checkTools(example, allowed);
        checkId(example, record, ids);
        examples.push(example);
      }
    }
  }
  return { examples, problems };
}

/** One JSON line of this project's form, without the line end. */
export function formatTrainingExample(example: TrainingExample): string {
  const { id, text, questionEnd, calls } = validateExample(example);
  return JSON.stringify({ id, text, questionEnd, calls });
}

/**
 * Writes examples as JSON Lines, a whole file or none.
 *
 * @throws ToolkenError `RECORD_INVALID` for an example that could not be read back; `IO`.
 */
export async function writeTrainingExamples(
  file: string,
  examples: Iterable<TrainingExample>,
): Promise<void> {
  let lines = "";
  for (const example of examples) lines += `${formatTrainingExample(example)}\n`;
  await writeFileAtomically(file, lines);
}

/** Annotating leaves texts out and says why in the line itself. */
function leftOutReason(record: SourceRecord): string | undefined {
  const { leftOut } = objectOf(record);
  return typeof leftOut === "string" ? leftOut : undefined;
}

function detectFormat(record: SourceRecord): TrainingFormat {
  const fields = objectOf(record);
  if ("tar_eq" in fields || "tar_number" in fields) return "aligned";
  if ("text" in fields) return "toolken";
  if ("question" in fields && "answer" in fields) {
    return String(fields.answer).includes("<<") ? "calculator" : "annotated";
  }
  throw recordInvalid(
    record.location,
    "text and calls, or text and tar_eq, or question and answer",
    "the record's fields",
    Object.keys(fields),
  );
}

function checkTools(example: TrainingExample, allowed: ReadonlySet<string> | undefined): void {
  if (allowed === undefined) return;
  for (const { tool } of example.calls) {
    if (allowed.has(tool)) continue;
    const where = locationText(example.source!);
    throw new ToolkenError("UNKNOWN_TOOL", `${where}: calls ${tool}, which is not among the given tools`, {
      hint: `The given tools are ${[...allowed].join(", ")}.`,
    });
  }
}

function checkId(example: TrainingExample, record: SourceRecord, ids: Map<string, SourceRecord>): void {
  if (example.id === undefined) return;
  const earlier = ids.get(example.id);
  if (earlier !== undefined) {
    const what = `an id other than that of ${locationText(earlier.location)}`;
    throw recordInvalid(record.location, what, "id", example.id);
  }
  ids.set(example.id, record);
}
