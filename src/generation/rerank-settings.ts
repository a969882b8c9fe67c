// The options of a run that concern its reranker, checked.
import { ToolkenError, invalidArgument } from "../errors.js";
import type { CallSettings } from "./options.js";
import type { RerankSettings } from "./rerank.js";

/** Undefined where nothing is reranked. Throws `INVALID_ARGUMENT`. */
export function readRerankOptions(options: CallSettings, hasReranker: boolean): RerankSettings | undefined {
  const { rerank = hasReranker, rerankBelow, rerankWeight = 1 } = options;
  if (typeof rerank !== "boolean") throw invalidArgument("true or false", "rerank", rerank);
  if (typeof rerankWeight !== "number" || !(rerankWeight >= 0 && rerankWeight <= 1)) {
    throw invalidArgument("a number from 0 to 1", "rerankWeight", rerankWeight);
  }
  const below = rerankBelow === undefined ? undefined : readBelow(rerankBelow);
  if (!hasReranker && (rerank || below !== undefined || options.rerankWeight !== undefined)) {
    throw new ToolkenError("INVALID_ARGUMENT", "Expected a reranker for reranking but there is none");
  }
  return rerank ? { below, weight: rerankWeight } : undefined;
}

function readBelow(given: NonNullable<CallSettings["rerankBelow"]>): NonNullable<RerankSettings["below"]> {
  const { margin, probability, ...others } = (given as unknown) instanceof Object ? given : {};
  if ((margin === undefined && probability === undefined) || Object.keys(others).length > 0) {
    throw invalidArgument("{ margin, probability } or one of them", "rerankBelow", given);
  }
  if (margin !== undefined && (typeof margin !== "number" || Number.isNaN(margin))) {
    throw invalidArgument("a number", "rerankBelow.margin", margin);
  }
  if (
    probability !== undefined &&
    (typeof probability !== "number" || !(probability >= 0 && probability <= 1))
  ) {
    throw invalidArgument("a number from 0 to 1", "rerankBelow.probability", probability);
  }
  return {
    ...(margin === undefined ? {} : { margin }),
    ...(probability === undefined ? {} : { probability }),
  };
}
