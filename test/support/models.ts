// Finds the models that tests run on: the embedded one, and real ones that were fetched into a folder.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { loadModel, type LoadModelOptions, type Model } from "../../src/index.js";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const folders = [process.env.TOOLKEN_MODELS, join(root, ".models")];

function find(file: string): string | undefined {
  for (const folder of folders) {
    if (folder !== undefined && existsSync(join(folder, file))) return join(folder, file);
  }
  return undefined;
}

/** Paths of the models at hand: the embedded one always, real ones where they were fetched. */
export const models = {
  nano: join(root, "models", "nano", "nano-Q8_0.gguf"),
  smollm2: find("SmolLM2-135M-Instruct.Q4_1.gguf"),
  gemma: find("gemma-3-270m-q4_k_m.gguf"),
};

/** One thread: llama.cpp's threads wait for each other by spinning, which other tests would disturb. */
export function loadTestModel(path: string, options: LoadModelOptions = {}): Promise<Model> {
  return loadModel(path, { threads: 1, gpu: "cpu", ...options });
}
