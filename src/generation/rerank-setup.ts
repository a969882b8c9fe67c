// Which reranker a toolken works with, checked before anything is built.
import { ToolkenError, invalidArgument } from "../errors.js";
import type { ToolHead } from "../head/tool-head.js";
import type { Model } from "../model/model.js";
import { encodeRerankPrompt } from "../reranker/encode.js";
import { rerankPrompt, resolveDocumentation, type ToolDocumentation } from "../reranker/prompt.js";
import type { Reranker } from "../reranker/reranker.js";
import type { ToolSet } from "../tools/index.js";

export interface RerankSetup {
  readonly reranker: Reranker;
  /** Candidates per call. */
  readonly topK: number;
  /** The texts that the reranker was trained on, of the tools in use; a tool's own where it keeps none. */
  readonly documentation: ToolDocumentation;
  /** Tokens of the longest documentation that a call may have, BOS included. */
  readonly longestPrefix: number;
}

/** As many tools as a step can give. */
const MAX_CANDIDATES = 256;

/**
 * Undefined without a reranker.
 * Throws `INVALID_ARGUMENT` (no head, top-k out of range, a text that is empty), `MODEL_MISMATCH` (another
 * dimension, architecture or vocabulary), `UNKNOWN_TOOL` (a tool that the reranker has no row for).
 */
export function readReranker(
  model: Model,
  {
    reranker,
    topK,
    head,
    tools,
  }: {
    readonly reranker: Reranker | undefined;
    readonly topK: number | undefined;
    readonly head: ToolHead | undefined;
    readonly tools: ToolSet;
  },
): RerankSetup | undefined {
  if (reranker === undefined) {
    if (topK === undefined) return undefined;
    throw new ToolkenError("INVALID_ARGUMENT", "rerankTopK needs a reranker, and the engine has none");
  }
  if (head === undefined) {
    throw new ToolkenError("INVALID_ARGUMENT", "A reranker needs a head, and the engine has none", {
      hint: "A reranker looks at calls that a head proposes: pass the head that it was trained after.",
    });
  }
  // Whether it is the very same file is known where the reranker is loaded.
  reranker.assertFits({ ...model.facts, fingerprint: null });
  reranker.assertCovers(tools.names);
  const most = Math.min(head.size, MAX_CANDIDATES);
  const candidates = topK ?? Math.min(reranker.topK, most);
  if (!Number.isInteger(candidates) || candidates < 1 || candidates > most) {
    throw invalidArgument(`an integer from 1 to ${most}`, "rerankTopK", topK);
  }
  const known = Object.entries(reranker.documentation).filter(([name]) => tools.has(name));
  const documentation = resolveDocumentation(tools, Object.fromEntries(known));
  const longestPrefix = prefixLength(model, tools, documentation, candidates);
  return { reranker, topK: candidates, documentation, longestPrefix };
}

function prefixLength(
  { tokenizer }: Model,
  tools: ToolSet,
  documentation: ToolDocumentation,
  topK: number,
): number {
  const longest = tools.names
    .toSorted((a, b) => documentation[b]!.length - documentation[a]!.length)
    .slice(0, topK);
  if (longest.length === 0) return 0;
  const prompt = rerankPrompt(tools, { candidates: longest, question: "", text: "" }, documentation);
  return encodeRerankPrompt(tokenizer, prompt).prefix.length;
}
