// JSON Lines and JSON arrays come as one list of records, each with the line where it begins.
import { readdir, readFile, stat } from "node:fs/promises";
import path from "node:path";
import { expected, ToolkenError } from "../errors.js";
import { fileSystemError } from "../utils/file-error.js";
import { locationText, type RecordLocation } from "./example.js";

/** One JSON value of a file, and the text that it was parsed from. */
export interface SourceRecord {
  readonly location: RecordLocation;
  readonly value: unknown;
  readonly json: string;
}

/** `<file>:<line>: Expected … but received …` with the code `RECORD_INVALID`. */
export function recordInvalid(
  location: RecordLocation,
  what: string,
  name: string,
  value: unknown,
): ToolkenError {
  return new ToolkenError("RECORD_INVALID", `${locationText(location)}: ${expected(what, name, value)}`);
}

/** The record as an object; `RECORD_INVALID` otherwise. */
export function objectOf(record: SourceRecord): Record<string, unknown> {
  const { value } = record;
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw recordInvalid(record.location, "a JSON object", "the record", value);
  }
  return value as Record<string, unknown>;
}

/** A field that must be a text with something in it. */
export function textField(record: SourceRecord, name: string): string {
  const value = objectOf(record)[name];
  if (typeof value !== "string" || value.trim() === "") {
    throw recordInvalid(record.location, "a non-empty string", name, value);
  }
  return value;
}

/** A field that must be an array of texts. */
export function textsField(record: SourceRecord, name: string): string[] {
  const value = objectOf(record)[name];
  if (!Array.isArray(value) || !value.every((entry) => typeof entry === "string")) {
    throw recordInvalid(record.location, "an array of texts", name, value);
  }
  return value;
}

/**
 * The files that a path stands for: itself, or a folder's `.jsonl` files in order of their names.
 *
 * @throws ToolkenError `FILE_NOT_FOUND`, `FILE_INVALID` (a folder without `.jsonl` files), `IO`.
 */
export async function recordFiles(location: string): Promise<string[]> {
  const isDirectory = await fileSystem(location, async () => (await stat(location)).isDirectory());
  if (!isDirectory) return [location];
  const names = await fileSystem(location, () => readdir(location));
  const files = names.filter((name) => name.endsWith(".jsonl")).sort();
  if (files.length === 0) {
    throw new ToolkenError("FILE_INVALID", `Expected .jsonl files in the folder ${location} but found none`);
  }
  return files.map((name) => path.join(location, name));
}

/** A file's lines without line ends (LF or CRLF) and without a byte order mark. */
export async function readLines(file: string): Promise<string[]> {
  const bytes = await fileSystem(file, () => readFile(file));
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const lines: string[] = [];
  let begin = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  while (begin < bytes.length) {
    const newline = bytes.indexOf(0x0a, begin);
    let end = newline < 0 ? bytes.length : newline;
    const next = end + 1;
    if (end > begin && bytes[end - 1] === 0x0d) end--;
    try {
      lines.push(decoder.decode(bytes.subarray(begin, end)));
    } catch (cause) {
      const where = locationText({ file, line: lines.length + 1 });
      throw new ToolkenError("RECORD_INVALID", `${where}: Expected UTF-8 text but received other bytes`, {
        cause,
      });
    }
    begin = next;
  }
  return lines;
}

/**
 * A file's records: one JSON value per line, or the elements of one JSON array.
 *
 * @throws ToolkenError `FILE_NOT_FOUND`; `FILE_INVALID` when there is no record; `RECORD_INVALID` with file
 * and line for what is not JSON.
 */
export async function readRecords(file: string): Promise<SourceRecord[]> {
  const lines = await readLines(file);
  const first = lines.find((line) => line.trim() !== "");
  if (first === undefined) throw noRecords(file);
  // A line that is an array by itself could be a record of JSON Lines; no reader takes such records.
  const records = first.trimStart().startsWith("[") ? arrayElements(file, lines) : lineRecords(file, lines);
  if (records.length === 0) throw noRecords(file);
  return records;
}

function noRecords(file: string): ToolkenError {
  return new ToolkenError("FILE_INVALID", `Expected at least one record in ${file} but the file is empty`);
}

function lineRecords(file: string, lines: readonly string[]): SourceRecord[] {
  const records: SourceRecord[] = [];
  lines.forEach((json, index) => {
    if (json.trim() !== "") records.push(parseRecord({ file, line: index + 1 }, json));
  });
  return records;
}

function parseRecord(location: RecordLocation, json: string): SourceRecord {
  try {
    return { location, json, value: JSON.parse(json) as unknown };
  } catch (cause) {
    throw notJson(location, json, cause);
  }
}

function notJson(location: RecordLocation, json: string, cause?: unknown): ToolkenError {
  const message = expected("JSON", "the record", json.trim());
  return new ToolkenError("RECORD_INVALID", `${locationText(location)}: ${message}`, {
    cause,
    hint: "Put one JSON object on each line, or all of them into one JSON array.",
  });
}

/**
 * Cuts one JSON array into its elements without parsing it as a whole, so that each keeps its line. Brackets
 * are counted outside strings only; each element is parsed by itself.
 */
function arrayElements(file: string, lines: readonly string[]): SourceRecord[] {
  const text = lines.join("\n");
  const records: SourceRecord[] = [];
  const punctuation = /["[\]{},\n]/g;
  let line = 1;
  let depth = 0;
  let elementStart = 0;
  let closed = false;
  let afterComma = false;

  const close = (end: number, endLine: number): void => {
    const json = text.slice(elementStart, end);
    if (json.trim() === "") {
      if (records.length === 0 && !afterComma && text[end] === "]") return;
      throw notJson({ file, line: endLine }, text.slice(elementStart, end + 1));
    }
    const leading = json.length - json.trimStart().length;
    const lineOfStart = endLine - newlines(json.slice(leading));
    records.push(parseRecord({ file, line: lineOfStart }, json.trim()));
  };

  for (let match = punctuation.exec(text); match !== null; match = punctuation.exec(text)) {
    const at = match.index;
    if (closed && match[0] !== "\n") break;
    switch (match[0]) {
      case "\n":
        line++;
        break;
      case '"':
        punctuation.lastIndex = stringEnd(text, at);
        line += newlines(text.slice(at, punctuation.lastIndex));
        break;
      case "[":
      case "{":
        depth++;
        if (depth === 1) elementStart = at + 1;
        break;
      case ",":
        if (depth === 1) {
          close(at, line);
          elementStart = at + 1;
          afterComma = true;
        }
        break;
      default:
        depth--;
        if (depth === 0) {
          if (match[0] === "}") throw notJson({ file, line }, text.slice(elementStart, at + 1));
          close(at, line);
          closed = true;
          elementStart = at + 1;
        }
    }
  }

  const rest = text.slice(elementStart);
  const startLine = newlines(text.slice(0, elementStart)) + 1;
  const restLine = startLine + newlines(rest.slice(0, rest.length - rest.trimStart().length));
  if (!closed) {
    const message = `${locationText({ file, line: restLine })}: Expected the array to be closed but the file ends in this record`;
    throw new ToolkenError("RECORD_INVALID", message);
  }
  if (rest.trim() !== "") {
    throw recordInvalid({ file, line: restLine }, "nothing after the array", "the file", rest.trim());
  }
  return records;
}

/** The offset after the JSON string that opens at `open`, or the text's end when it never closes. */
export function stringEnd(text: string, open: number): number {
  for (let at = open + 1; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === 0x5c) at++;
    else if (unit === 0x22) return at + 1;
  }
  return text.length;
}

function newlines(text: string): number {
  let count = 0;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) count++;
  return count;
}

async function fileSystem<T>(location: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (cause) {
    throw fileSystemError("read", location, cause);
  }
}
