// From a model, a head, tools and prompts to a context in which they answer questions.
import { ToolkenError } from "../errors.js";
import { promptsOf } from "../model/embedded.js";
import type { Model } from "../model/model.js";
import { encodePrompt, type EncodedPrompt } from "../prompts/encoder.js";
import { resolvePrompts } from "../prompts/prompts.js";
import { argumentsGrammar, toolSet } from "../tools/index.js";
import { invariantWidth } from "./invariant-width.js";
import { layoutOf } from "./layout.js";
import { createContextWithHead, type PlacementOptions } from "./placement.js";
import { readReranker } from "./rerank-setup.js";
import { assertRows } from "./settings.js";
import { Engine } from "./engine.js";
import { engineOptions, type EngineOptions } from "./engine-options.js";
import { integer } from "../utils/integer.js";
import { resolveOptions } from "../utils/options.js";

/** Best rows of a decision: what is below them adds nothing to its softmax. */
const DECISION_ROWS = 64;

/** A call's arguments are decoded several tokens at once. */
const DRAFT_OUTPUTS = 16;

/** Without a head the tools are documented in the prompt, which takes room. */
const CELLS_WITH_TOOLS_IN_PROMPT = 4096;

/**
 * Prepares a model to answer with tools.
 *
 * @throws ToolkenError `INVALID_ARGUMENT`, `UNKNOWN_TOOL` (a tool without a row in head or reranker),
 * `MODEL_MISMATCH`, `GRAMMAR_INVALID` (a tool's schema has a form that no grammar can be made for),
 * `CONTEXT_CREATE_FAILED`, and what reading prompts throws.
 *
 * @example
 * await using engine = await createEngine(model, { head, tools: mathTools });
 * const { text, toolCalls } = await engine.generate({ prompt: "67 pages a day for 253 days: how many pages?" });
 */
export async function createEngine(model: Model, given: EngineOptions = {}): Promise<Engine> {
  const options = resolveOptions(engineOptions, given, "createEngine");
  const { head, chat, parallel, batchInvariant, contextSize, constrainInput: grammar } = options;
  const { headType, kvUnified = !batchInvariant, topTools } = options.advanced;
  const tools = toolSet(options.tools);
  if (head !== undefined && head.dimension !== model.facts.embeddingLength) {
    throw new ToolkenError(
      "MODEL_MISMATCH",
      `Expected a head of dimension ${model.facts.embeddingLength} for this model but received one of dimension ${head.dimension}`,
    );
  }
  if (head !== undefined && tools.size > 0) assertRows(head, tools);
  // Rejected here rather than at a tool's first call.
  if (grammar) for (const tool of tools) if (tool.grammar && tool.text === undefined) argumentsGrammar(tool);
  const candidates = integer(
    options.advanced.candidates,
    "advanced.candidates",
    1,
    model.facts.vocabularySize,
  );
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
  const layout = layoutOf({ general, toolPrompts, parallel, kvUnified, contextSize, reranking });
  const placement: PlacementOptions = {
    placement: options.advanced.placement,
    type: headType,
    topTokens: candidates,
    topTools: Math.max(
      topTools,
      reranking?.topK ?? 0,
      head?.decision == null ? 0 : Math.min(head.size, DECISION_ROWS),
    ),
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
      outputs: Math.max(layout.sequences, DRAFT_OUTPUTS),
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
      toolPromptBudget: options.toolPromptBudget,
    };
    return new Engine(model, { ...prepared, candidates, placement, placed, head }, grammar);
  } catch (error) {
    await placed.context.dispose();
    placed.native?.dispose();
    placed.nativeReranker?.dispose();
    throw error;
  }
}
