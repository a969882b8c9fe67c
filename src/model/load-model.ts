// Loading: checks the file and the options before llama.cpp sees them.
import { open } from "node:fs/promises";
import { resolve } from "node:path";
import { z } from "zod";
import { ToolkenError, invalidArgument } from "../errors.js";
import { callNativeAsync } from "../native/call.js";
import { loadAddon } from "../native/load.js";
import { embeddedModel, embeddedOr } from "./embedded.js";
import { Model } from "./model.js";
import { tryModel } from "./model-trial.js";
import { callback, integerField, type Progress, signalField, threadsField } from "../utils/option-fields.js";
import { defineOptions, type OptionsOf, resolveOptions } from "../utils/options.js";

export const GPU_CHOICES = ["auto", "cuda", "vulkan", "metal", "cpu"] as const;
export type GpuChoice = (typeof GPU_CHOICES)[number];

export const modelFields = {
  gpu: z
    .enum(GPU_CHOICES)
    .default("auto")
    .describe("Backend; auto: the best one installed that finds a device"),
  gpuLayers: z
    .union([z.literal("auto"), integerField(0)])
    .default("auto")
    .describe("Layers on the GPU; auto: as many as its free memory holds"),
  threads: threadsField,
};

export const loadModelOptions = defineOptions({
  ...modelFields,
  mmap: z.boolean().default(true).describe("Map the file into memory instead of reading it"),
  signal: signalField,
  onProgress: callback<(event: Progress<"load">) => void>()
    .optional()
    .describe("Called while the file is read; total is 1"),
});
export type LoadModelOptions = OptionsOf<typeof loadModelOptions>;

/**
 * Loads a GGUF model: the path of a file, or "nano" for the embedded one where the package holds it.
 *
 * Throws `FILE_NOT_FOUND`, `FILE_INVALID`, `MODEL_LOAD_FAILED`, `BACKEND_UNAVAILABLE`, `BINARY_NOT_FOUND`,
 * `BINARY_INCOMPATIBLE`, `ABORTED`, `INVALID_ARGUMENT`.
 *
 * @example
 * await using model = await loadModel("model.gguf", { gpu: "auto" });
 */
export async function loadModel(path: string, given: LoadModelOptions = {}): Promise<Model> {
  if (typeof path !== "string" || path === "") throw invalidArgument("the path of a GGUF file", "path", path);
  const options = resolveOptions(loadModelOptions, given, "loadModel");
  const { gpu, gpuLayers, mmap, threads = 0, signal, onProgress } = options;

  const file = resolve(embeddedOr(path, "model"));
  await checkMagic(file);
  const addon = await loadAddon();
  if (file !== embeddedModel()) await tryModel(file, addon.llamaVersion, signal);
  const native = await callNativeAsync(
    addon,
    signal,
    (cancel) =>
      addon.loadModel(
        { path: file, gpu, gpuLayers: gpuLayers === "auto" ? -1 : gpuLayers, useMmap: mmap },
        cancel,
        onProgress &&
          ((done) => {
            onProgress({ phase: "load", done, total: 1 });
          }),
      ),
    gpu === "auto" || gpu === "cpu" ? undefined : `Run \`toolken doctor\` to see which devices there are.`,
  );
  return new Model(addon, native, file, threads);
}

const MAGIC = "GGUF";

export async function checkMagic(path: string): Promise<void> {
  let start: Buffer;
  try {
    await using file = await open(path, "r");
    start = Buffer.alloc(MAGIC.length);
    await file.read(start, 0, MAGIC.length, 0);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") {
      throw new ToolkenError("FILE_NOT_FOUND", `Expected a GGUF file at ${path} but found none`, { cause });
    }
    throw new ToolkenError("IO", `Expected to read ${path}`, { cause });
  }
  if (start.toString("latin1") !== MAGIC) {
    throw new ToolkenError(
      "FILE_INVALID",
      `Expected a GGUF file at ${path} but it begins with ${JSON.stringify(start.toString("latin1"))}`,
      { hint: "Other formats are converted to GGUF with llama.cpp's convert_hf_to_gguf.py." },
    );
  }
}
