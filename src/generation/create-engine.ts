// From a model, a head, tools and prompts to a context in which they answer questions.
import { ToolkenError, invalidArgument } from "../errors.js";
import type { ToolHead } from "../head/tool-head.js";
import { promptsOf } from "../model/embedded.js";
import type { HeadType, Model } from "../model/model.js";
import { encodePrompt, type EncodedPrompt } from "../prompts/encoder.js";
import { type PromptsOption, resolvePrompts } from "../prompts/prompts.js";
import type { Reranker } from "../reranker/reranker.js";
import { argumentsGrammar, toolSet, type Tools } from "../tools/index.js";
import { invariantWidth } from "./invariant-width.js";
import { layoutOf } from "./layout.js";
import { createContextWithHead, type HeadPlacement, type PlacementOptions } from "./placement.js";
import { readReranker } from "./rerank-setup.js";
import { assertRows } from "./settings.js";
import { Engine } from "./engine.js";
import { integer } from "../utils/integer.js";

export interface EngineOptions {
  // ---- what it can do ----
  /** Without a head the tools are listed in the prompt, and the model decides by its text. */
  readonly head?: ToolHead | undefined;
  /** Tools that may be called; rows of a head without a tool here are switched off. Default: none. */
  readonly tools?: Tools | undefined;
  /** A folder, or texts with `[QUESTION]`. Default: made of the tools' demonstrations; the embedded model has its own. */
  readonly prompts?: PromptsOption;
  /** Wrap prompts in the model's own chat template. Default: false. */
  readonly chat?: boolean | undefined;
  /** Jinja source instead of the model's own chat template, for `messages`. Default: the model's. */
  readonly chatTemplate?: string | undefined;
  /**
   * Tokens that a list of tools may take in every prompt before a warning (`TOOL_PROMPT_BUDGET`) says how to train a
   * head, which needs no list. Default: 1,024.
   */
  readonly toolPromptBudget?: number | undefined;
  /** Decode arguments under the tool's grammar. Default: true. */
  readonly constrainInput?: boolean | undefined;
  /** Looks at every call that the head proposes, and may replace or reject it (Toolken+). Default: none. */
  readonly reranker?: Reranker | undefined;
  /** Tools that the reranker chooses among, 1…K. Default: as many as it was trained with. */
  readonly rerankTopK?: number | undefined;

  // ---- size and speed ----
  /** Runs that share each decode; more wait their turn. 1…64. Default: 4. */
  readonly parallel?: number | undefined;
  /**
   * Make a run's answer the one that it gives alone, to the last bit, whatever runs beside it: decodes are shared
   * only as widely as the model's kernels round alike (found by trying), every run has KV cells of its own into
   * which kept prompts are copied, and a run computes its question anew. On a CPU; its price in speed and memory is
   * that of {@link ContextOptions.batchInvariant}. Default: false, answers are equal up to rounding.
   */
  readonly batchInvariant?: boolean | undefined;
  /**
   * One pool of KV cells for all runs, which shares kept prompts; false: cells of its own for each, into which kept
   * prompts are copied. That is faster from about four runs at once on, by a third at 16, and takes more memory (see
   * `contextSize`).
   * Default: true, unless `batchInvariant`.
   */
  readonly kvUnified?: boolean | undefined;
  /**
   * KV cells for everything. Default: the prompts' tokens and 2,048 for each parallel run (with a reranker 3,072);
   * without `kvUnified` two times (three times) the longest prompt and 2,048 for each.
   */
  readonly contextSize?: number | undefined;
  /** Default: the model's. */
  readonly threads?: number | undefined;
  /** Weights of the head on the device. Default: "auto", F32 up to 4 MiB and F16 above. */
  readonly headType?: HeadType | undefined;
  /** Where the head is computed. Default: "auto", in the graph wherever the backend can. */
  readonly placement?: HeadPlacement | undefined;
  /** Best tokens that a step gives to sampling. Default: 64. */
  readonly candidates?: number | undefined;
  /** Best tools that a step gives. Default: 8. */
  readonly topTools?: number | undefined;
}

const MAX_PARALLEL = 64;

/** Without a head the tools are documented in the prompt, which takes room. */
const CELLS_WITH_TOOLS_IN_PROMPT = 4096;

/**
 * Prepares a model to answer with tools.
 *
 * Throws `INVALID_ARGUMENT`, `UNKNOWN_TOOL` (a tool without a row in head or reranker), `MODEL_MISMATCH`,
 * `GRAMMAR_INVALID` (a tool's schema has a form that no grammar can be made for), `CONTEXT_CREATE_FAILED`, and what reading prompts throws.
 *
 * @example
 * await using toolken = await createToolken(model, { head, tools: mathTools });
 * const { text, calls } = await toolken.run("A reader reads 67 pages a day for 253 days. How many pages?");
 */
export async function createEngine(model: Model, options: EngineOptions = {}): Promise<Engine> {
  const tools = toolSet(options.tools ?? []);
  const { head } = options;
  if (head !== undefined && head.dimension !== model.facts.embeddingLength) {
    throw new ToolkenError(
      "MODEL_MISMATCH",
      `Expected a head of dimension ${model.facts.embeddingLength} for this model but received one of dimension ${head.dimension}`,
    );
  }
  if (head !== undefined && tools.size > 0) assertRows(head, tools);
  const grammar = options.constrainInput ?? true;
  // Refused here rather than at a tool's first call.
  if (grammar) for (const tool of tools) if (tool.grammar && tool.text === undefined) argumentsGrammar(tool);
  const parallel = integer(options.parallel ?? 4, "parallel", 1, MAX_PARALLEL);
  const { batchInvariant = false, kvUnified = !batchInvariant } = options;
  const candidates = integer(
    options.candidates ?? 64,
    "candidates",
    1,
    Math.min(1024, model.facts.vocabularySize),
  );
  const topTools = integer(options.topTools ?? 8, "topTools", 1, 256);
  const chat = options.chat ?? false;
  const prompts = await resolvePrompts(options.prompts ?? promptsOf(model), tools);
  const general = encodePrompt(model, prompts.general, { chat });
  const toolPrompts = new Map(
    [...tools].map(({ name }): [string, EncodedPrompt] => [
      name,
      encodePrompt(model, prompts.tools[name]!, { chat }),
    ]),
  );
  const reranking = readReranker(model, {
    reranker: options.reranker,
    topK: options.rerankTopK,
    head,
    tools,
  });
  const { contextSize } = options;
  const layout = layoutOf({ general, toolPrompts, parallel, kvUnified, contextSize, reranking });
  const placement: PlacementOptions = {
    placement: readPlacement(options.placement),
    type: options.headType ?? "auto",
    topTokens: candidates,
    topTools: Math.max(topTools, reranking?.topK ?? 0),
    sequences: Array.from({ length: parallel }, (_, slot) => slot),
  };
  const placed = await createContextWithHead(
    model,
    {
      contextSize:
        head === undefined && tools.size > 0 && contextSize === undefined
          ? Math.max(layout.contextSize, CELLS_WITH_TOOLS_IN_PROMPT)
          : layout.contextSize,
      sequences: layout.sequences,
      kvUnified,
      batchInvariant,
      ...(options.threads === undefined ? {} : { threads: options.threads }),
    },
    head,
    placement,
    reranking && { ...reranking, sequences: placement.sequences.map((slot) => 2 * parallel + slot) },
  );
  try {
    // The sequences of tool mode carry no head: they can tell.
    const widest = batchInvariant ? await invariantWidth(placed.context, parallel, parallel) : undefined;
    const prepared = {
      tools,
      prompts,
      general,
      toolPrompts,
      parallel,
      layout,
      kvUnified,
      batchInvariant,
      widest,
      reranking,
      chatTemplate: options.chatTemplate,
      chat,
      toolPromptBudget: integer(options.toolPromptBudget ?? 1024, "toolPromptBudget", 0),
    };
    return new Engine(model, { ...prepared, candidates, placement, placed, head }, grammar);
  } catch (error) {
    await placed.context.dispose();
    placed.native?.dispose();
    placed.nativeReranker?.dispose();
    throw error;
  }
}

function readPlacement(placement: HeadPlacement | undefined): HeadPlacement {
  if (placement === undefined || ["auto", "graph", "host"].includes(placement)) return placement ?? "auto";
  throw invalidArgument('"auto", "graph" or "host"', "placement", placement);
}
