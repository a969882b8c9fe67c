// Formats are read by byte ranges, so that a few kilobytes of a large file can be had without the rest.
import { open, stat, type FileHandle } from "node:fs/promises";
import { ToolkenError } from "../errors.js";
import { assertPath, fileSystemError, invalidFile } from "./file-error.js";

/** A file opened for reading; its size is that of the moment of opening. */
export class OpenFile implements AsyncDisposable {
  readonly path: string;
  readonly size: number;
  readonly #handle: FileHandle;

  private constructor(path: string, size: number, handle: FileHandle) {
    this.path = path;
    this.size = size;
    this.#handle = handle;
  }

  /** @throws `FILE_NOT_FOUND`, `FILE_INVALID` (a folder, a pipe), `IO`. */
  static async open(path: string): Promise<OpenFile> {
    assertPath(path);
    try {
      // Asked before opening: opening a pipe waits for its writer, and would hold a thread.
      if (!(await stat(path)).isFile()) {
        throw invalidFile(path, "a regular file", "something else (a folder, a pipe or a device)");
      }
      const handle = await open(path, "r");
      try {
        return new OpenFile(path, (await handle.stat()).size, handle);
      } catch (error) {
        await handle.close();
        throw error;
      }
    } catch (cause) {
      throw fileSystemError("read", path, cause);
    }
  }

  /** Bytes `[start, start + length)`, in a buffer of their own. @throws `FILE_INVALID` when the file ends earlier. */
  async read(start: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
    if (start < 0 || length < 0 || start + length > this.size) {
      throw invalidFile(this.path, `bytes ${start} to ${start + length}`, `a file of ${this.size} bytes`);
    }
    let target: Uint8Array<ArrayBuffer>;
    try {
      target = new Uint8Array(length);
    } catch (cause) {
      throw new ToolkenError("IO", `No memory for ${length} bytes of ${JSON.stringify(this.path)}`, {
        cause,
      });
    }
    for (let done = 0; done < length;) {
      const part = target.subarray(done, done + MAX_READ);
      let bytesRead: number;
      try {
        ({ bytesRead } = await this.#handle.read(part, 0, part.byteLength, start + done));
      } catch (cause) {
        throw fileSystemError("read", this.path, cause);
      }
      if (bytesRead === 0) {
        throw invalidFile(this.path, `${this.size} bytes, as when it was opened`, "a file cut short since");
      }
      done += bytesRead;
    }
    return target;
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/** Bytes that a string can hold. */
export const MAX_TEXT_LENGTH = 0x1fff_ffe8;

const MAX_READ = 64 * 1024 * 1024;

/**
 * A whole text file as UTF-8, a byte order mark removed.
 * @throws `FILE_NOT_FOUND`, `FILE_INVALID` (longer than `largest` bytes, not UTF-8), `IO`.
 */
export async function readTextFile(path: string, largest = 64 * 1024 * 1024): Promise<string> {
  await using file = await OpenFile.open(path);
  if (file.size > largest) throw invalidFile(path, `at most ${largest} bytes`, `${file.size} bytes`);
  const bytes = await file.read(0, file.size);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw invalidFile(path, "UTF-8 text", "bytes that are not UTF-8", { cause });
  }
}
