// The head's file: one tensor that Python reads in a line, everything else as metadata strings.
import { z } from "zod";
import { ToolkenError, invalidArgument } from "../errors.js";
import { invalidFile, shown } from "../files/file-error.js";
import { libraryVersion } from "../files/library-version.js";
import type { Tensor } from "./dtypes.js";
import type { HeadModelFacts } from "./model-identity.js";
import {
  bfloat16FromFloat32,
  float16FromFloat32,
  float32FromBfloat16,
  float32FromFloat16,
} from "./precision.js";
import { SafetensorsFile, writeSafetensors } from "./safetensors.js";

export type HeadFileType = "F32" | "F16" | "BF16";

export interface HeadFields {
  readonly tools: readonly string[];
  /** d */
  readonly dimension: number;
  /** (K, d), row-major */
  readonly weights: Float32Array;
  /** (K) */
  readonly bias: Float32Array;
  readonly model: HeadModelFacts | null;
  readonly training: Readonly<Record<string, unknown>> | null;
}

const FORMAT = "toolken.head";
const FORMAT_VERSION = "1";
const WEIGHT = "weight";

// JSON has no -Infinity, which switches a tool off.
const biasSchema = z.array(z.union([z.number(), z.literal("-Infinity").transform(() => -Infinity)]));
const toolsSchema = z.array(z.string().min(1)).refine((tools) => new Set(tools).size === tools.length, {
  error: "expected different names",
});
const modelSchema = z
  .object({
    architecture: z.string(),
    name: z.string(),
    embeddingLength: z.int().positive(),
    vocabularySize: z.int().nonnegative(),
    fingerprint: z.string().nullable(),
    fileName: z.string().exactOptional(),
  })
  .nullable();
const trainingSchema = z.record(z.string(), z.unknown()).nullable();

/** @throws `INVALID_ARGUMENT`, `FILE_NOT_FOUND` (no such folder), `IO`. */
export async function saveHeadFields(path: string, head: HeadFields, type: HeadFileType): Promise<void> {
  const { tools, dimension, bias, model, training } = head;
  const data = narrowed(head.weights, type);
  await writeSafetensors(path, {
    tensors: { [WEIGHT]: { dtype: type, shape: [tools.length, dimension], data } },
    metadata: {
      format: FORMAT,
      format_version: FORMAT_VERSION,
      tools: JSON.stringify(tools),
      bias: JSON.stringify(Array.from(bias, (value) => (value === -Infinity ? "-Infinity" : value))),
      model: JSON.stringify(model),
      training: JSON.stringify(training),
      library: `@toolken/native ${libraryVersion()}`,
    },
  });
}

function narrowed(weights: Float32Array, type: HeadFileType): Tensor["data"] {
  switch (type) {
    case "F32":
      return weights;
    case "F16":
    case "BF16": {
      const halves = type === "F16" ? float16FromFloat32(weights) : bfloat16FromFloat32(weights);
      const back = type === "F16" ? float32FromFloat16(halves) : float32FromBfloat16(halves);
      const at = back.findIndex((weight) => !Number.isFinite(weight));
      if (at >= 0) throw invalidArgument(`weights within the range of ${type}`, "a weight", weights[at]);
      return halves;
    }
    default:
      throw invalidArgument('"F32", "F16" or "BF16"', "type", type);
  }
}

/** @throws `FILE_NOT_FOUND`, `FILE_INVALID`, `IO`. */
export async function loadHeadFields(path: string): Promise<HeadFields> {
  await using file = await SafetensorsFile.open(path);
  const { format, format_version: version } = file.metadata;
  if (format !== FORMAT) {
    throw invalidFile(path, `a tool head (metadata format ${shown(FORMAT)})`, shown(format), {
      hint: "A head that another program wrote is read by importHead, with the names of its tools.",
    });
  }
  if (version !== FORMAT_VERSION) {
    throw invalidFile(path, `format version ${FORMAT_VERSION}`, shown(version), {
      hint: "The head was written by another version of the library; update it, or train the head again.",
    });
  }
  const tools = readMetadata(file, "tools", toolsSchema);
  const bias = readMetadata(file, "bias", biasSchema);
  const model = readMetadata(file, "model", modelSchema);
  const training = readMetadata(file, "training", trainingSchema);
  const dimension = readDimension(file, tools, model);
  if (bias.length !== tools.length) throw invalidFile(path, `${tools.length} biases`, `${bias.length}`);
  const weights = await file.readFloat32(WEIGHT);
  assertFiniteWeights(path, weights);
  return { tools, dimension, weights, bias: biasFrom(bias, path), model, training };
}

function readMetadata<T>(file: SafetensorsFile, key: string, schema: z.ZodType<T>): T {
  const text = file.metadata[key];
  if (text === undefined) throw invalidFile(file.path, `metadata ${shown(key)} of a tool head`, "none");
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw invalidFile(file.path, `JSON as metadata ${shown(key)}`, shown(text), { cause });
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const place = [key, ...(issue?.path ?? [])].map(String).join(".");
  throw new ToolkenError(
    "FILE_INVALID",
    `Invalid file ${JSON.stringify(file.path)}: metadata ${place}: ${issue?.message ?? "not as it must be"}`,
    { cause: result.error },
  );
}

function readDimension(
  file: SafetensorsFile,
  tools: readonly string[],
  model: HeadModelFacts | null,
): number {
  const { dtype, shape } = file.facts(WEIGHT);
  const [rows, dimension] = shape;
  if (dtype !== "F32" && dtype !== "F16" && dtype !== "BF16") {
    throw invalidFile(file.path, "weights of F32, F16 or BF16", dtype);
  }
  if (shape.length !== 2 || rows !== tools.length || dimension === undefined || dimension < 1) {
    throw invalidFile(file.path, `weights of shape [${tools.length} tools, d]`, shown(shape));
  }
  if (model && model.embeddingLength !== dimension) {
    throw invalidFile(
      file.path,
      `rows of ${model.embeddingLength} weights, as its model has`,
      `${dimension}`,
    );
  }
  return dimension;
}

function assertFiniteWeights(path: string, weights: Float32Array): void {
  const at = weights.findIndex((weight) => !Number.isFinite(weight));
  if (at >= 0) throw invalidFile(path, "finite weights", `${weights[at]} at index ${at}`);
}

function biasFrom(values: readonly number[], path: string): Float32Array {
  const bias = Float32Array.from(values);
  const at = bias.findIndex((value) => value === Infinity);
  if (at >= 0) throw invalidFile(path, "biases within the range of F32", String(values[at]));
  return bias;
}
