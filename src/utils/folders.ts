import { mkdir, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ToolkenError } from "../errors.js";

/**
 * Creates a folder and those above it; one that is there stays. Throws `IO`.
 *
 * @param hint what to do when it can't be created
 */
export async function createFolder(
  path: string,
  hint = "Choose a folder that can be written.",
): Promise<void> {
  await mkdir(path, { recursive: true }).catch((cause: unknown) => {
    throw failed(path, cause, hint);
  });
}

/** A new, empty folder for temporary files. Throws `IO`. */
export async function temporaryFolder(prefix: string): Promise<string> {
  const path = join(tmpdir(), prefix);
  return mkdtemp(path).catch((cause: unknown) => {
    throw failed(path, cause, "Let TMPDIR (TEMP on Windows) name a folder that can be written.");
  });
}

function failed(path: string, cause: unknown, hint: string): ToolkenError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new ToolkenError("IO", `Could not create the folder ${JSON.stringify(path)}: ${reason}`, {
    cause,
    hint,
  });
}
