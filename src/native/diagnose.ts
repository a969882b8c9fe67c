// `toolken doctor`: everything that decides whether the addon runs here, and what to do when it does not.
import { existsSync } from "node:fs";
import { availableParallelism, cpus, freemem, totalmem } from "node:os";
import { advice } from "./advice.js";
import type { Attempt } from "./attempt.js";
import { trialRequest, tryWithAndWithoutGpu } from "./load.js";
import { type PackageState, packageStates } from "./packages.js";
import {
  type GpuLibraries,
  type LlamaLibraries,
  type Environment,
  binaryCandidates,
  cpuPackageVersion,
  gpuLibraries,
  llamaLibraries,
  environment,
} from "./locate.js";
import type { NativeDevice as Device } from "./addon.js";
import { packageFacts } from "./root.js";
import type { TrialReport } from "./trial.js";
import { trialReport } from "./trial-report.js";

export interface Diagnosis {
  /** True when a model can be loaded here, at least on the CPU. */
  readonly ok: boolean;
  readonly versions: { readonly toolken: string; readonly node: string; readonly llama?: string };
  readonly machine: {
    /** e.g. "linux-x64" */
    readonly platform: string;
    readonly cpu: string;
    readonly logicalCores: number;
    /** Cores that decoding uses by default; undefined without a binary that runs. */
    readonly physicalCores?: number;
    /** Bytes. */
    readonly memoryFree: number;
    readonly memoryTotal: number;
  };
  /** Every place where a binary was looked for; the first that is fit is the one in use. */
  readonly binaries: readonly Attempt[];
  readonly llama?: LlamaLibraries;
  readonly gpu: readonly GpuLibraries[];
  /** The packages with binaries and libraries that exist for this platform. */
  readonly packages: readonly PackageState[];
  readonly devices: readonly Device[];
  /** What would help, the most needed first. */
  readonly advice: readonly string[];
}

/** Tries every binary in a child process, without what earlier trials have left in the cache. Never throws for a broken set-up. */
export async function diagnose(around: Environment = environment()): Promise<Diagnosis> {
  const binaries: Attempt[] = [];
  const todo: string[] = [];
  let used: { path: string; report: TrialReport } | undefined;
  for (const candidate of binaryCandidates(around)) {
    if (!existsSync(candidate.path)) {
      binaries.push({ ...candidate, result: "missing", reason: "no such file" });
      continue;
    }
    const request = trialRequest(candidate, around);
    if ("reason" in request) {
      binaries.push({ ...candidate, result: "unfit", reason: request.reason });
      continue;
    }
    const { result, gpuReason } = await tryWithAndWithoutGpu(request);
    // Where no process can be started, a binary is loaded without a trial.
    const report =
      result.fit === true ? result.report : result.fit === undefined ? trialReport(request) : result;
    if ("reason" in report) {
      binaries.push({ ...candidate, result: "unfit", reason: report.reason });
      continue;
    }
    binaries.push({ ...candidate, result: "fit" });
    if (used !== undefined) continue;
    used = { path: candidate.path, report };
    if (gpuReason !== undefined)
      todo.push(`GPU backends are left out, with them ${gpuReason}: update the GPU's driver.`);
  }

  const gpu = gpuLibraries(around);
  if (used === undefined) todo.push(advice(binaries, around));
  todo.push(...gpuAdvice(gpu, used?.report.devices ?? [], around));
  const llama = llamaLibraries(used?.path ?? binaries[0]?.path ?? around.root, around);
  return {
    ok: used !== undefined,
    versions: {
      toolken: packageFacts().version,
      node: process.versions.node,
      ...(used === undefined ? {} : { llama: used.report.llamaVersion }),
    },
    machine: {
      platform: around.platform.key,
      cpu: cpus()[0]?.model.trim() ?? "unknown",
      logicalCores: availableParallelism(),
      ...(used === undefined ? {} : { physicalCores: used.report.physicalCores }),
      memoryFree: freemem(),
      memoryTotal: totalmem(),
    },
    binaries,
    ...(llama === undefined ? {} : { llama }),
    gpu,
    packages: packageStates(around, binaries, gpu),
    devices: used?.report.devices ?? [],
    advice: todo,
  };
}

function gpuAdvice(gpu: readonly GpuLibraries[], devices: readonly Device[], around: Environment): string[] {
  const { platform } = around;
  const version = cpuPackageVersion(around) ?? around.llamaPackageVersion;
  const unfit = gpu.filter((libraries) => libraries.unfit !== undefined);
  const todo = unfit.map(({ origin, unfit: reason }) =>
    origin.startsWith("@")
      ? `${origin}: ${reason ?? "unfit"}; run \`npm install ${origin}@${version}\`.`
      : `${origin}: ${reason ?? "unfit"}.`,
  );
  const hasGpu = devices.some(({ type }) => type === "gpu" || type === "integrated");
  if (hasGpu) return todo;
  if (gpu.length > unfit.length) {
    todo.push(
      "GPU backends are installed, but find no device: check the driver (`nvidia-smi`, `vulkaninfo --summary`).",
    );
  } else if (platform.gpu.length > 0 && unfit.length === 0) {
    const names = platform.gpu.map(({ name }) => name).filter((name) => !name.endsWith("-ext"));
    const commands = names.map((name) => `\`npm install @node-llama-cpp/${name}@${version}\``);
    todo.push(`For a GPU: ${commands.join(" or ")}.`);
  }
  return todo;
}
