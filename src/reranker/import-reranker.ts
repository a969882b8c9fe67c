// Rerankers of the published repository are PyTorch checkpoints that name their rows and say how they were trained.
import { invalidArgument } from "../errors.js";
import { invalidFile, shown } from "../utils/file-error.js";
import { importMatrix, toolNames, type ImportedMatrix } from "../head/import-head.js";
import { assertSameModel } from "../head/model-identity.js";
import { importFields } from "../head/options.js";
import { integerField } from "../utils/option-fields.js";
import { defineOptions, type OptionsOf, resolveOptions } from "../utils/options.js";
import { Reranker, REJECT } from "./reranker.js";

const importRerankerOptions = defineOptions({
  ...importFields,
  topK: integerField(1)
    .optional()
    .describe("Candidates per call")
    .meta({ defaultText: "the file's `train_top_k_tools`, else 3, or all tools where they are fewer" }),
});
export type ImportRerankerOptions = OptionsOf<typeof importRerankerOptions>;

const PUBLISHED_TOP_K = 3;

/** Whether a foreign file has a row named REJ. */
export function isRerankerMatrix({ names }: Pick<ImportedMatrix, "names">): boolean {
  return names?.includes(REJECT) === true;
}

/**
 * Reads a reranker that another program wrote: a `.pth`/`.pt` checkpoint (of which nothing is executed) or
 * safetensors. The row of REJ may be missing from `tools`, it is then the last one, and it comes last, whatever its place; what the file says besides is kept as metadata.
 * @throws `FILE_NOT_FOUND`, `FILE_INVALID`, `IO`, `INVALID_ARGUMENT` (names are missing or are not one per row),
 * `MODEL_MISMATCH` (the model has another hidden size)
 */
export async function importReranker(path: string, given: ImportRerankerOptions = {}): Promise<Reranker> {
  const options = resolveOptions(importRerankerOptions, given, "importReranker");
  const matrix = await importMatrix(path, options.tensor);
  const { rows, dimension, weights, bias } = matrix;
  const names = await rowNames(matrix, options.tools, path);
  if (bias?.some((value) => value !== 0) === true) {
    throw invalidFile(path, "a reranker, which has no bias", "a bias beside its weights");
  }
  const at = weights.findIndex((weight) => !Number.isFinite(weight));
  if (at >= 0)
    throw invalidFile(path, "finite weights", `${weights[at]} in row ${Math.floor(at / dimension)}`);
  const model = options.model ?? undefined;
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
