import { z } from "zod";
import { assertFormat, type FileFormat } from "../head/file-format.js";
import {
  modelSchema,
  readMatrix,
  readMetadata,
  toolsSchema,
  writeMatrix,
  type MatrixFileType,
} from "../head/matrix-file.js";
import { SafetensorsFile } from "../head/safetensors.js";
import type { RerankerFields } from "./reranker-fields.js";

export const RERANKER_FORMAT: FileFormat = {
  format: "toolken.reranker",
  version: "1",
  content: "a reranker",
  formatHint: "Read rerankers of other programs with importReranker.",
  versionHint:
    "The reranker was written by another version of the library: update it, or train the reranker again.",
};

const topKSchema = z.int().positive();
const documentationSchema = z.record(z.string(), z.string());
const metadataSchema = z.record(z.string(), z.unknown());

/** @throws `INVALID_ARGUMENT`, `FILE_NOT_FOUND` (no such folder), `IO`. */
export async function saveRerankerFields(
  path: string,
  reranker: RerankerFields,
  type: MatrixFileType,
): Promise<void> {
  const { tools, dimension, weights, topK, model, documentation, metadata } = reranker;
  const matrix = { rows: tools.length + 1, dimension, weights, type };
  await writeMatrix(path, matrix, RERANKER_FORMAT, {
    tools,
    top_k: topK,
    model: model ?? null,
    documentation,
    training: metadata,
  });
}

/** @throws `FILE_NOT_FOUND`, `FILE_INVALID`, `IO`. */
export async function loadRerankerFields(path: string): Promise<RerankerFields> {
  await using file = await SafetensorsFile.open(path);
  assertFormat(file, RERANKER_FORMAT);
  const tools = readMetadata(file, "tools", toolsSchema);
  const topK = readMetadata(file, "top_k", topKSchema);
  const model = readMetadata(file, "model", modelSchema);
  const documentation = readMetadata(file, "documentation", documentationSchema);
  const metadata = readMetadata(file, "training", metadataSchema);
  const { dimension, weights } = await readMatrix(file, tools.length + 1, model);
  return { tools, dimension, weights, topK, model: model ?? undefined, documentation, metadata };
}
