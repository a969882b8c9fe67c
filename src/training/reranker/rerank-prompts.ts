// Rows become tokens by the prompt builder that inference uses; what does not fit the context is left out, and named.
import { setImmediate } from "node:timers/promises";
import { createHash } from "node:crypto";
import { ToolkenError, throwIfAborted } from "../../errors.js";
import type { Model } from "../../model/model.js";
import { encodeRerankPrompt, type EncodedRerankPrompt } from "../../reranker/encode.js";
import { rerankPrompt, type ToolDocumentation } from "../../reranker/prompt.js";
import type { ToolSet } from "../../tools/tool-set.js";
import type { TrainingProblem } from "../../examples/example.js";
import type { RerankExample } from "./rerank-rows.js";

/** A row that the forward pass reads. */
export interface RerankInput extends EncodedRerankPrompt {
  /** Place among the examples. */
  readonly example: number;
  readonly documentation: string;
}

export interface RerankInputs {
  readonly inputs: readonly RerankInput[];
  /** SHA-256 over all prompts: tells whether kept hidden states are theirs. */
  readonly digest: string;
  readonly problems: readonly TrainingProblem[];
}

/** Rows that are encoded before the event loop gets a turn. */
const ROWS_PER_TURN = 32;

/**
 * Prompts of the rows to learn from.
 * @throws `UNKNOWN_TOOL` (a candidate without documentation), `CONTEXT_FULL` (no row fits the context), `ABORTED`.
 */
export async function rerankInputs(
  model: Model,
  examples: readonly RerankExample[],
  tools: ToolSet,
  documentation: ToolDocumentation,
  signal: AbortSignal | undefined,
): Promise<RerankInputs> {
  const { trainedContext } = model.facts;
  const inputs: RerankInput[] = [];
  const problems: TrainingProblem[] = [];
  const hash = createHash("sha256");
  for (const [example, { row, candidates, learns }] of examples.entries()) {
    if (example % ROWS_PER_TURN === 0) {
      await setImmediate();
      throwIfAborted(signal);
    }
    if (!learns) continue;
    const prompt = rerankPrompt(tools, { candidates, question: row.question, text: row.text }, documentation);
    const encoded = encodeRerankPrompt(model.tokenizer, prompt);
    if (trainedContext > 0 && encoded.tokens.length > trainedContext) {
      const reason = `the prompt of row ${row.id} has ${encoded.tokens.length} tokens, the model's context ${trainedContext}`;
      problems.push({ file: "", line: example + 1, reason });
      continue;
    }
    hash.update(JSON.stringify([prompt.documentation, prompt.rest]));
    inputs.push({ example, documentation: prompt.documentation, ...encoded });
  }
  if (inputs.length === 0) {
    throw new ToolkenError(
      "CONTEXT_FULL",
      `None of ${examples.length} rows fits: ${problems[0]?.reason ?? ""}`,
      {
        hint: "Shorter documentation or fewer candidates make shorter prompts.",
      },
    );
  }
  return { inputs, digest: hash.digest("hex"), problems };
}
