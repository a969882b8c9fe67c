// The reranker's file: the matrix with a row per tool and one for REJ, and what it was trained with.
import { z } from "zod";
import { invalidFile, shown } from "../utils/file-error.js";
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

export const RERANKER_FORMAT = "toolken.reranker";
const FORMAT_VERSION = "1";

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
  await writeMatrix(path, matrix, [RERANKER_FORMAT, FORMAT_VERSION], {
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
  const { format, format_version: version } = file.metadata;
  if (format !== RERANKER_FORMAT) {
    throw invalidFile(path, `a reranker (metadata format ${shown(RERANKER_FORMAT)})`, shown(format), {
      hint: "A reranker that another program wrote is read by importReranker.",
    });
  }
  if (version !== FORMAT_VERSION) {
    throw invalidFile(path, `format version ${FORMAT_VERSION}`, shown(version), {
      hint: "Another version of the library wrote it; update it, or train the reranker again.",
    });
  }
  const tools = readMetadata(file, "tools", toolsSchema);
  const topK = readMetadata(file, "top_k", topKSchema);
  const model = readMetadata(file, "model", modelSchema);
  const documentation = readMetadata(file, "documentation", documentationSchema);
  const metadata = readMetadata(file, "training", metadataSchema);
  const { dimension, weights } = await readMatrix(file, tools.length + 1, model);
  return { tools, dimension, weights, topK, model: model ?? undefined, documentation, metadata };
}
