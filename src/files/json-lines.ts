// A log that is appended to by a process that may be killed: whole lines only, and a torn last one is cut off.
import { type FileHandle, open } from "node:fs/promises";
import { fileSystemError } from "./file-error.js";

/** A JSON Lines file that is appended to, one write per line. */
export class JsonLines implements AsyncDisposable {
  /** Values that were there, and those appended since. */
  readonly values: unknown[];
  readonly #path: string;
  readonly #file: FileHandle;
  #last: Promise<unknown> = Promise.resolve();

  private constructor(path: string, file: FileHandle, values: unknown[]) {
    this.#path = path;
    this.#file = file;
    this.values = values;
  }

  /** Opens or creates; lines that are no JSON are left out of `values`. @throws `FILE_NOT_FOUND` (no such folder), `IO`. */
  static async open(path: string): Promise<JsonLines> {
    let file: FileHandle | undefined;
    try {
      // "a+" creates the file, and never writes anywhere but at its end.
      file = await open(path, "a+");
      const content = await file.readFile();
      const whole = content.lastIndexOf(0x0a) + 1;
      if (whole < content.length) await file.truncate(whole);
      return new JsonLines(path, file, parseLines(content.subarray(0, whole).toString("utf8")));
    } catch (cause) {
      await file?.close();
      throw fileSystemError("write", path, cause);
    }
  }

  /** Appends a line; those of concurrent calls do not mix. @throws `IO` */
  append(value: unknown): Promise<void> {
    const line = `${JSON.stringify(value)}\n`;
    const written = this.#last.then(() => this.#file.appendFile(line));
    this.#last = written.catch(() => undefined);
    return written.then(
      () => void this.values.push(value),
      (cause: unknown) => {
        throw fileSystemError("write", this.#path, cause);
      },
    );
  }

  async close(): Promise<void> {
    await this.#last;
    await this.#file.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

function parseLines(text: string): unknown[] {
  return text.split("\n").flatMap((line) => {
    if (line.trim() === "") return [];
    try {
      return [JSON.parse(line) as unknown];
    } catch {
      return [];
    }
  });
}
