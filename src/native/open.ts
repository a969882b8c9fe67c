// Opens the addon's binary in this process; the child that tries a binary out goes the same way.
import { createRequire } from "node:module";
import { delimiter } from "node:path";
import { ToolkenError } from "../errors.js";
import type { Addon } from "./addon.js";
import { libraryFiles } from "./library-files.js";

// Of the present version; another addon, or an older build, lacks some.
const FUNCTIONS = ["init", "devices", "announceExit"] as const;

const require = createRequire(import.meta.url);

/** @param llamaDirectory folder of llama.cpp's libraries, which a prebuilt binary opens by their paths */
export function openBinary(path: string, llamaDirectory: string | undefined): Addon {
  if (process.platform === "win32" && llamaDirectory !== undefined) {
    // For a binary built from source, which is linked with them: Windows looks in PATH.
    process.env.PATH = `${llamaDirectory}${delimiter}${process.env.PATH ?? ""}`;
  }
  const addon = require(path) as Addon;
  const absent = FUNCTIONS.find((name) => typeof addon[name] !== "function");
  if (absent !== undefined) {
    throw new ToolkenError(
      "BINARY_INCOMPATIBLE",
      `Expected the addon of this version of @toolken/native but ${path} has no function ${absent}`,
    );
  }
  if (llamaDirectory !== undefined) addon.open?.(libraryFiles(llamaDirectory));
  return addon;
}
