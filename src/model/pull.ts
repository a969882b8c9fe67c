// Fetches a model by its name on Hugging Face or Ollama: node-llama-cpp knows the names, and how to resume a download.
import { join, resolve } from "node:path";
import { exists } from "../utils/exists.js";
import { abortError, invalidArgument, ToolkenError } from "../errors.js";
import { callback, nonEmptyString, type Progress, signalField } from "../utils/option-fields.js";
import { defineOptions, type OptionsOf, resolveOptions } from "../utils/options.js";
import { nodeLlamaCpp } from "./peer.js";

export const pullOptions = defineOptions({
  folder: nonEmptyString().default(".models").describe("Folder of the files"),
  ollamaRegistry: nonEmptyString()
    .default("https://registry.ollama.ai")
    .describe("Address of Ollama's registry, or of a mirror"),
  signal: signalField,
  onProgress: callback<(event: Progress<"download">) => void>()
    .optional()
    .describe("Called while the file is downloaded, with bytes"),
});
export type PullOptions = OptionsOf<typeof pullOptions>;

const OLLAMA = "ollama:";

/**
 * Downloads a model, unless it is there, and gives its path.
 *
 * @param name `hf:user/model:Q4_K_M`, `user/model:Q4_K_M` or `user/model/file.gguf` (Hugging Face); `ollama:name:tag`;
 * or the https address of a GGUF file
 * @throws ToolkenError `INVALID_ARGUMENT`, `PACKAGE_MISSING` (node-llama-cpp is not installed), `FILE_NOT_FOUND` (no such
 * model), `IO` (the network does not allow it), `ABORTED`.
 */
export async function pullModel(name: string, given: PullOptions = {}): Promise<string> {
  const { folder, signal, onProgress, ollamaRegistry } = resolveOptions(pullOptions, given, "pullModel");
  const uri = modelUri(name);
  const directory = resolve(folder);
  const peer = await nodeLlamaCpp("Downloads need");
  // Ollama's files are named by digests: the model's name says more, and whether the file is there already.
  const fileName = uri.startsWith(OLLAMA)
    ? `${uri.slice(OLLAMA.length).replaceAll(/[/:]/g, "-")}.gguf`
    : undefined;
  if (fileName !== undefined && (await exists(join(directory, fileName)))) return join(directory, fileName);
  try {
    const source = fileName === undefined ? uri : await ollamaBlob(uri, ollamaRegistry, signal);
    return await peer.resolveModelFile(source, {
      directory,
      cli: false,
      ...(signal === undefined ? {} : { signal }),
      ...(onProgress === undefined
        ? {}
        : {
            onProgress: ({ downloadedSize, totalSize }) => {
              onProgress({ phase: "download", done: downloadedSize, total: totalSize });
            },
          }),
      // What a stopped download has got is there for the next one.
      deleteTempFileOnCancel: false,
      ...(fileName === undefined ? {} : { fileName }),
    });
  } catch (cause) {
    if (signal?.aborted === true) throw abortError(signal);
    throw pullError(name, cause);
  }
}

const HUGGING_FACE = /^[\w.-]+\/[\w.-]+(?:(?::[\w.-]+)|(?:\/[^\s#]+\.gguf(?:#\S+)?))?$/;
const OLLAMA_NAME = /^ollama:(?:[\w.-]+\/)?[\w.-]+(?::[\w.-]+)?$/;

/** @throws `INVALID_ARGUMENT` */
export function modelUri(name: string): string {
  if (typeof name === "string") {
    if (OLLAMA_NAME.test(name)) return name;
    if (/^https:\/\/\S+\.gguf(?:\?\S*)?$/.test(name)) return name;
    const plain = name.replace(/^hf:(?:\/\/)?/, "");
    if (HUGGING_FACE.test(plain)) return `hf:${plain}`;
  }
  throw invalidArgument("the name of a model", "name", name, {
    hint: "Such as hf:user/model:Q4_K_M, user/model/file.gguf, ollama:name:tag, or an https address of a .gguf file.",
  });
}

interface Manifest {
  readonly layers?: readonly { readonly mediaType: string; readonly digest: string }[];
}

/** The address of the GGUF file of `ollama:[namespace/]name[:tag]`, as the registry's manifest gives it. */
async function ollamaBlob(uri: string, registry: string, signal: AbortSignal | undefined): Promise<string> {
  const [path = "", tag = "latest"] = uri.slice(OLLAMA.length).split(":");
  const model = path.includes("/") ? path : `library/${path}`;
  const response = await fetch(`${registry}/v2/${model}/manifests/${tag}`, {
    headers: { accept: "application/vnd.docker.distribution.manifest.v2+json" },
    signal: signal ?? null,
  });
  if (!response.ok) throw new Error(`the registry answered ${response.status}`);
  const { layers = [] } = (await response.json()) as Manifest;
  const digest = layers.find(({ mediaType }) => mediaType === "application/vnd.ollama.image.model")?.digest;
  if (digest === undefined) throw new Error("404: the manifest names no model");
  return `${registry}/v2/${model}/blobs/${digest}`;
}

function pullError(name: string, cause: unknown): ToolkenError {
  if (cause instanceof ToolkenError) return cause;
  const reasons: string[] = [];
  for (let error = cause; error instanceof Error; error = error.cause) reasons.push(error.message);
  const reason = reasons.join(": ") || String(cause);
  if (/\b(?:401|403|404)\b|not exist|not found/i.test(reason) && !reason.includes("ENOTFOUND")) {
    return new ToolkenError("FILE_NOT_FOUND", `Expected a model named ${name} but there is none: ${reason}`, {
      cause,
      hint: "Check user, model and quantization; a gated model needs a token in the variable HF_TOKEN.",
    });
  }
  return new ToolkenError("IO", `Could not fetch ${name}: ${reason}`, {
    cause,
    hint: "Check that the network allows it; a GGUF file that was fetched in another way is given by its path.",
  });
}
