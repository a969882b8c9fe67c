// The child process of model-trial.ts: loads a model without its weights; llama.cpp may abort.
import type { ToolkenError } from "../errors.js";
import { answerParent } from "../native/child.js";
import { loadAddon } from "../native/load.js";
import type { ModelTrialReport, ModelTrialRequest } from "./model-trial.js";

await answerParent(async ({ path }: ModelTrialRequest): Promise<ModelTrialReport> => {
  try {
    (await loadAddon()).tryModel(path);
    return {};
  } catch (error) {
    const { code = "INTERNAL", message } = error as Partial<ToolkenError>;
    return { code, message: message ?? String(error) };
  }
});
