// A data set comes as files and folders; what each file is shows in its first record.
import { readdir, readFile, stat } from "node:fs/promises";
import path from "node:path";
import { expected, ToolkenError } from "../../errors.js";
import { fileSystemError } from "../../utils/file-error.js";
import { QUESTION_SLOT } from "../../prompts/prompts.js";
import { locationText } from "../../examples/example.js";
import { readLines, readRecords, type SourceRecord } from "../../examples/records.js";
import type { DataSet } from "./form.js";

/** A file of records and what it is. */
export interface RecordSource {
  readonly file: string;
  /** Name of the part that its records go to: the file's, or the folder's for files of one folder. */
  readonly part: string;
  readonly kind: string;
  readonly records: readonly SourceRecord[];
}

/** A prompt file of a data set. */
export interface PromptSource {
  readonly file: string;
  readonly part: string;
  readonly text: string;
}

export interface Sources {
  readonly records: readonly RecordSource[];
  readonly prompts: readonly PromptSource[];
  /** Files of a folder that are not read, and why. */
  readonly skipped: readonly { readonly file: string; readonly reason: string }[];
}

interface Found {
  readonly file: string;
  readonly part: string;
  /** Named by the caller, so that it has to be of the data set. */
  readonly isNamed: boolean;
}

/**
 * Finds out what the files are. Folders are searched two levels deep; in them other files are passed over,
 * and those that say the same in another form.
 *
 * @throws ToolkenError `FILE_NOT_FOUND`, `FILE_INVALID`, `RECORD_INVALID` (a file of another data set), `IO`.
 */
export async function findSources(dataSet: DataSet, paths: readonly string[]): Promise<Sources> {
  const records: (RecordSource & Found)[] = [];
  const prompts: PromptSource[] = [];
  const skipped: { file: string; reason: string }[] = [];
  const found = (await Promise.all(paths.map((one) => filesOf(one)))).flat();
  for (const { file, part, isNamed } of found) {
    if (/\.txt$/i.test(file)) {
      const text = await promptText(file);
      if (text === undefined && isNamed)
        throw notOfDataSet(dataSet, { file, line: 1 }, "a text without a slot");
      if (text === undefined) skipped.push({ file, reason: `has no ${QUESTION_SLOT}` });
      else prompts.push({ file, part, text: dataSet.convertPrompt?.(text) ?? text });
      continue;
    }
    const read = await readFileRecords(file);
    const first = read[0];
    const kind = dataSet.kindOf(first.value);
    if (kind !== undefined) records.push({ file, part, kind, records: read, isNamed });
    else if (isNamed) throw notOfDataSet(dataSet, first.location, first.value);
    else skipped.push({ file, reason: `is no file of ${dataSet.name}` });
  }

  const kinds = new Set(records.map(({ kind }) => kind));
  const taken = records.filter(({ file, kind, isNamed }) => {
    const better = dataSet.redundant?.[kind];
    if (isNamed || better === undefined || !kinds.has(better)) return true;
    skipped.push({ file, reason: `says in another form (${kind}) what other files say (${better})` });
    return false;
  });
  if (taken.length === 0) {
    throw new ToolkenError("FILE_INVALID", `Found no records of ${dataSet.name} in ${paths.join(", ")}`, {
      hint: kindsText(dataSet),
    });
  }
  return { records: taken, prompts, skipped };
}

async function filesOf(location: string): Promise<Found[]> {
  if (!(await isFolder(location))) return [{ file: location, part: stem(location), isNamed: true }];
  const files: Found[] = [];
  for (const name of await namesIn(location)) {
    const file = path.join(location, name);
    if (!(await isFolder(file))) {
      if (isReadable(name))
        files.push({
          file,
          part: /\.txt$/i.test(name) ? path.basename(path.resolve(location)) : stem(name),
          isNamed: false,
        });
      continue;
    }
    for (const inner of await namesIn(file)) {
      if (isReadable(inner)) files.push({ file: path.join(file, inner), part: name, isNamed: false });
    }
  }
  return files;
}

function isReadable(name: string): boolean {
  return /\.(?:jsonl?|txt)$/i.test(name);
}

function stem(file: string): string {
  return path.basename(file).replace(/\.(?:jsonl?|txt)$/i, "");
}

/** JSON Lines, a JSON array, or a file that is one JSON object over several lines. */
async function readFileRecords(file: string): Promise<readonly [SourceRecord, ...SourceRecord[]]> {
  const lines = await readLines(file);
  const first = lines.findIndex((line) => line.trim() !== "");
  if (first >= 0 && lines[first]!.trim().startsWith("{") && !isJson(lines[first]!)) {
    const json = lines.join("\n");
    try {
      return [{ location: { file, line: first + 1 }, json, value: JSON.parse(json) as unknown }];
    } catch {
      // The reader of JSON Lines words the error, with the line.
    }
  }
  return (await readRecords(file)) as [SourceRecord, ...SourceRecord[]];
}

function isJson(line: string): boolean {
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
}

async function promptText(file: string): Promise<string | undefined> {
  const text = await io(file, () => readFile(file, "utf8"));
  return text.includes(QUESTION_SLOT) ? text : undefined;
}

async function isFolder(location: string): Promise<boolean> {
  return io(location, async () => (await stat(location)).isDirectory());
}

async function namesIn(folder: string): Promise<string[]> {
  return io(folder, async () => (await readdir(folder)).sort());
}

async function io<T>(location: string, step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (cause) {
    throw fileSystemError("read", location, cause);
  }
}

/** A record that is none of the data set's kinds. */
export function notOfDataSet(
  dataSet: DataSet,
  location: { readonly file: string; readonly line: number },
  value: unknown,
): ToolkenError {
  const message = expected(`a record of ${dataSet.name}`, "the record", value);
  return new ToolkenError("RECORD_INVALID", `${locationText(location)}: ${message}`, {
    hint: kindsText(dataSet),
  });
}

function kindsText(dataSet: DataSet): string {
  const kinds = Object.entries(dataSet.kinds).map(([kind, looks]) => `${kind}: ${looks}`);
  return `Records of ${dataSet.name} are ${kinds.join("; ")}.`;
}
