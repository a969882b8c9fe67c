// Names of llama.cpp's libraries: they carry its version, and on Apple silicon the GPU's interface.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { ToolkenError } from "../errors.js";

const LIBRARIES = ["ggml-base", "ggml", "llama"] as const;

/**
 * Paths of ggml-base, ggml and llama in the folder, in this order, e.g. libllama.v0.5.0.so,
 * libllama.metal.v0.4.0.dylib, llama.v0.4.0.dll. Errors: `BINARY_INCOMPATIBLE` with the libraries that are missing.
 */
export function libraryFiles(directory: string): string[] {
  const names = listed(directory);
  const files = LIBRARIES.map((library) => names.find((name) => isLibrary(name, library)));
  const missing = LIBRARIES.filter((_, index) => files[index] === undefined);
  if (missing.length > 0) {
    throw new ToolkenError(
      "BINARY_INCOMPATIBLE",
      `Expected llama.cpp's libraries in ${directory} but ${missing.join(", ")} ${missing.length > 1 ? "are" : "is"} missing`,
    );
  }
  return files.map((name) => join(directory, name ?? ""));
}

/** True for a folder with libllama under any of its names. */
export function hasLlama(directory: string): boolean {
  return listed(directory).some((name) => isLibrary(name, "llama"));
}

// Not libllama-common.so: after the name comes a dot.
function isLibrary(name: string, library: string): boolean {
  return new RegExp(`^(?:lib)?${library}\\.(?:.+\\.)?(?:so|dylib|dll)$`, "u").test(name);
}

function listed(directory: string): string[] {
  try {
    return readdirSync(directory).sort();
  } catch {
    return [];
  }
}
