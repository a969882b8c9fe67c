// The common part of head and reranker files: one matrix with a row per outcome, and metadata as JSON strings.
import { z } from "zod";
import { ToolkenError, invalidArgument } from "../errors.js";
import { invalidFile, shown } from "../utils/file-error.js";
import { libraryVersion } from "../utils/library-version.js";
import type { Tensor } from "./dtypes.js";
import { formatMetadata, type FileFormat } from "./file-format.js";
import type { HeadModelFacts } from "./model-identity.js";
import {
  bfloat16FromFloat32,
  float16FromFloat32,
  float32FromBfloat16,
  float32FromFloat16,
} from "./precision.js";
import { type SafetensorsFile, writeSafetensors } from "./safetensors.js";

export type MatrixFileType = "F32" | "F16" | "BF16";

const WEIGHT = "weight";

export const toolsSchema = z
  .array(z.string().min(1))
  .refine((tools) => new Set(tools).size === tools.length, {
    error: "expected different names",
  });

export const modelSchema = z
  .object({
    architecture: z.string(),
    name: z.string(),
    embeddingLength: z.int().positive(),
    vocabularySize: z.int().nonnegative(),
    fingerprint: z.string().nullable(),
    fileName: z.string().exactOptional(),
  })
  .nullable();

/**
 * Writes tensor "weight" (rows, dimension) and metadata, each value as JSON.
 * @throws `INVALID_ARGUMENT` (weights beyond the type's range), `FILE_NOT_FOUND` (no such folder), `IO`.
 */
export async function writeMatrix(
  path: string,
  matrix: {
    readonly rows: number;
    readonly dimension: number;
    readonly weights: Float32Array;
    readonly type: MatrixFileType;
  },
  format: FileFormat,
  metadata: Readonly<Record<string, unknown>>,
): Promise<void> {
  const { rows, dimension, weights, type } = matrix;
  await writeSafetensors(path, {
    tensors: { [WEIGHT]: { dtype: type, shape: [rows, dimension], data: narrowed(weights, type) } },
    metadata: {
      ...formatMetadata(format),
      ...Object.fromEntries(Object.entries(metadata).map(([key, value]) => [key, JSON.stringify(value)])),
      library: `@toolken/native ${libraryVersion()}`,
    },
  });
}

function narrowed(weights: Float32Array, type: MatrixFileType): Tensor["data"] {
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

/** A metadata string's value. @throws `FILE_INVALID`: absent, no JSON, not as the schema wants it. */
export function readMetadata<T>(file: SafetensorsFile, key: string, schema: z.ZodType<T>): T {
  const text = file.metadata[key];
  if (text === undefined) throw invalidFile(file.path, `metadata ${shown(key)}`, "none");
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

/** The matrix as F32, finite. @throws `FILE_INVALID` (another shape or type, NaN, not the model's d), `IO`. */
export async function readMatrix(
  file: SafetensorsFile,
  rows: number,
  model: HeadModelFacts | null,
): Promise<{ readonly dimension: number; readonly weights: Float32Array }> {
  const { dtype, shape } = file.facts(WEIGHT);
  const [found, dimension] = shape;
  if (dtype !== "F32" && dtype !== "F16" && dtype !== "BF16") {
    throw invalidFile(file.path, "weights of F32, F16 or BF16", dtype);
  }
  if (shape.length !== 2 || found !== rows || dimension === undefined || dimension < 1) {
    throw invalidFile(file.path, `weights of shape [${rows} rows, d]`, shown(shape));
  }
  if (model && model.embeddingLength !== dimension) {
    throw invalidFile(
      file.path,
      `rows of ${model.embeddingLength} weights, as its model has`,
      `${dimension}`,
    );
  }
  const weights = await file.readFloat32(WEIGHT);
  const at = weights.findIndex((weight) => !Number.isFinite(weight));
  if (at >= 0) throw invalidFile(file.path, "finite weights", `${weights[at]} at index ${at}`);
  return { dimension, weights };
}
