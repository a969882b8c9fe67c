import { openBinary } from "./open.js";
import type { TrialReport, TrialRequest } from "./trial.js";

/** Opens a binary in this process and reports on it, or why it does not run. */
export function trialReport(request: TrialRequest): TrialReport | { readonly reason: string } {
  try {
    const addon = openBinary(request.binary, request.llamaDirectory);
    addon.init({ backendDirectories: [...request.backendDirectories] });
    const { llamaVersion, physicalCores } = addon;
    return { devices: addon.devices(), llamaVersion, physicalCores };
  } catch (error) {
    return { reason: error instanceof Error ? error.message : String(error) };
  }
}
