// Solutions come plain, with `<<a*b=c>>` marks or with calls; all become texts in the project's training form.
import { value } from "../../utils/option-fields.js";
import { defineOptions, type OptionsOf, resolveOptions } from "../../utils/options.js";
import { readAnnotated } from "../../examples/annotated.js";
import { readMarkedSolution } from "../datasets/gsm8k.js";
import {
  objectOf,
  readRecords,
  recordFiles,
  recordInvalid,
  type SourceRecord,
  textField,
} from "../../examples/records.js";
import { QUESTION_SLOT } from "../../prompts/prompts.js";
import {
  locationText,
  type TrainingExample,
  type TrainingProblem,
  validateExample,
} from "../../examples/example.js";

export interface Solutions {
  /** Plain ones have no calls; those of solutions with marks or calls have been checked or taken as they are. */
  readonly solutions: TrainingExample[];
  /** Records that give no text (a mark that does not check out), with file, line and reason. */
  readonly problems: TrainingProblem[];
}

export const DEFAULT_FORM = `Q: ${QUESTION_SLOT}\nA:`;

const readSolutionsOptions = defineOptions({
  form: value<string>(
    `a text with ${QUESTION_SLOT}`,
    (form) => typeof form === "string" && form.includes(QUESTION_SLOT),
  )
    .default(DEFAULT_FORM)
    .describe("How a plain question and its solution become one text: the solution follows it"),
});
export type ReadSolutionsOptions = OptionsOf<typeof readSolutionsOptions>;

/**
 * Reads solutions from JSON Lines, JSON files, or folders of `.jsonl` files. A record is `{ question, solution }`
 * or `{ question, answer }` with the solution as a text, or `{ text, questionEnd }`; `id` is kept.
 *
 * @throws ToolkenError `FILE_NOT_FOUND`, `FILE_INVALID` (no records); `RECORD_INVALID` with file and line (not
 * JSON, wrong fields, an id used twice); `INVALID_ARGUMENT`.
 */
export async function readSolutions(
  paths: string | readonly string[],
  options: ReadSolutionsOptions = {},
): Promise<Solutions> {
  const { form } = resolveOptions(readSolutionsOptions, options, "readSolutions");
  const locations = typeof paths === "string" ? [paths] : paths;
  const solutions: TrainingExample[] = [];
  const problems: TrainingProblem[] = [];
  const ids = new Map<string, string>();
  for (const location of locations) {
    for (const file of await recordFiles(location)) {
      for (const record of await readRecords(file)) {
        const solution = readSolution(record, form);
        if (typeof solution === "string") {
          problems.push({ ...record.location, reason: solution });
          continue;
        }
        const { id } = solution;
        const earlier = id === undefined ? undefined : ids.get(id);
        if (earlier !== undefined)
          throw recordInvalid(record.location, `another id than ${earlier}`, "id", id);
        if (id !== undefined) ids.set(id, locationText(record.location));
        solutions.push(solution);
      }
    }
  }
  return { solutions, problems };
}

/** The text, or in words why the record gives none. */
function readSolution(record: SourceRecord, form: string): TrainingExample | string {
  const fields = objectOf(record);
  if ("text" in fields) return validateExample({ calls: [], ...fields }, record.location);
  const question = textField(record, "question");
  const solution = textField(record, "solution" in fields ? "solution" : "answer");
  const { id } = fields;
  if (id !== undefined && typeof id !== "string" && !Number.isSafeInteger(id)) {
    throw recordInvalid(record.location, "a text or an integer", "id", id);
  }
  const read = readText(record, question, solution, form);
  return typeof read === "string" || id === undefined ? read : { ...read, id: `${id as string | number}` };
}

function readText(
  record: SourceRecord,
  question: string,
  solution: string,
  form: string,
): TrainingExample | string {
  if (solution.includes("<<")) return readMarkedSolution(question, solution, record).example;
  if (solution.includes("<eoe>")) return readAnnotated(record);
  const opening = form.replace(QUESTION_SLOT, () => question).trimEnd();
  return {
    text: `${opening} ${solution.trim()}`,
    calls: [],
    questionEnd: opening.length,
    source: record.location,
  };
}
