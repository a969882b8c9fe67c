// Finds the package's own folder: this code runs from dist/src/native, the binaries lie beside package.json.
import { readFileSync } from "node:fs";
import { dirname, join, parse } from "node:path";
import { fileURLToPath } from "node:url";
import { ToolkenError } from "../errors.js";
import { unpacked } from "./asar.js";

export const PACKAGE_NAME = "@toolken/native";

export interface PackageFacts {
  /** Absolute path of the folder with package.json. */
  readonly root: string;
  readonly version: string;
  /** The version of node-llama-cpp whose llama.cpp this version was built against. */
  readonly llamaPackageVersion: string;
  /** The versions of llama.cpp's library packages that npm installs with this one. */
  readonly llamaPackages: Readonly<Record<string, string>>;
}

let found: PackageFacts | undefined;

/** The package this file belongs to; `BINARY_NOT_FOUND` when a bundler has moved the code out of it. */
export function packageFacts(): PackageFacts {
  found ??= findPackage(dirname(fileURLToPath(import.meta.url)));
  return found;
}

function findPackage(start: string): PackageFacts {
  for (let folder = start; ; folder = dirname(folder)) {
    const facts = readFacts(folder);
    if (facts !== undefined) return facts;
    if (folder === parse(folder).root) break;
  }
  throw new ToolkenError(
    "BINARY_NOT_FOUND",
    `Expected ${PACKAGE_NAME} above ${start} but found no such package`,
    {
      hint: `Keep ${PACKAGE_NAME} out of the bundle (mark it as external): it loads a native binary.`,
    },
  );
}

function readFacts(folder: string): PackageFacts | undefined {
  let manifest: {
    name?: string;
    version?: string;
    peerDependencies?: Record<string, string>;
    optionalDependencies?: Record<string, string>;
  };
  try {
    manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as typeof manifest;
  } catch {
    return undefined;
  }
  if (manifest.name !== PACKAGE_NAME) return undefined;
  return {
    root: unpacked(folder),
    version: manifest.version ?? "0.0.0",
    llamaPackageVersion: manifest.peerDependencies?.["node-llama-cpp"] ?? "",
    llamaPackages: manifest.optionalDependencies ?? {},
  };
}
