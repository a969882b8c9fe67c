// One place turns the operating system's errors and unfit contents into the library's errors, with the file's name.
import { ToolkenError, invalidArgument, type ToolkenErrorOptions } from "../errors.js";

/** Throws `INVALID_ARGUMENT` unless `path` can name a file. */
export function assertPath(path: unknown, name = "path"): asserts path is string {
  if (typeof path !== "string" || path === "" || path.includes("\0")) {
    throw invalidArgument("a path of a file", name, path);
  }
}

/** `FILE_NOT_FOUND` when nothing is there, `IO` otherwise; the cause is kept. A `ToolkenError` passes unchanged. */
export function fileSystemError(action: "read" | "write", path: string, cause: unknown): ToolkenError {
  if (cause instanceof ToolkenError) return cause;
  const code = (cause as NodeJS.ErrnoException | null)?.code;
  if (code === "ENOENT" || code === "ENOTDIR") {
    return action === "read"
      ? new ToolkenError("FILE_NOT_FOUND", `No file at ${JSON.stringify(path)}`, {
          cause,
          hint: "Check the path; a relative path starts at the current working directory.",
        })
      : new ToolkenError("FILE_NOT_FOUND", `No folder to write ${JSON.stringify(path)} into`, {
          cause,
          hint: "Create the folder first.",
        });
  }
  const reason = cause instanceof Error ? cause.message : String(cause);
  const hint = code === undefined ? undefined : HINTS[code];
  return new ToolkenError("IO", `Could not ${action} ${JSON.stringify(path)}: ${reason}`, {
    cause,
    ...(hint === undefined ? {} : { hint }),
  });
}

const FULL = "Free space on this disk or choose a folder on another one.";
const PERMISSION = "Choose another path, or change the permissions of the file or its folder.";
const HINTS: Readonly<Record<string, string>> = {
  ENOSPC: FULL,
  EDQUOT: FULL,
  EROFS: "The file system is read-only: choose another path.",
  EACCES: PERMISSION,
  EPERM: PERMISSION,
};

/** `FILE_INVALID`: the file is there, and its content is not what it must be. */
export function invalidFile(
  path: string,
  expected: string,
  found: string,
  options?: ToolkenErrorOptions,
): ToolkenError {
  return new ToolkenError(
    "FILE_INVALID",
    `Invalid file ${JSON.stringify(path)}: expected ${expected}, found ${found}`,
    options,
  );
}

/** A value out of a file in an error message: as JSON, cut after 80 characters. */
export function shown(value: unknown): string {
  if (typeof value === "bigint") return String(value);
  const text = JSON.stringify(value) as string | undefined;
  if (text === undefined) return typeof value;
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
