// Finds the addon's binary, llama.cpp's libraries and the GPU backends that npm installed.
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, dirname, join, resolve } from "node:path";
import { unpacked } from "./asar.js";
import { hasLlama } from "./library-files.js";
import { LLAMA_PACKAGE_VERSIONS, type PlatformPackages, platformPackages } from "./platform.js";
import { packageFacts } from "./root.js";

export interface BinaryCandidate {
  /** Absolute path of a file toolken.node, whether it exists or not. */
  readonly path: string;
  /** Why it is looked for there, e.g. "TOOLKEN_BINARY" or "built on this machine". */
  readonly origin: string;
  /** Why it can't be used, known without trying it. */
  readonly unfit?: string;
}

export interface LlamaLibraries {
  /** Folder with libllama, libggml and the CPU backends. */
  readonly directory: string;
  readonly origin: string;
  /** Version of the npm package, undefined outside of one. */
  readonly packageVersion?: string;
  /** Why they can't be used; undefined when they can. */
  readonly unfit?: string;
}

export interface GpuLibraries {
  readonly directory: string;
  readonly origin: string;
  /** Why its backends are not loaded, e.g. a package of another version; undefined when they are. */
  readonly unfit?: string;
}

/** Where to look: replaced in tests. */
export interface Environment {
  /** The package's root folder. */
  readonly root: string;
  /** The package's version, which the package of the platform must have too. */
  readonly version: string;
  /** The version of llama.cpp's package that npm installs here; others of LLAMA_PACKAGE_VERSIONS run too. */
  readonly llamaPackageVersion: string;
  /** The program that runs: its packages are looked through too. */
  readonly program: string | undefined;
  readonly env: NodeJS.ProcessEnv;
  readonly platform: PlatformPackages;
}

export function environment(): Environment {
  const { root, version, llamaPackages, llamaPackageVersion } = packageFacts();
  const platform = platformPackages();
  return {
    root,
    version,
    llamaPackageVersion: llamaPackages[`@node-llama-cpp/${platform.llama}`] ?? llamaPackageVersion,
    program: process.argv[1],
    env: process.env,
    platform,
  };
}

/**
 * Binaries in order of preference. TOOLKEN_BINARY is the only candidate when it is set: who names a binary
 * must not silently get another one.
 */
export function binaryCandidates(around: Environment): BinaryCandidate[] {
  const { root, env, platform } = around;
  if (env.TOOLKEN_BINARY) return [{ path: resolve(env.TOOLKEN_BINARY), origin: "TOOLKEN_BINARY" }];
  const candidates: BinaryCandidate[] = [
    { path: currentBuild(root), origin: "built on this machine" },
    {
      path: join(root, "prebuilds", platform.key, "toolken.node"),
      origin: "cross compiled in this checkout",
    },
  ];
  const addonPackage = packageFolder(platform.addon, around);
  if (addonPackage === undefined) return candidates;
  const { packageVersion } = version(addonPackage);
  return [
    ...candidates,
    {
      path: join(addonPackage, "toolken.node"),
      origin: platform.addon,
      ...(packageVersion === around.version
        ? {}
        : {
            unfit: `${platform.addon} has version ${packageVersion ?? "unknown"}, expected ${around.version}`,
          }),
    },
  ];
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

/**
 * The libraries that a binary runs with: TOOLKEN_LLAMA_DIR, those beside it, those of our package for the platform,
 * then node-llama-cpp's package for it.
 */
export function llamaLibraries(binary: string, around: Environment): LlamaLibraries | undefined {
  const { env, platform } = around;
  if (env.TOOLKEN_LLAMA_DIR)
    return { directory: resolve(env.TOOLKEN_LLAMA_DIR), origin: "TOOLKEN_LLAMA_DIR" };
  const addonPackage = packageFolder(platform.addon, around);
  for (const directory of [dirname(binary), join(dirname(binary), "..", "bin")]) {
    if (directory !== addonPackage && hasLlama(directory))
      return { directory, origin: "built with the addon" };
  }
  if (addonPackage !== undefined && hasLlama(addonPackage)) {
    const packageVersion = manifest(addonPackage)?.llamaPackageVersion;
    return {
      directory: addonPackage,
      origin: platform.addon,
      ...(packageVersion === undefined ? {} : { packageVersion }),
    };
  }
  const name = `@node-llama-cpp/${platform.llama}`;
  const folder = packageFolder(name, around);
  if (folder === undefined) return undefined;
  const directory = join(folder, "bins", platform.llama);
  if (!existsSync(directory)) return undefined;
  const { packageVersion } = version(folder);
  return {
    directory,
    origin: name,
    ...(packageVersion === undefined ? {} : { packageVersion }),
    ...(packageVersion === undefined || LLAMA_PACKAGE_VERSIONS.includes(packageVersion)
      ? {}
      : { unfit: `version ${packageVersion}, expected ${LLAMA_PACKAGE_VERSIONS.join(" or ")}` }),
  };
}

/** GPU packages that npm installed, then the folders of TOOLKEN_BACKEND_DIRS (a path list). */
export function gpuLibraries(around: Environment): GpuLibraries[] {
  const { env, platform } = around;
  const expected = cpuPackageVersion(around) ?? around.llamaPackageVersion;
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
      ...(packageVersion === expected
        ? {}
        : { unfit: `version ${packageVersion ?? "unknown"}, expected ${expected}` }),
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

/** node-llama-cpp's version of the installed CPU libraries; GPU packages must have the same. */
export function cpuPackageVersion(around: Environment): string | undefined {
  const addonPackage = packageFolder(around.platform.addon, around);
  const own = addonPackage === undefined ? undefined : manifest(addonPackage)?.llamaPackageVersion;
  if (own !== undefined) return own;
  const folder = packageFolder(`@node-llama-cpp/${around.platform.llama}`, around);
  return folder === undefined ? undefined : version(folder).packageVersion;
}

/**
 * Folder of an installed package, seen from our package and from the program that runs: with pnpm a GPU
 * package that the user added is not visible from our folder. Undefined when it is not installed, or when it
 * is an empty stand-in under that name.
 */
export function packageFolder(name: string, { root, program }: Environment): string | undefined {
  const starts = [join(root, "package.json"), program].filter((start) => start !== undefined);
  for (const start of starts) {
    for (const modules of createRequire(resolve(start)).resolve.paths(name) ?? []) {
      const folder = join(modules, name);
      if (manifest(folder)?.name === name) return unpacked(folder);
    }
  }
  return undefined;
}

function version(folder: string): { packageVersion?: string } {
  const found = manifest(folder)?.version;
  return found === undefined ? {} : { packageVersion: found };
}

interface Manifest {
  name?: string;
  version?: string;
  /** In our packages of a platform: the version of node-llama-cpp that their libraries are from. */
  llamaPackageVersion?: string;
}

function manifest(folder: string): Manifest | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
  } catch {
    return undefined;
  }
}
