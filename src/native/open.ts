// Opens the addon's binary in this process; the child that tries a binary out goes the same way.
import { readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { constants } from "node:os";
import { delimiter, join } from "node:path";
import type { Addon } from "./addon.js";

const require = createRequire(import.meta.url);

/** @param llamaDirectory folder of libllama, for layouts that the binary's own search path does not cover */
export function openBinary(path: string, llamaDirectory: string | undefined): Addon {
  if (process.platform === "win32" && llamaDirectory !== undefined) {
    // Windows has no search path inside a library; it looks in PATH.
    process.env.PATH = `${llamaDirectory}${delimiter}${process.env.PATH ?? ""}`;
  }
  try {
    return require(path) as Addon;
  } catch (error) {
    const libraryMissing = error instanceof Error && error.message.includes("cannot open shared object file");
    if (!libraryMissing || llamaDirectory === undefined || !preloadLlama(llamaDirectory)) throw error;
    return require(path) as Addon;
  }
}

// glibc's and musl's value; Node's os.constants.dlopen does not list it.
const RTLD_NODELETE = 0x1000;

/** Brings libllama into the process, where the loader then finds it by its name. */
function preloadLlama(directory: string): boolean {
  let library: string | undefined;
  try {
    library = readdirSync(directory).find((name) => /^libllama\.(?:.+\.)?so$/u.test(name));
  } catch {
    return false;
  }
  if (library === undefined) return false;
  try {
    const { RTLD_NOW, RTLD_GLOBAL } = constants.dlopen;
    process.dlopen({ exports: {} }, join(directory, library), RTLD_NOW | RTLD_GLOBAL | RTLD_NODELETE);
  } catch {
    // Expected: Node closes what is no addon. NODELETE keeps it in the process nevertheless.
  }
  return true;
}
