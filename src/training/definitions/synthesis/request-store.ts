import { readFile } from "node:fs/promises";
import { fileSystemError } from "../../../utils/file-error.js";
import { LineFile } from "../../../utils/line-file.js";
import { ToolkenError, expected } from "../../../errors.js";
import { readRequestRecord, type RequestRecord } from "./request-record.js";

/** The requests of a run, in a file or in memory. */
export class RequestStore implements AsyncDisposable {
  readonly #file: LineFile | undefined;
  readonly #records: RequestRecord[];

  private constructor(file: LineFile | undefined, records: RequestRecord[]) {
    this.#file = file;
    this.#records = records;
  }

  /** @throws `RECORD_INVALID` (file and line), `FILE_NOT_FOUND` (no such folder), `IO`. */
  static async open(path: string | undefined): Promise<RequestStore> {
    if (path === undefined) return new RequestStore(undefined, []);
    let records: RequestRecord[] = [];
    const file = await LineFile.open(path, (lines) => {
      records = readLines(path, lines);
    });
    return new RequestStore(file, records);
  }

  recordsOf(tools: ReadonlySet<string>): RequestRecord[] {
    return this.#records.filter(({ tool }) => tools.has(tool));
  }

  async append(record: RequestRecord): Promise<void> {
    this.#records.push(record);
    await this.#file?.append(record);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file?.close();
  }
}

/** The requests of a file. @throws `FILE_NOT_FOUND`, `RECORD_INVALID` (file and line), `IO`. */
export async function readRequests(path: string): Promise<RequestRecord[]> {
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw fileSystemError("read", path, cause);
  });
  return readLines(path, text.split("\n"));
}

function readLines(path: string, lines: readonly string[]): RequestRecord[] {
  return lines.flatMap((json, at) => {
    if (json.trim() === "") return [];
    const location = { file: path, line: at + 1 };
    let value: unknown;
    try {
      value = JSON.parse(json);
    } catch (cause) {
      const problem = expected("JSON", "the line", json);
      throw new ToolkenError("RECORD_INVALID", `${path}:${at + 1}: ${problem}`, { cause });
    }
    return [readRequestRecord(value, location)];
  });
}
