// A long job may be killed at any moment: its file keeps whole lines, and the next run continues after them.
import { type FileHandle, open } from "node:fs/promises";
import { assertPath, fileSystemError } from "./file-error.js";

/** What was there when the file was opened. */
interface LineFileContent {
  readonly lines: readonly string[];
  readonly torn: boolean;
  readonly size: number;
}

/** JSON Lines, one write each. */
export class LineFile {
  readonly path: string;
  /** Lines that were there when it was opened, without line ends. */
  readonly lines: readonly string[];
  /** Whether the last line was cut off by the end of an earlier run, and has been dropped. */
  readonly droppedTornLine: boolean;

  readonly #file: FileHandle;
  #last: Promise<void> = Promise.resolve();
  /** Bytes of whole lines. */
  #size: number;
  /** Why a part of a line could not be taken back: nothing may stand after it. */
  #torn: { readonly cause: unknown } | undefined;

  private constructor(path: string, file: FileHandle, content: LineFileContent) {
    this.path = path;
    this.#file = file;
    this.lines = content.lines;
    this.droppedTornLine = content.torn;
    this.#size = content.size;
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
      const { size } = await file.stat();
      return new LineFile(path, file, { lines, torn, size });
    } catch (error) {
      await file?.close();
      throw fileSystemError("write", path, error);
    }
  }

  /** Appends a value as a line of JSON, or nothing; lines of concurrent calls do not mix. @throws `IO`. */
  append(value: unknown): Promise<void> {
    const line = Buffer.from(`${JSON.stringify(value)}\n`);
    const written = this.#last.then(() => this.#write(line));
    this.#last = written.catch(() => undefined);
    return written.catch((cause: unknown) => {
      throw fileSystemError("write", this.path, cause);
    });
  }

  /** What a full disk took of a line goes, so that the next one, when there is room, does not stand after half a line. */
  async #write(line: Buffer): Promise<void> {
    if (this.#torn !== undefined) throw this.#torn.cause;
    try {
      await this.#file.appendFile(line);
      this.#size += line.length;
    } catch (cause) {
      await this.#file.truncate(this.#size).catch(() => {
        this.#torn = { cause };
      });
      throw cause;
    }
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
