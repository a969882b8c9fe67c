// How the runs of a toolken share a context out: sequences of each kind, kept prompts, KV cells.
import type { EncodedPrompt } from "../prompts/encoder.js";
import type { RerankSetup } from "./rerank-setup.js";

export interface Layout {
  /** 0…parallel-1 carry the head, then come those of tool mode, those of the reranker, the kept prompts. */
  readonly sequences: number;
  readonly contextSize: number;
  /** Of each run in tool mode: a call of a tool reads nothing again that its last call has read. */
  readonly toolSequences: number;
  /** The general prompt and those of tools. */
  readonly keptPrompts: number;
  /** Documentations of candidates, for the reranker. */
  readonly keptDocumentations: number;
}

/** Tool prompts that are kept; a call of another tool computes its demonstrations again. */
const MAX_KEPT_TOOL_PROMPTS = 32;
/** Another set of candidates computes its documentation again. */
const MAX_KEPT_DOCUMENTATIONS = 16;
/** More of a run's tools share a sequence. */
const MAX_TOOL_SEQUENCES = 3;
/** Beyond the first of each run: llama.cpp keeps room for the logits of every sequence. */
const MAX_MORE_TOOL_SEQUENCES = 8;
const CELLS_PER_RUN = 2048;
/** A rerank prompt holds the question and the text once more, and no demonstrations. */
const CELLS_PER_RERANK = 1024;

export function layoutOf({
  general,
  toolPrompts,
  parallel,
  kvUnified,
  contextSize,
  reranking,
}: {
  readonly general: EncodedPrompt;
  readonly toolPrompts: ReadonlyMap<string, EncodedPrompt>;
  readonly parallel: number;
  /** Otherwise every sequence has cells of its own, and what is kept stands outside of them. */
  readonly kvUnified: boolean;
  /** As given; undefined: what everything needs. */
  readonly contextSize: number | undefined;
  readonly reranking: RerankSetup | undefined;
}): Layout {
  const keptPrompts = 1 + Math.min(toolPrompts.size, MAX_KEPT_TOOL_PROMPTS);
  const lengths = [...toolPrompts.values()].map(({ prefix }) => prefix.length).sort((a, b) => b - a);
  const ofRuns = (reranking === undefined ? 2 : 3) * parallel;
  const documentation = reranking?.longestPrefix ?? 0;
  if (!kvUnified) {
    const longest = Math.max(general.prefix.length, lengths[0] ?? 0, documentation);
    return {
      sequences: ofRuns,
      contextSize: contextSize ?? ofRuns * roundUp(longest + CELLS_PER_RUN),
      toolSequences: 1,
      keptPrompts,
      // All runs may be computing one at once.
      keptDocumentations: Math.max(MAX_KEPT_DOCUMENTATIONS, parallel),
    };
  }
  const kept = lengths
    .slice(0, MAX_KEPT_TOOL_PROMPTS)
    .reduce((sum, length) => sum + length, general.prefix.length);
  const toolSequences = Math.max(
    1,
    Math.min(toolPrompts.size, MAX_TOOL_SEQUENCES, 1 + Math.floor(MAX_MORE_TOOL_SEQUENCES / parallel)),
  );
  const sequences = ofRuns + (toolSequences - 1) * parallel + keptPrompts;
  if (reranking === undefined) {
    const size = contextSize ?? roundUp(kept + parallel * CELLS_PER_RUN);
    return { sequences, contextSize: size, toolSequences, keptPrompts, keptDocumentations: 0 };
  }
  // In a context of a given size they leave most cells to the runs.
  const keptDocumentations =
    contextSize === undefined
      ? MAX_KEPT_DOCUMENTATIONS
      : Math.min(MAX_KEPT_DOCUMENTATIONS, Math.max(1, Math.floor(contextSize / 4 / documentation)));
  const cells = kept + keptDocumentations * documentation + parallel * (CELLS_PER_RUN + CELLS_PER_RERANK);
  return {
    sequences: sequences + keptDocumentations,
    toolSequences,
    contextSize: contextSize ?? roundUp(cells),
    keptPrompts,
    keptDocumentations,
  };
}

/** llama.cpp counts cells in blocks of 256. */
function roundUp(cells: number): number {
  return Math.ceil(cells / 256) * 256;
}
