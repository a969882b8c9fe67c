// The language model that comes with the package: everything runs at once, offline.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { ToolkenError } from "../errors.js";
import { packageFacts } from "../native/root.js";

/** The name that `loadModel`, `ToolHead.load`, `Reranker.load`, `prompts` and the flags of the same names know. */
export const EMBEDDED_MODEL = "nano";

const files = {
  model: "nano-Q8_0.gguf",
  head: "nano-head.safetensors",
  reranker: "nano-reranker.safetensors",
  prompts: "prompts",
} as const;

function pathOf(part: keyof typeof files): string {
  return join(packageFacts().root, "models", EMBEDDED_MODEL, files[part]);
}

/**
 * `path`, or the embedded model's own file or folder where the path is "nano" ("./nano" names a file in the
 * working directory). Throws `FILE_NOT_FOUND` when the package was built without it.
 */
export function embeddedOr(path: string, part: keyof typeof files): string {
  if (path !== EMBEDDED_MODEL) return path;
  const embedded = pathOf(part);
  if (existsSync(embedded)) return embedded;
  throw new ToolkenError("FILE_NOT_FOUND", `Expected the embedded ${part} ${EMBEDDED_MODEL} at ${embedded}`, {
    hint: "Install the package again, or name a path.",
  });
}

/** Absolute path of the embedded model, whether it is there or not. */
export function embeddedModel(): string {
  return pathOf("model");
}

/** The prompts that a model has by itself: the embedded one was trained for its own. */
export function promptsOf(model: { readonly path: string }): string | undefined {
  return model.path === embeddedModel() ? EMBEDDED_MODEL : undefined;
}
