// A long job may be killed at any moment: its file keeps whole lines, and the next run goes on behind them.
import { type FileHandle, open } from "node:fs/promises";
import { assertPath, fileSystemError } from "./file-error.js";

/** JSON Lines, one write each. */
export class LineFile {
  readonly path: string;
  /** Lines that were there when it was opened, without line ends. */
  readonly lines: readonly string[];
  /** Whether the last line was cut off by the end of an earlier run, and has been dropped. */
  readonly droppedTornLine: boolean;

  readonly #file: FileHandle;
  #last: Promise<void> = Promise.resolve();

  private constructor(path: string, file: FileHandle, lines: readonly string[], droppedTornLine: boolean) {
    this.path = path;
    this.#file = file;
    this.lines = lines;
    this.droppedTornLine = droppedTornLine;
  }

  /**
   * Opens a file, or creates it.
   * @param check sees the lines before anything is changed; what it throws passes through
   * @throws `INVALID_ARGUMENT`, `FILE_NOT_FOUND` (no such folder), `IO`.
   */
  static async open(path: string, check?: (lines: readonly string[]) => void): Promise<LineFile> {
    assertPath(path, "out");
    let file: FileHandle | undefined;
    try {
      // "a+" creates the file, and never writes anywhere but at its end.
      file = await open(path, "a+");
      const content = await file.readFile();
      const whole = content.lastIndexOf(0x0a) + 1;
      const lines = content.subarray(0, whole).toString("utf8").split("\n").slice(0, -1);
      const tail = content.subarray(whole).toString("utf8");
      const torn = isTorn(tail);
      if (!torn && tail !== "") lines.push(tail);
      check?.(lines);
      if (torn) await file.truncate(whole);
      else if (tail !== "") await file.appendFile("\n");
      return new LineFile(path, file, lines, torn);
    } catch (error) {
      await file?.close();
      throw fileSystemError("write", path, error);
    }
  }

  /** Appends a value as a line of JSON; lines of concurrent calls do not mix. @throws `IO`. */
  append(value: unknown): Promise<void> {
    const line = `${JSON.stringify(value)}\n`;
    const written = this.#last.then(() => this.#file.appendFile(line));
    this.#last = written.catch(() => undefined);
    return written.catch((cause: unknown) => {
      throw fileSystemError("write", this.path, cause);
    });
  }

  async close(): Promise<void> {
    await this.#last;
    await this.#file.close();
  }
}

/** The beginning of a line that was being written; anything else without a line end may be somebody's file. */
function isTorn(tail: string): boolean {
  if (!tail.startsWith("{")) return false;
  try {
    JSON.parse(tail);
    return false;
  } catch {
    return true;
  }
}
