// Finds the addon's binary, llama.cpp's libraries and the GPU backends that npm installed.
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, dirname, join, resolve } from "node:path";
import { packageFacts } from "./root.js";
import { type PlatformPackages, platformPackages } from "./platform.js";

export interface BinaryCandidate {
  /** Absolute path of a file toolken.node, whether it exists or not. */
  readonly path: string;
  /** Why it is looked for there, e.g. "TOOLKEN_BINARY" or "prebuilt in the package". */
  readonly origin: string;
}

export interface LlamaLibraries {
  /** Folder with libllama, libggml and the CPU backends. */
  readonly directory: string;
  readonly origin: string;
  /** Version of the npm package, undefined outside of one. */
  readonly packageVersion?: string;
}

export interface GpuLibraries {
  readonly directory: string;
  readonly origin: string;
  /** Why its backends are not loaded, e.g. a package of another version; undefined when they are. */
  readonly unfit?: string;
}

/** Where to look: replaced in tests. */
export interface Surroundings {
  /** The package's root folder. */
  readonly root: string;
  readonly llamaPackageVersion: string;
  /** The program that runs: its packages are looked through too. */
  readonly program: string | undefined;
  readonly env: NodeJS.ProcessEnv;
  readonly platform: PlatformPackages;
}

export function surroundings(): Surroundings {
  const { root, llamaPackageVersion } = packageFacts();
  return {
    root,
    llamaPackageVersion,
    program: process.argv[1],
    env: process.env,
    platform: platformPackages(),
  };
}

/**
 * Binaries in order of preference. TOOLKEN_BINARY is the only candidate when it is set: who names a binary
 * must not silently get another one.
 */
export function binaryCandidates(around: Surroundings): BinaryCandidate[] {
  const { root, env, platform } = around;
  if (env.TOOLKEN_BINARY) return [{ path: resolve(env.TOOLKEN_BINARY), origin: "TOOLKEN_BINARY" }];
  const candidates = [
    { path: currentBuild(root), origin: "built on this machine" },
    { path: join(root, "prebuilds", platform.key, "toolken.node"), origin: "prebuilt in the package" },
  ];
  const addonPackage = packageFolder(platform.addon, around);
  if (addonPackage !== undefined) {
    candidates.push({ path: join(addonPackage, "toolken.node"), origin: platform.addon });
  }
  return candidates;
}

/** scripts/build-native.mjs notes which of several builds (from source, debug) was made last. */
function currentBuild(root: string): string {
  const build = join(root, "build");
  try {
    const { binary } = JSON.parse(readFileSync(join(build, "current.json"), "utf8")) as { binary: string };
    return join(build, binary);
  } catch {
    return join(build, "Release", "toolken.node");
  }
}

/** The libraries that a binary runs with: TOOLKEN_LLAMA_DIR, those built with it, or the platform's package. */
export function llamaLibraries(binary: string, around: Surroundings): LlamaLibraries | undefined {
  const { env, platform } = around;
  if (env.TOOLKEN_LLAMA_DIR)
    return { directory: resolve(env.TOOLKEN_LLAMA_DIR), origin: "TOOLKEN_LLAMA_DIR" };
  for (const directory of [dirname(binary), join(dirname(binary), "..", "bin")]) {
    if (hasLlama(directory)) return { directory, origin: "built with the addon" };
  }
  const name = `@node-llama-cpp/${platform.llama}`;
  const folder = packageFolder(name, around);
  if (folder === undefined) return undefined;
  const directory = join(folder, "bins", platform.llama);
  return existsSync(directory) ? { directory, origin: name, ...version(folder) } : undefined;
}

/** True for a folder with libllama.so, libllama.v0.5.0.so, llama.dll, … (but not libllama-common). */
function hasLlama(directory: string): boolean {
  try {
    return readdirSync(directory).some((name) => /^(?:lib)?llama\.(?:.+\.)?(?:so|dylib|dll)$/u.test(name));
  } catch {
    return false;
  }
}

/** GPU packages that npm installed, then the folders of TOOLKEN_BACKEND_DIRS (a path list). */
export function gpuLibraries(around: Surroundings): GpuLibraries[] {
  const { llamaPackageVersion, env, platform } = around;
  const found: GpuLibraries[] = [];
  for (const { name, directory } of platform.gpu) {
    const origin = `@node-llama-cpp/${name}`;
    const folder = packageFolder(origin, around);
    if (folder === undefined || !existsSync(join(folder, directory))) continue;
    const { packageVersion } = version(folder);
    found.push({
      directory: join(folder, directory),
      origin,
      // Backends share libggml-base with the CPU package: another version would break its binary interface.
      ...(packageVersion === llamaPackageVersion
        ? {}
        : { unfit: `version ${packageVersion ?? "unknown"}, expected ${llamaPackageVersion}` }),
    });
  }
  for (const directory of (env.TOOLKEN_BACKEND_DIRS ?? "").split(delimiter).filter((entry) => entry !== "")) {
    found.push({
      directory: resolve(directory),
      origin: "TOOLKEN_BACKEND_DIRS",
      ...(existsSync(directory) ? {} : { unfit: "the folder does not exist" }),
    });
  }
  return found;
}

/**
 * Folder of an installed package, seen from our package and from the program that runs: with pnpm a GPU
 * package that the user added is not visible from our folder. Undefined when it is not installed, or when it
 * is an empty stand-in under that name.
 */
function packageFolder(name: string, { root, program }: Surroundings): string | undefined {
  const starts = [join(root, "package.json"), program].filter((start) => start !== undefined);
  for (const start of starts) {
    for (const modules of createRequire(resolve(start)).resolve.paths(name) ?? []) {
      const folder = join(modules, name);
      if (manifest(folder)?.name === name) return folder;
    }
  }
  return undefined;
}

function version(folder: string): { packageVersion?: string } {
  const found = manifest(folder)?.version;
  return found === undefined ? {} : { packageVersion: found };
}

function manifest(folder: string): { name?: string; version?: string } | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
      name?: string;
      version?: string;
    };
  } catch {
    return undefined;
  }
}
