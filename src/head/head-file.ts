import { z } from "zod";
import { invalidFile } from "../utils/file-error.js";
import { decisionSchema, type HeadDecision } from "./decision.js";
import { assertFormat, type FileFormat } from "./file-format.js";
import {
  modelSchema,
  readMatrix,
  readMetadata,
  toolsSchema,
  writeMatrix,
  type MatrixFileType,
} from "./matrix-file.js";
import type { HeadModelFacts } from "./model-identity.js";
import { SafetensorsFile } from "./safetensors.js";

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
  readonly decision: HeadDecision | null;
}

const FORMAT: FileFormat = {
  format: "toolken.head",
  version: "1",
  content: "a tool head",
  formatHint: "Read heads of other programs with importHead, which takes the names of the tools.",
  versionHint: "The head was written by another version of the library: update it, or train the head again.",
};

// A bias of -Infinity disables a tool; JSON cannot represent it.
const biasSchema = z.array(z.union([z.number(), z.literal("-Infinity").transform(() => -Infinity)]));
const trainingSchema = z.record(z.string(), z.unknown()).nullable();

/** @throws `INVALID_ARGUMENT`, `FILE_NOT_FOUND` (no such folder), `IO`. */
export async function saveHeadFields(path: string, head: HeadFields, type: MatrixFileType): Promise<void> {
  const { tools, dimension, weights, bias, model, training, decision } = head;
  await writeMatrix(path, { rows: tools.length, dimension, weights, type }, FORMAT, {
    tools,
    bias: Array.from(bias, (value) => (value === -Infinity ? "-Infinity" : value)),
    model,
    training,
    ...(decision === null ? {} : { decision }),
  });
}

/** @throws `FILE_NOT_FOUND`, `FILE_INVALID`, `IO`. */
export async function loadHeadFields(path: string): Promise<HeadFields> {
  await using file = await SafetensorsFile.open(path);
  assertFormat(file, FORMAT);
  const tools = readMetadata(file, "tools", toolsSchema);
  const bias = readMetadata(file, "bias", biasSchema);
  const model = readMetadata(file, "model", modelSchema);
  const training = readMetadata(file, "training", trainingSchema);
  const decision = "decision" in file.metadata ? readMetadata(file, "decision", decisionSchema) : null;
  const { dimension, weights } = await readMatrix(file, tools.length, model);
  if (bias.length !== tools.length) throw invalidFile(path, `${tools.length} biases`, `${bias.length}`);
  return { tools, dimension, weights, bias: biasFrom(bias, path), model, training, decision };
}

function biasFrom(values: readonly number[], path: string): Float32Array {
  const bias = Float32Array.from(values);
  const at = bias.findIndex((value) => value === Infinity);
  if (at >= 0) throw invalidFile(path, "biases within the range of F32", String(values[at]));
  return bias;
}
