// Names of this platform's packages: ours for the addon, node-llama-cpp's for llama.cpp and its GPU backends.

/**
 * Versions of node-llama-cpp's library packages that the binary runs with: llama.cpp v0.4.0 and v0.5.0, whose C
 * interfaces agree in everything that is used. docs/install.md tells how that is checked.
 */
export const LLAMA_PACKAGE_VERSIONS: readonly string[] = ["3.21.1", "3.22.1"];

/** Platforms that a binary is published for. */
export const PREBUILT_PLATFORMS: readonly string[] = [
  "linux-x64",
  "linux-arm64",
  "darwin-arm64",
  "darwin-x64",
  "win32-x64",
];

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
  /** True on a Linux with another C library than glibc (Alpine). */
  readonly musl: boolean;
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
    musl: platform === "linux" && platform === process.platform && !hasGlibc(),
    llama: platform === "darwin" && arch === "arm64" ? `${base}-metal` : base,
    gpu: arch === "x64" && platform !== "darwin" ? gpuPackages(base) : [],
  };
}

function hasGlibc(): boolean {
  const { header } = process.report.getReport() as unknown as { header: { glibcVersionRuntime?: string } };
  return header.glibcVersionRuntime !== undefined;
}

function gpuPackages(base: string): GpuPackage[] {
  return [
    { name: `${base}-cuda`, directory: `bins/${base}-cuda` },
    // The same backend for older CUDA drivers; loaded when the first one finds no device.
    { name: `${base}-cuda-ext`, directory: `bins/${base}-cuda/fallback` },
    { name: `${base}-vulkan`, directory: `bins/${base}-vulkan` },
  ];
}
