// Names of this platform's packages: ours for the addon, node-llama-cpp's for llama.cpp and its GPU backends.

export interface GpuPackage {
  /** Short name, e.g. "linux-x64-vulkan" of "@node-llama-cpp/linux-x64-vulkan". */
  readonly name: string;
  /** Folder of its libraries, relative to the package. */
  readonly directory: string;
}

export interface PlatformPackages {
  /** Folder under prebuilds/, e.g. "linux-x64". */
  readonly key: string;
  /** Package that would carry our binary, e.g. "@toolken/native-linux-x64". */
  readonly addon: string;
  /** Short name of the package with llama.cpp's libraries, e.g. "linux-x64" of "@node-llama-cpp/linux-x64". */
  readonly llama: string;
  /** GPU packages that exist for this platform, in the order in which they are loaded. */
  readonly gpu: readonly GpuPackage[];
}

const SYSTEMS: Partial<Record<NodeJS.Platform, string>> = { linux: "linux", darwin: "mac", win32: "win" };

export function platformPackages(
  platform: NodeJS.Platform = process.platform,
  arch: string = process.arch,
): PlatformPackages {
  const base = `${SYSTEMS[platform] ?? platform}-${arch === "arm" ? "armv7l" : arch}`;
  return {
    key: `${platform}-${arch}`,
    addon: `@toolken/native-${platform}-${arch}`,
    llama: platform === "darwin" && arch === "arm64" ? `${base}-metal` : base,
    gpu: arch === "x64" && platform !== "darwin" ? gpuPackages(base) : [],
  };
}

function gpuPackages(base: string): GpuPackage[] {
  return [
    { name: `${base}-cuda`, directory: `bins/${base}-cuda` },
    // The same backend for older CUDA drivers; loaded when the first one finds no device.
    { name: `${base}-cuda-ext`, directory: `bins/${base}-cuda/fallback` },
    { name: `${base}-vulkan`, directory: `bins/${base}-vulkan` },
  ];
}
