// The language model that comes with the package: everything runs at once, offline.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { packageFacts } from "../native/root.js";

/** The name that {@link loadModel} and `--model` know. */
export const EMBEDDED_MODEL = "nano";

/** Files of the embedded model; undefined for one that the package does not hold. */
export function embeddedModel(): { readonly model: string | undefined; readonly head: string | undefined } {
  const folder = join(packageFacts().root, "models", EMBEDDED_MODEL);
  const file = (name: string): string | undefined => {
    const path = join(folder, name);
    return existsSync(path) ? path : undefined;
  };
  return { model: file("nano-Q8_0.gguf"), head: file("nano-head.safetensors") };
}
