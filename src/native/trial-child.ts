// The child process of trial.ts: opens a binary, loads its backends and reports what it found.
import { answerParent } from "./child.js";
import { openBinary } from "./open.js";
import type { TrialReport, TrialRequest } from "./trial.js";

await answerParent((request: TrialRequest): TrialReport | { reason: string } => {
  try {
    const addon = openBinary(request.binary, request.llamaDirectory);
    addon.init({ backendDirectories: [...request.backendDirectories] });
    const { llamaVersion, physicalCores } = addon;
    return { devices: addon.devices(), llamaVersion, physicalCores };
  } catch (error) {
    return { reason: error instanceof Error ? error.message : String(error) };
  }
});
