// The child process of trial.ts: opens a binary, loads its backends and reports what it found on one line.
import { openBinary } from "./open.js";
import { REPORT_MARK, type TrialReport, type TrialRequest } from "./trial.js";

function attempt(request: TrialRequest): TrialReport | { reason: string } {
  try {
    const addon = openBinary(request.binary, request.llamaDirectory);
    addon.init({ backendDirectories: [...request.backendDirectories] });
    const { llamaVersion, physicalCores } = addon;
    return { devices: addon.devices(), llamaVersion, physicalCores };
  } catch (error) {
    return { reason: error instanceof Error ? error.message : String(error) };
  }
}

const request = JSON.parse(process.argv[2] ?? "{}") as TrialRequest;
process.stdout.write(`\n${REPORT_MARK}${JSON.stringify(attempt(request))}\n`);
