// Tries a binary in a child process before this one trusts it: a crash while loading must not take Node down.
import type { NativeDevice as Device } from "./addon.js";
import { runChild } from "./child.js";

export interface TrialRequest {
  readonly binary: string;
  readonly llamaDirectory: string | undefined;
  /** llama.cpp's own folder first, then those of GPU backends. */
  readonly backendDirectories: readonly string[];
}

export interface TrialReport {
  readonly devices: readonly Device[];
  readonly llamaVersion: string;
  readonly physicalCores: number;
}

export type TrialResult =
  | { readonly fit: true; readonly report: TrialReport }
  | { readonly fit: false; readonly reason: string }
  /** No child process could be started here, so nothing is known about the binary. */
  | { readonly fit: undefined; readonly reason: string };

// A first start of a GPU driver may compile shaders for many seconds.
const TIME_LIMIT_MS = 120_000;

export async function tryBinary(request: TrialRequest, timeLimit = TIME_LIMIT_MS): Promise<TrialResult> {
  const program = new URL("./trial-child.js", import.meta.url);
  const result = await runChild<TrialReport | { reason: string }>(program, request, { timeLimit });
  if ("unstarted" in result) return { fit: undefined, reason: result.unstarted.message };
  if ("report" in result) {
    const { report } = result;
    return "devices" in report ? { fit: true, report } : { fit: false, reason: report.reason };
  }
  return { fit: false, reason: endReason(result, timeLimit) };
}

function endReason(
  {
    exitCode,
    signal,
    complaint,
  }: { readonly exitCode: number | null; readonly signal: NodeJS.Signals | null; readonly complaint: string },
  timeLimit: number,
): string {
  const said = complaint === "" ? "" : `: ${complaint}`;
  if (signal === "SIGKILL") return `it did not answer within ${timeLimit / 1000} s, or was killed${said}`;
  if (signal === "SIGILL") return `it uses CPU instructions that this machine does not have (SIGILL)${said}`;
  if (signal !== null) return `it crashed a process that loaded it (${signal})${said}`;
  return `a process that loaded it ended with exit code ${exitCode ?? "unknown"}${said}`;
}
