// A reader must never see half a file: content goes to a temporary name beside the target, which is then renamed.
import { randomBytes } from "node:crypto";
import { open, realpath, rename, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { throwIfAborted } from "../errors.js";
import { assertPath, fileSystemError } from "./file-error.js";

export type FileContent = string | Uint8Array | Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

/**
 * Writes a whole file, or leaves what was there: temporary file in the same folder, fsync, rename.
 * A symbolic link is followed, so that its target is replaced and not the link.
 *
 * @throws `FILE_NOT_FOUND` (no such folder), `IO`, `ABORTED`; an error of the content's iterator passes through.
 * The temporary file is removed in each case.
 */
export async function writeFileAtomically(
  path: string,
  content: FileContent,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<void> {
  assertPath(path);
  throwIfAborted(options.signal);
  const target = await realpath(path).catch(() => path);
  // Not derived from the target's name, which may already have the longest length that the file system takes.
  const temporary = join(dirname(target), `.toolken-${randomBytes(9).toString("base64url")}.tmp`);

  // Only errors of the file system are translated: the content's own errors belong to the caller.
  const io = async <T>(step: Promise<T>): Promise<T> => {
    try {
      return await step;
    } catch (cause) {
      throw fileSystemError("write", path, cause);
    }
  };

  const file = await io(open(temporary, "wx"));
  try {
    try {
      for await (const chunk of chunksOf(content)) {
        throwIfAborted(options.signal);
        for (let done = 0; done < chunk.byteLength;) {
          const part = chunk.subarray(done, done + MAX_WRITE);
          done += (await io(file.write(part))).bytesWritten;
        }
      }
      await io(file.sync());
    } finally {
      await io(file.close());
    }
    throwIfAborted(options.signal);
    await io(rename(temporary, target));
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    throw error;
  }
}

const MAX_WRITE = 64 * 1024 * 1024;

function chunksOf(content: FileContent): Iterable<Uint8Array> | AsyncIterable<Uint8Array> {
  if (typeof content === "string") return [new TextEncoder().encode(content)];
  return content instanceof Uint8Array ? [content] : content;
}
