// Rerankers of the published repository are PyTorch checkpoints that name their rows and say how they were trained.
import { invalidArgument } from "../errors.js";
import { invalidFile, shown } from "../utils/file-error.js";
import { importMatrix, toolNames, type ImportedMatrix } from "../head/import-head.js";
import { assertSameModel, type HeadModelFacts } from "../head/model-identity.js";
import { Reranker, REJECT } from "./reranker.js";

export interface ImportRerankerOptions {
  /**
   * Names of the rows in their order, REJ among them, or the path of a JSON file `{ "<add>": 0, … }`; without a REJ
   * the last row is its. Angle brackets are stripped. Default: the names that the file has in itself.
   */
  readonly tools?: readonly string[] | string | undefined;
  /** The model that the reranker was trained on. Default: none. */
  readonly model?: HeadModelFacts | undefined;
  /** Candidates per call. Default: what the file says (`train_top_k_tools`), else 3, or all tools if they are fewer. */
  readonly topK?: number | undefined;
  /** Which tensor, as "state_dict.W.weight", when the file has several matrices. */
  readonly tensor?: string | undefined;
}

const PUBLISHED_TOP_K = 3;

/** Whether a foreign file has a row named REJ. */
export function isRerankerMatrix({ names }: Pick<ImportedMatrix, "names">): boolean {
  return names?.includes(REJECT) === true;
}

/**
 * Reads a reranker that another program wrote: a `.pth`/`.pt` checkpoint (of which nothing is executed) or
 * safetensors. The row of REJ comes last, whatever its place; what the file says besides is kept as metadata.
 * @throws `FILE_NOT_FOUND`, `FILE_INVALID`, `IO`, `INVALID_ARGUMENT` (names are missing or are not one per row),
 * `MODEL_MISMATCH` (the model has another hidden size)
 */
export async function importReranker(path: string, options: ImportRerankerOptions = {}): Promise<Reranker> {
  const matrix = await importMatrix(path, options.tensor === undefined ? {} : { tensor: options.tensor });
  const { rows, dimension, weights, bias } = matrix;
  const names = await rowNames(matrix, options.tools, path);
  if (bias?.some((value) => value !== 0) === true) {
    throw invalidFile(path, "a reranker, which has no bias", "a bias beside its weights");
  }
  const at = weights.findIndex((weight) => !Number.isFinite(weight));
  if (at >= 0)
    throw invalidFile(path, "finite weights", `${weights[at]} in row ${Math.floor(at / dimension)}`);
  const { model } = options;
  if (model) assertSameModel({ ...model, name: path, embeddingLength: dimension }, model, "reranker");

  const tools = names.filter((name) => name !== REJECT);
  const inOrder = new Float32Array(rows * dimension);
  for (const [to, name] of [...tools, REJECT].entries()) {
    const from = names.indexOf(name);
    inOrder.set(weights.subarray(from * dimension, (from + 1) * dimension), to * dimension);
  }
  const content = plainContent(matrix);
  return Reranker.of({
    tools,
    weights: inOrder,
    topK: options.topK ?? publishedTopK(content, tools.length, path),
    model,
    metadata: { importedFrom: path.split(/[\\/]/).at(-1), tensor: matrix.name, ...content },
  });
}

async function rowNames(
  matrix: ImportedMatrix,
  given: ImportRerankerOptions["tools"],
  path: string,
): Promise<readonly string[]> {
  const { rows } = matrix;
  const named = given === undefined ? matrix.names : await toolNames(given);
  const names = named?.length === rows - 1 && !named.includes(REJECT) ? [...named, REJECT] : named;
  if (!names) {
    throw invalidArgument(`${rows} names or the path of a func_dict.json`, "tools", given, {
      hint: `${JSON.stringify(path)} holds weights without names of its rows.`,
    });
  }
  if (names.length !== rows || !names.includes(REJECT)) {
    const what = `${rows} names, one per row of ${JSON.stringify(path)}, ${REJECT} among them`;
    throw invalidArgument(what, "tools", names);
  }
  return names;
}

/** The words and numbers beside the weights: `style`, `model_name_or_path`, `train_top_k_tools`, … */
function plainContent({ content }: ImportedMatrix): Record<string, unknown> {
  if (typeof content !== "object" || content === null) return {};
  return Object.fromEntries(
    Object.entries(content).filter(([, value]) => ["string", "number", "boolean"].includes(typeof value)),
  );
}

function publishedTopK(
  { train_top_k_tools: topK }: Record<string, unknown>,
  tools: number,
  path: string,
): number {
  if (topK === undefined) return Math.min(PUBLISHED_TOP_K, tools);
  if (typeof topK === "number" && Number.isInteger(topK) && topK >= 1) return Math.min(topK, tools);
  throw invalidFile(path, "an integer of at least 1 as train_top_k_tools", shown(topK));
}
