// Tries a binary in a child process before this one trusts it: a crash while loading must not take Node down.
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { NativeDevice as Device } from "./addon.js";

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

/** The child marks its one line: drivers print to standard output too. */
export const REPORT_MARK = "toolken-trial:";

// A first start of a GPU driver may compile shaders for many seconds.
const TIME_LIMIT_MS = 120_000;
const LONGEST_OUTPUT = 2_000;

export async function tryBinary(request: TrialRequest, timeLimit = TIME_LIMIT_MS): Promise<TrialResult> {
  const program = fileURLToPath(new URL("./trial-child.js", import.meta.url));
  const env: NodeJS.ProcessEnv = { ...process.env, ELECTRON_RUN_AS_NODE: "1" };
  // Loaders and debuggers of this process are not part of the trial.
  delete env.NODE_OPTIONS;
  return new Promise((resolve) => {
    let child;
    try {
      child = spawn(process.execPath, [program, JSON.stringify(request)], {
        env,
        stdio: ["ignore", "pipe", "pipe"],
        timeout: timeLimit,
        killSignal: "SIGKILL",
        windowsHide: true,
      });
    } catch (error) {
      resolve({ fit: undefined, reason: reasonOf(error) });
      return;
    }
    let output = "";
    let complaints = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
    child.stderr
      .setEncoding("utf8")
      .on("data", (text: string) => (complaints = (complaints + text).slice(-LONGEST_OUTPUT)));
    child.on("error", (error) => {
      resolve({ fit: undefined, reason: reasonOf(error) });
    });
    child.on("close", (exitCode, signal) => {
      const report = parseReport(output);
      if (report !== undefined && "devices" in report) resolve({ fit: true, report });
      else if (report !== undefined) resolve({ fit: false, reason: report.reason });
      else resolve({ fit: false, reason: endReason(exitCode, signal, complaints, timeLimit) });
    });
  });
}

function parseReport(output: string): TrialReport | { reason: string } | undefined {
  const line = output.split("\n").find((entry) => entry.startsWith(REPORT_MARK));
  if (line === undefined) return undefined;
  return JSON.parse(line.slice(REPORT_MARK.length)) as TrialReport | { reason: string };
}

function endReason(
  exitCode: number | null,
  signal: NodeJS.Signals | null,
  complaints: string,
  timeLimit: number,
): string {
  const last = complaints.trim().split("\n").at(-1) ?? "";
  const said = last === "" ? "" : `: ${last}`;
  if (signal === "SIGKILL") return `it did not answer within ${timeLimit / 1000} s, or was killed${said}`;
  if (signal === "SIGILL") return `it uses CPU instructions that this machine does not have (SIGILL)${said}`;
  if (signal !== null) return `it crashed a process that loaded it (${signal})${said}`;
  return `a process that loaded it ended with exit code ${exitCode ?? "unknown"}${said}`;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
