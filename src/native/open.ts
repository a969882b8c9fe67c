// Opens the addon's binary in this process; the child that tries a binary out goes the same way.
import { createRequire } from "node:module";
import { delimiter } from "node:path";
import type { Addon } from "./addon.js";
import { libraryFiles } from "./library-files.js";

const require = createRequire(import.meta.url);

/** @param llamaDirectory folder of llama.cpp's libraries, which a prebuilt binary opens by their paths */
export function openBinary(path: string, llamaDirectory: string | undefined): Addon {
  if (process.platform === "win32" && llamaDirectory !== undefined) {
    // For a binary built from source, which is linked with them: Windows looks in PATH.
    process.env.PATH = `${llamaDirectory}${delimiter}${process.env.PATH ?? ""}`;
  }
  const addon = require(path) as Addon;
  if (llamaDirectory !== undefined) addon.open?.(libraryFiles(llamaDirectory));
  return addon;
}
