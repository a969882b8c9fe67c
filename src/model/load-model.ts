// Loading: checks the file and the options before llama.cpp sees them.
import { open } from "node:fs/promises";
import { resolve } from "node:path";
import { ToolkenError, invalidArgument } from "../errors.js";
import { callNativeAsync } from "../native/call.js";
import { loadAddon } from "../native/load.js";
import { embeddedModel, embeddedOr } from "./embedded.js";
import { Model } from "./model.js";
import { tryModel } from "./model-trial.js";
import { integer } from "../utils/integer.js";

/** More are a mistake; fewer are used where the process may use fewer CPUs. */
const MAX_THREADS = 1024;

export const GPU_CHOICES = ["auto", "cuda", "vulkan", "metal", "cpu"] as const;
export type GpuChoice = (typeof GPU_CHOICES)[number];

export interface LoadModelOptions {
  /** Backend: "auto" takes the best that is installed and finds a device. Default: "auto". */
  readonly gpu?: GpuChoice;
  /** Layers on the GPU: "auto" takes as many as its free memory holds. Default: "auto". */
  readonly gpuLayers?: "auto" | number;
  /** Map the file into memory instead of reading it. Default: true. */
  readonly mmap?: boolean;
  /**
   * Threads of its contexts, never more than the CPUs that the process may use. Default: the physical cores among
   * them.
   */
  readonly threads?: number;
  readonly signal?: AbortSignal;
  /** Called with 0…1 while the file is read. */
  readonly onProgress?: (fraction: number) => void;
}

/**
 * Loads a GGUF model: the path of a file, or "nano" for the embedded one where the package holds it.
 *
 * Throws `FILE_NOT_FOUND`, `FILE_INVALID`, `MODEL_LOAD_FAILED`, `BACKEND_UNAVAILABLE`, `BINARY_NOT_FOUND`,
 * `BINARY_UNFIT`, `ABORTED`, `INVALID_ARGUMENT`.
 *
 * @example
 * await using model = await loadModel("model.gguf", { gpu: "auto" });
 */
export async function loadModel(path: string, options: LoadModelOptions = {}): Promise<Model> {
  if (typeof path !== "string" || path === "") throw invalidArgument("the path of a GGUF file", "path", path);
  const { gpu = "auto", gpuLayers = "auto", mmap = true, threads = 0 } = options;
  if (!GPU_CHOICES.includes(gpu)) throw invalidArgument(`one of ${GPU_CHOICES.join(", ")}`, "gpu", gpu);
  if (gpuLayers !== "auto" && (!Number.isInteger(gpuLayers) || gpuLayers < 0)) {
    throw invalidArgument('"auto" or a number of layers', "gpuLayers", gpuLayers);
  }
  integer(threads, "threads", 0, MAX_THREADS);

  const file = resolve(embeddedOr(path, "model"));
  await checkMagic(file);
  const addon = await loadAddon();
  if (file !== embeddedModel()) await tryModel(file, addon.llamaVersion, options.signal);
  const native = await callNativeAsync(
    addon,
    options.signal,
    (cancel) =>
      addon.loadModel(
        { path: file, gpu, gpuLayers: gpuLayers === "auto" ? -1 : gpuLayers, useMmap: mmap },
        cancel,
        options.onProgress,
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
