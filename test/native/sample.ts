// Stand-ins for binaries and installed packages: any file that `require` takes can play the addon.
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Environment } from "../../src/native/locate.js";
import { platformPackages } from "../../src/native/platform.js";

/** Of node-llama-cpp's packages. */
export const VERSION = "3.22.1";
/** Of ours. */
export const OWN_VERSION = "0.1.0";

export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), "toolken-native-"));
}

export function write(path: string, content = ""): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  return path;
}

export function surroundingsIn(
  root: string,
  env: NodeJS.ProcessEnv = {},
  platform = platformPackages("linux", "x64"),
): Environment {
  return {
    root,
    version: OWN_VERSION,
    llamaPackageVersion: VERSION,
    program: undefined,
    env,
    platform,
  };
}

/** Writes node_modules/<name> under `root`, with the given files in it. */
export function install(
  root: string,
  name: string,
  version: string,
  files: string[] = [],
  fields: Record<string, string> = {},
): string {
  const folder = join(root, "node_modules", name);
  write(join(folder, "package.json"), JSON.stringify({ name, version, ...fields }));
  for (const file of files) write(join(folder, file));
  return folder;
}

/** An addon in JavaScript; `init` is the body of its init function. */
export function fakeAddon(folder: string, init = "", name = "fake.cjs"): string {
  return write(
    join(folder, name),
    `exports.open = () => {};
     exports.init = ({ backendDirectories }) => { ${init} };
     exports.devices = () => [{ name: "CPU", description: "fake", backend: "cpu", type: "cpu", memoryFree: 1, memoryTotal: 2 }];
     exports.announceExit = () => {};
     exports.llamaVersion = "v0";
     exports.physicalCores = 1;`,
  );
}

/** Empty files with the names of llama.cpp's libraries. */
export function fakeLibraries(folder: string): string {
  for (const library of ["ggml-base", "ggml", "llama"]) write(join(folder, `lib${library}.so`));
  return folder;
}
