// The packages that exist for this platform: which are installed, which are usable, how to get the rest.
import { dirname } from "node:path";
import { type GpuLibraries, type Surroundings, cpuPackageVersion, packageFolder } from "./locate.js";

export interface PackageState {
  readonly name: string;
  readonly purpose: "binary and CPU" | "CPU" | "CUDA" | "CUDA for older drivers" | "Vulkan";
  readonly state: "usable" | "unfit" | "missing";
  /** Why it is unfit. */
  readonly reason?: string;
  /** The command that installs it, when it is not usable. */
  readonly install?: string;
}

/** @param binary the binary in use */
export function packageStates(
  around: Surroundings,
  binary: string | undefined,
  gpu: readonly GpuLibraries[],
): PackageState[] {
  const { platform, version, llamaPackageVersion } = around;
  const own = packageFolder(platform.addon, around);
  const name = own === undefined ? `@node-llama-cpp/${platform.llama}` : platform.addon;
  const inUse = binary !== undefined && (own === undefined || dirname(binary) === own);
  const cpu: PackageState =
    packageFolder(name, around) === undefined
      ? { name, purpose: "CPU", state: "missing", install: `npm install ${name}@${llamaPackageVersion}` }
      : {
          name,
          purpose: own === undefined ? "CPU" : "binary and CPU",
          ...(inUse
            ? { state: "usable" }
            : {
                state: "unfit",
                install: `npm install --force ${name}@${own === undefined ? llamaPackageVersion : version}`,
              }),
        };
  const expected = cpuPackageVersion(around) ?? llamaPackageVersion;
  return [cpu, ...platform.gpu.map((entry) => gpuState(entry.name, gpu, expected))];
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
