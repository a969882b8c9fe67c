// The child process of trial.ts: opens a binary, loads its backends and reports what it found.
import { answerParent } from "./child.js";
import { trialReport } from "./trial-report.js";

await answerParent(trialReport);
