// `toolken build`: compiles the addon inside the installed package, for machines without a fitting binary.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { ToolkenError, abortError, throwIfAborted } from "../errors.js";
import { packageFacts } from "./root.js";

export interface BuildOptions {
  /** Build llama.cpp from its bundled sources too, for this machine's CPU. Default: use the prebuilt libraries. */
  readonly source?: boolean;
  /** From source, with the CUDA backend (needs the CUDA toolkit). */
  readonly cuda?: boolean;
  /** From source, with the Vulkan backend (needs the Vulkan SDK). */
  readonly vulkan?: boolean;
  /** From source, with CPU code for every machine instead of only this one. */
  readonly portable?: boolean;
  /** Debug symbols, no optimisation. */
  readonly debug?: boolean;
  /** More CMake settings, e.g. `{ CMAKE_CUDA_ARCHITECTURES: "90" }`. */
  readonly cmake?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/**
 * Runs scripts/build-native.mjs; its output goes to standard error. Missing build tools (cmake-js, headers,
 * llama.cpp's sources) come from npm into the package's own build folder.
 *
 * Errors: `BINARY_NOT_FOUND` when the build fails, `ABORTED`.
 */
export async function buildFromSource(options: BuildOptions = {}): Promise<void> {
  const { signal } = options;
  throwIfAborted(signal);
  const { root } = packageFacts();
  const script = join(root, "scripts", "build-native.mjs");
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    const child = spawn(process.execPath, [script, ...buildArguments(options)], {
      cwd: root,
      // Standard output belongs to the command's own result (--json).
      stdio: ["ignore", 2, 2],
      ...(signal === undefined ? {} : { signal }),
    });
    child.on("error", (cause) => {
      reject(
        signal?.aborted
          ? abortError(signal)
          : new ToolkenError("BINARY_NOT_FOUND", `The build could not be started: ${cause.message}`, {
              cause,
            }),
      );
    });
    child.on("close", resolve);
  });
  throwIfAborted(signal);
  if (exitCode !== 0) {
    throw new ToolkenError("BINARY_NOT_FOUND", `The build ended with exit code ${exitCode ?? "unknown"}`, {
      hint: "The messages above name the cause; CMake 3.21, a C++20 compiler and git are needed.",
    });
  }
}

/** Arguments of scripts/build-native.mjs. */
export function buildArguments(options: BuildOptions): string[] {
  const flags = (["source", "cuda", "vulkan", "portable", "debug"] as const).filter((name) => options[name]);
  const settings = Object.entries(options.cmake ?? {}).map(([name, value]) => `-D${name}=${value}`);
  return [
    "--install",
    ...flags.map((name) => `--${name}`),
    ...(settings.length > 0 ? ["--", ...settings] : []),
  ];
}
