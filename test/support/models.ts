// Finds the models that tests run on: the embedded one, and real ones that were fetched into a folder.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import test from "ava";
import { loadModel, type LoadModelOptions, type Model } from "../../src/index.js";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const folders = [process.env.TOOLKEN_MODELS, join(root, ".models")];

function find(file: string): string | undefined {
  for (const folder of folders) {
    if (folder !== undefined && existsSync(join(folder, file))) return join(folder, file);
  }
  return undefined;
}

const nano = join(root, "models", "nano", "nano-Q8_0.gguf");

/** Paths of the models at hand. */
export const models = {
  nano: existsSync(nano) ? nano : undefined,
  smollm2: find("SmolLM2-135M-Instruct.Q4_1.gguf"),
  gemma: find("gemma-3-270m-q4_k_m.gguf"),
};

/** The smallest model at hand: what needs any model runs on it. */
export const anyModel = models.nano ?? models.smollm2;

/** One thread: llama.cpp's threads wait for each other by spinning, which other tests would disturb. */
export function loadTestModel(path: string | undefined, options: LoadModelOptions = {}): Promise<Model> {
  if (path === undefined) {
    throw new Error("No model at hand: fetch one into .models/ or name its folder in TOOLKEN_MODELS");
  }
  return loadModel(path, { threads: 1, gpu: "cpu", ...options });
}

/** `test` where a model is at hand, else `test.skip`: a fresh checkout has none. */
export const modelTest = anyModel === undefined ? test.skip : test;
export const serialModelTest = anyModel === undefined ? test.serial.skip : test.serial;
