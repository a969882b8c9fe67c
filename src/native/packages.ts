// The packages that exist for this platform: which are installed, which are usable, how to get the rest.
import type { Attempt } from "./attempt.js";
import { type GpuLibraries, type Environment, cpuPackageVersion, packageFolder } from "./locate.js";

export interface PackageState {
  readonly name: string;
  readonly purpose:
    | "binary and CPU"
    | "binary, CPU and Metal"
    | "CPU"
    | "CPU and Metal"
    | "CUDA"
    | "CUDA for older drivers"
    | "Vulkan";
  readonly state: "usable" | "unfit" | "missing";
  /** Why it is unfit. */
  readonly reason?: string;
  /** The command that installs it, when it is not usable. */
  readonly install?: string;
}

/** @param binaries what became of each binary */
export function packageStates(
  around: Environment,
  binaries: readonly Attempt[],
  gpu: readonly GpuLibraries[],
): PackageState[] {
  const { platform, version, llamaPackageVersion } = around;
  const own = packageFolder(platform.addon, around);
  const name = own === undefined ? `@node-llama-cpp/${platform.llama}` : platform.addon;
  // With TOOLKEN_BINARY the package's own binary is not tried.
  const tried = own === undefined ? binaries : binaries.filter(({ origin }) => origin === name);
  const usable = tried.some(({ result }) => result === "fit") || (own !== undefined && tried.length === 0);
  const cpu: PackageState =
    packageFolder(name, around) === undefined
      ? {
          name,
          purpose: cpuPurpose(platform.llama, false),
          state: "missing",
          install: `npm install ${name}@${llamaPackageVersion}`,
        }
      : {
          name,
          purpose: cpuPurpose(platform.llama, own !== undefined),
          ...(usable
            ? { state: "usable" }
            : {
                state: "unfit",
                install: `npm install --force ${name}@${own === undefined ? llamaPackageVersion : version}`,
              }),
        };
  const expected = cpuPackageVersion(around) ?? llamaPackageVersion;
  return [cpu, ...platform.gpu.map((entry) => gpuState(entry.name, gpu, expected))];
}

function cpuPurpose(llama: string, hasBinary: boolean): PackageState["purpose"] {
  if (llama.endsWith("-metal")) return hasBinary ? "binary, CPU and Metal" : "CPU and Metal";
  return hasBinary ? "binary and CPU" : "CPU";
}

function gpuState(short: string, gpu: readonly GpuLibraries[], version: string): PackageState {
  const name = `@node-llama-cpp/${short}`;
  const purpose = short.endsWith("-vulkan")
    ? "Vulkan"
    : short.endsWith("-ext")
      ? "CUDA for older drivers"
      : "CUDA";
  const install = `npm install ${name}@${version}`;
  const installed = gpu.find(({ origin }) => origin === name);
  if (installed === undefined) return { name, purpose, state: "missing", install };
  if (installed.unfit === undefined) return { name, purpose, state: "usable" };
  return { name, purpose, state: "unfit", reason: installed.unfit, install };
}
