// The options of a run that concern its reranker, checked.
import { ToolkenError } from "../errors.js";
import { rerankFields } from "./call-fields.js";
import type { ResolvedCall } from "./options.js";
import type { RerankSettings } from "./rerank.js";

/** Undefined where nothing is reranked. Throws `INVALID_ARGUMENT`. */
export function readRerankOptions(options: ResolvedCall, hasReranker: boolean): RerankSettings | undefined {
  const { rerank = hasReranker, rerankBelow } = options;
  const weight = options.rerankWeight ?? rerankFields.rerankWeight.def.defaultValue;
  if (!hasReranker && (rerank || rerankBelow !== undefined || options.rerankWeight !== undefined)) {
    throw new ToolkenError("INVALID_ARGUMENT", "Reranking needs a reranker, and the engine has none");
  }
  return rerank ? { below: rerankBelow, weight } : undefined;
}
