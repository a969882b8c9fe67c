// Loads the addon once per thread, after a child process has shown that its binary runs on this machine.
import { existsSync } from "node:fs";
import { isMainThread } from "node:worker_threads";
import { ToolkenError } from "../errors.js";
import {
  type BinaryCandidate,
  type Environment,
  binaryCandidates,
  gpuLibraries,
  llamaLibraries,
  environment,
} from "./locate.js";
import type { Addon } from "./addon.js";
import type { Attempt } from "./attempt.js";
import { connectLog } from "./log.js";
import { openBinary } from "./open.js";
import { type TrialRequest, type TrialResult, tryBinary } from "./trial.js";
import { advice } from "./advice.js";
import { rememberTrial, rememberedTrial } from "./trial-memory.js";

let loaded: Promise<Addon> | undefined;

/**
 * The addon, with llama.cpp's CPU backends and those of installed GPU packages loaded.
 *
 * Errors: `BINARY_NOT_FOUND` when there is no binary or no llama.cpp for it, `BINARY_INCOMPATIBLE` when one exists
 * and does not run here; the message lists what was tried, the hint says what to do.
 */
export async function loadAddon(): Promise<Addon> {
  loaded ??= findAndLoad(environment()).catch((error: unknown) => {
    // A later call may find what was missing: installed or built meanwhile.
    loaded = undefined;
    throw error;
  });
  return loaded;
}

async function findAndLoad(around: Environment): Promise<Addon> {
  const attempts: Attempt[] = [];
  for (const candidate of binaryCandidates(around)) {
    const outcome = await loadCandidate(candidate, around);
    if ("addon" in outcome) return outcome.addon;
    attempts.push({ ...candidate, ...outcome });
  }
  throw loadError(attempts, around);
}

async function loadCandidate(
  candidate: BinaryCandidate,
  around: Environment,
): Promise<{ addon: Addon } | { result: "missing" | "unfit"; reason: string }> {
  if (!existsSync(candidate.path)) return { result: "missing", reason: "no such file" };
  const prepared = trialRequest(candidate, around);
  if ("reason" in prepared) return { result: "unfit", reason: prepared.reason };

  const verdict = await passedDirectories(prepared);
  if ("reason" in verdict) return { result: "unfit", reason: verdict.reason };
  try {
    const addon = openBinary(candidate.path, prepared.llamaDirectory);
    addon.init({ backendDirectories: verdict.directories });
    connectLog(addon);
    // A worker's exit cancels its own work, natively.
    if (isMainThread) announceExits(addon);
    return { addon };
  } catch (error) {
    return { result: "unfit", reason: error instanceof Error ? error.message : String(error) };
  }
}

/** Tells the addon of the process's end: when its listeners are called, and once more when nothing follows. */
function announceExits(addon: Addon): void {
  process.once("exit", (code) => {
    addon.announceExit(code);
  });
  // What `process.exit()` ends in after its listeners; signal-exit wraps it likewise.
  const ends = process as unknown as { reallyExit?: (code?: number) => never };
  const { reallyExit } = ends;
  if (typeof reallyExit !== "function") return;
  ends.reallyExit = (code) => {
    addon.announceExit(code ?? 0, true);
    return reallyExit.call(process, code);
  };
}

/** What a binary is tried with, or why it can't be: llama.cpp's libraries are missing or of another version. */
export function trialRequest(
  candidate: BinaryCandidate,
  around: Environment,
): TrialRequest | { readonly reason: string } {
  if (candidate.unfit !== undefined) return { reason: candidate.unfit };
  const llama = llamaLibraries(candidate.path, around);
  if (llama === undefined) {
    return {
      reason: `llama.cpp's libraries are missing (neither ${around.platform.addon} nor @node-llama-cpp/${around.platform.llama} has them)`,
    };
  }
  if (llama.unfit !== undefined) return { reason: `${llama.origin} has ${llama.unfit}` };
  const gpu = gpuLibraries(around).filter(({ unfit }) => unfit === undefined);
  return {
    binary: candidate.path,
    llamaDirectory: llama.directory,
    backendDirectories: [llama.directory, ...gpu.map(({ directory }) => directory)],
  };
}

/** The backend folders that load without harm, from memory or by a trial. */
async function passedDirectories(
  request: TrialRequest,
): Promise<{ directories: string[] } | { reason: string }> {
  const remembered = rememberedTrial(request);
  if (remembered !== undefined) return { directories: remembered };

  const { result, directories } = await tryWithAndWithoutGpu(request);
  if (result.fit === false) return { reason: result.reason };
  if (result.fit === true) rememberTrial(request, directories);
  return { directories };
}

/** A GPU driver that crashes must not keep anybody from the CPU: tried with all folders, then with the first. */
export async function tryWithAndWithoutGpu(
  request: TrialRequest,
): Promise<{ result: TrialResult; directories: string[]; gpuReason?: string }> {
  const all = [...request.backendDirectories];
  const result = await tryBinary(request);
  if (result.fit !== false || all.length === 1) return { result, directories: all };

  const cpuOnly = all.slice(0, 1);
  const second = await tryBinary({ ...request, backendDirectories: cpuOnly });
  if (second.fit === true) {
    process.emitWarning(`GPU backends are left out: with them ${result.reason}`, {
      code: "TOOLKEN_GPU_UNFIT",
    });
  }
  return { result: second, directories: cpuOnly, gpuReason: result.reason };
}

function loadError(attempts: readonly Attempt[], around: Environment): ToolkenError {
  const tried = attempts
    .map(({ path, origin, reason }) => `  ${path} (${origin}): ${reason ?? "unfit"}`)
    .join("\n");
  const unfit = attempts.some(({ result }) => result === "unfit");
  return new ToolkenError(
    unfit ? "BINARY_INCOMPATIBLE" : "BINARY_NOT_FOUND",
    `Expected a native binary for ${around.platform.key} but ${unfit ? "none runs here" : "found none"}. Tried:\n${tried}`,
    { hint: advice(attempts, around) },
  );
}
