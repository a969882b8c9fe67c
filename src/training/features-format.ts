import { z } from "zod";
import type { TrainingProblem } from "../examples/example.js";
import { assertFormat, type FileFormat, formatMetadata } from "../head/file-format.js";
import { modelSchema, readMetadata } from "../head/matrix-file.js";
import type { HeadModelFacts } from "../head/model-identity.js";
import type { SafetensorsFile } from "../head/safetensors.js";
import { invalidFile, shown } from "../utils/file-error.js";

const FORMAT: FileFormat = {
  format: "toolken.features",
  version: "1",
  content: "features",
  versionHint:
    "The features were written by another version of the library: delete the file and train again.",
};

const infoSchema = z.object({
  tools: z.array(z.string().min(1)).refine((tools) => new Set(tools).size === tools.length),
  model: modelSchema.unwrap(),
  texts: z.int().nonnegative(),
  // The last texts are generations of the model; origins[i] is the example whose question text i answers.
  origins: z.array(z.int().nonnegative()),
  tokens: z.int().nonnegative(),
  corpus: z.string(),
  prefix: z.string(),
  includeQuestion: z.boolean(),
  chat: z.boolean(),
  problems: z.array(z.object({ file: z.string(), line: z.int(), reason: z.string() })),
});

/** The metadata of a feature file. */
export interface FeaturesInfo {
  /** Tool names; their order is that of the targets. */
  readonly tools: readonly string[];
  readonly model: HeadModelFacts;
  /** Number of examples, including those without steps. */
  readonly texts: number;
  /** For each generated text (the last ones): the example whose question it answers. */
  readonly origins: readonly number[];
  /** Tokens of the forward pass. */
  readonly tokens: number;
  /** SHA-256 over examples, prompt and settings. */
  readonly corpus: string;
  /** The text before every example. */
  readonly prefix: string;
  readonly includeQuestion: boolean;
  readonly chat: boolean;
  /** Examples without steps, and why. */
  readonly problems: readonly TrainingProblem[];
}

/** The file's metadata: a JSON object of strings, as the native writer takes it. */
export function featuresMetadata(info: FeaturesInfo): string {
  return JSON.stringify({
    ...formatMetadata(FORMAT),
    info: JSON.stringify(info),
  });
}

export function readInfo(file: SafetensorsFile): FeaturesInfo {
  assertFormat(file, FORMAT);
  return readMetadata(file, "info", infoSchema);
}

/** @returns N */
export function checkTensors(file: SafetensorsFile, info: FeaturesInfo): number {
  const [count = -1] = file.facts("h").shape;
  const d = info.model.embeddingLength;
  const check = (name: string, dtype: string, shape: readonly number[]): void => {
    const facts = file.facts(name);
    if (facts.dtype !== dtype || !sameItems(facts.shape, shape)) {
      const found = `${facts.dtype} ${shown(facts.shape)}`;
      throw invalidFile(file.path, `${name} of ${dtype} ${shown(shape)}`, found);
    }
  };
  check("h", "F32", [count, d]);
  for (const name of ["lse", "target_logit", "best_logit"]) check(name, "F32", [count]);
  for (const name of ["target", "text", "position"]) check(name, "I32", [count]);
  const top = topTokensOf(file);
  if (top > 0) {
    check("top_token", "I32", [count, top]);
    check("top_logit", "F32", [count, top]);
    check("entropy", "F32", [count]);
  }
  return count;
}

/** m: the number of stored best tokens per step. */
export function topTokensOf(file: SafetensorsFile): number {
  return file.tensors.get("top_token")?.shape[1] ?? 0;
}

export function sameItems<T>(a: readonly T[], b: readonly T[]): boolean {
  return a.length === b.length && a.every((value, index) => value === b[index]);
}
