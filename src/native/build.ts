// `toolken build`: compiles the addon inside the installed package, for machines without a fitting binary.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { z } from "zod";
import { ToolkenError, abortError, throwIfAborted } from "../errors.js";
import { signalField } from "../utils/option-fields.js";
import { defineOptions, type OptionsOf, resolveOptions } from "../utils/options.js";
import { packageFacts } from "./root.js";

const flag = z.boolean().default(false);

export const buildFields = {
  source: flag.describe("Build llama.cpp from its sources too, for this machine's CPU"),
  cuda: flag.describe("From source, with CUDA (needs the CUDA toolkit)"),
  vulkan: flag.describe("From source, with Vulkan (needs the Vulkan SDK)"),
  portable: flag.describe("From source, for every CPU instead of only this one"),
  debug: flag.describe("Debug symbols, no optimisation"),
};

const buildOptions = defineOptions({
  ...buildFields,
  cmake: z
    .record(z.string(), z.string())
    .optional()
    .describe('More CMake settings, e.g. `{ CMAKE_CUDA_ARCHITECTURES: "90" }`'),
  signal: signalField,
});
export type BuildOptions = OptionsOf<typeof buildOptions>;

/**
 * Runs scripts/build-native.mjs; its output goes to standard error. Missing build tools (cmake-js, headers,
 * llama.cpp's sources) come from npm into the package's own build folder.
 *
 * @throws `INVALID_ARGUMENT`, `BINARY_NOT_FOUND` when the build fails, `ABORTED`.
 */
export async function buildFromSource(given: BuildOptions = {}): Promise<void> {
  const options = resolveOptions(buildOptions, given, "buildFromSource");
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
