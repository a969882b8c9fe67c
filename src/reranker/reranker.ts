// The reranker is a value, as the head is: a matrix with a row per tool and one for REJ, and what it was trained with.
import { ToolkenError, invalidArgument } from "../errors.js";
import { assertSameModel, type HeadModelFacts } from "../head/model-identity.js";
import { fitOptions, loadOptions, saveOptions } from "../head/options.js";
import { embeddedOr } from "../model/embedded.js";
import { invalidFile } from "../utils/file-error.js";
import { value } from "../utils/option-fields.js";
import { defineOptions, type OptionsOf, resolveOptions } from "../utils/options.js";
import type { RerankerFields } from "./reranker-fields.js";
import { loadRerankerFields, saveRerankerFields } from "./reranker-file.js";
import type { ModelIdentity } from "../model/facts.js";
import { plainJson } from "../utils/plain-json.js";

/** The outcome "continue the answer without calling any tool". */
export const REJECT = "REJ";
const rerankerOptions = defineOptions({
  tools: value<readonly string[]>("names").describe(`K bare names, all different, none of them "${REJECT}"`),
  weights: value<Float32Array>("a Float32Array").describe(
    "(K+1, d), row-major: a row per tool, in their order, and that of REJ; copied",
  ),
  topK: value<number>("an integer").describe("Candidates per call that it was trained with, 1…K"),
  model: value<HeadModelFacts>("a model's identity")
    .optional()
    .describe("The model whose hidden states it was trained on"),
  documentation: value<Readonly<Record<string, string>>>("an object")
    .optional()
    .describe("The tools' texts in the prompts that it was trained on, by name"),
  metadata: value<Readonly<Record<string, unknown>>>("an object")
    .optional()
    .describe("How it was trained or where it is from; anything that JSON holds"),
});
export type RerankerOptions = OptionsOf<typeof rerankerOptions>;

const loadRerankerOptions = loadOptions.extend({
  tools: value<readonly string[]>("names").optional().describe("The head's tools, each of which needs a row"),
});

/**
 * A reranker: `R ∈ R^{(K+1)×d}` (Toolken+, arXiv 2410.12004). Scores of a tentative call are `R_c·h` over its
 * candidates and REJ, with `h` the last hidden state after {@link rerankPrompt}.
 * Immutable; `weights` must not be written to.
 */
export class Reranker implements RerankerFields {
  readonly tools: readonly string[];
  readonly dimension: number;
  readonly weights: Float32Array;
  readonly topK: number;
  readonly model: HeadModelFacts | undefined;
  readonly documentation: Readonly<Record<string, string>>;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly #rows: ReadonlyMap<string, number>;

  private constructor(fields: RerankerFields) {
    this.tools = Object.freeze([...fields.tools]);
    this.dimension = fields.dimension;
    this.weights = fields.weights;
    this.topK = fields.topK;
    this.model = fields.model;
    this.documentation = Object.freeze({ ...fields.documentation });
    this.metadata = fields.metadata;
    this.#rows = new Map([...this.tools, REJECT].map((outcome, row) => [outcome, row]));
  }

  /** @throws `INVALID_ARGUMENT`: names, top-k, lengths or weights that do not fit each other. */
  static of(given: RerankerOptions): Reranker {
    const options = resolveOptions(rerankerOptions, given, "Reranker.of");
    const { tools, weights, topK, model, documentation = {}, metadata = {} } = options;
    assertTools(tools);
    if (!(weights instanceof Float32Array)) throw invalidArgument("a Float32Array", "weights", weights);
    const dimension = weights.length / (tools.length + 1);
    if (!Number.isInteger(dimension) || dimension < 1) {
      const what = `${tools.length + 1} equal rows (one per tool, and ${REJECT})`;
      throw invalidArgument(what, "number of weights", weights.length);
    }
    assertTopK(topK, tools.length);
    if (model !== undefined && model.embeddingLength !== dimension) {
      throw invalidArgument(`${dimension}, as the rows have`, "model.embeddingLength", model.embeddingLength);
    }
    const at = weights.findIndex((weight) => !Number.isFinite(weight));
    if (at >= 0) throw invalidArgument("finite weights", `weight ${at}`, weights[at]);
    return new Reranker({
      tools,
      dimension,
      weights: weights.slice(),
      topK,
      model: model === undefined ? undefined : { ...model },
      documentation,
      metadata: plainJson(metadata, "metadata"),
    });
  }

  /**
   * Reads a reranker that `save` has written ("nano": the embedded one).
   * @throws `FILE_NOT_FOUND`, `FILE_INVALID`, `MODEL_MISMATCH`, `UNKNOWN_TOOL`, `IO`.
   */
  static async load(path: string, options: OptionsOf<typeof loadRerankerOptions> = {}): Promise<Reranker> {
    const { for: identity, tools, force } = resolveOptions(loadRerankerOptions, options, "Reranker.load");
    const fields = await loadRerankerFields(embeddedOr(path, "reranker"));
    if (fields.tools.length === 0 || fields.tools.includes(REJECT) || fields.topK > fields.tools.length) {
      throw invalidFile(path, `tools other than ${REJECT}, and top_k of them`, JSON.stringify(fields.tools));
    }
    const reranker = new Reranker(fields);
    if (identity) reranker.assertFits(identity, { force });
    if (tools) reranker.assertCovers(tools);
    return reranker;
  }

  /**
   * Writes the reranker as safetensors: tensor "weight" (K+1, d) and metadata.
   * @throws `INVALID_ARGUMENT` (weights beyond the type's range), `FILE_NOT_FOUND` (no such folder), `IO`.
   */
  async save(path: string, options: OptionsOf<typeof saveOptions> = {}): Promise<void> {
    const { type } = resolveOptions(saveOptions, options, "Reranker.save");
    await saveRerankerFields(path, this, type);
  }

  has(tool: string): boolean {
    return tool !== REJECT && this.#rows.has(tool);
  }

  /** The row of a tool or of {@link REJECT}; -1 when there is none. */
  indexOf(outcome: string): number {
    return this.#rows.get(outcome) ?? -1;
  }

  /**
   * `R_c·h` for every candidate, REJ last; the greatest wins.
   * @param h (d), the hidden state at the prompt's last position
   * @throws `UNKNOWN_TOOL`; `INVALID_ARGUMENT`: no candidates, h of another length
   */
  score(h: Float32Array, candidates: readonly string[]): Float32Array {
    if (h.length !== this.dimension) throw invalidArgument(`${this.dimension} values`, "h", h.length);
    if (candidates.length === 0) throw invalidArgument("at least one tool", "candidates", candidates);
    this.assertCovers(candidates);
    return Float32Array.from([...candidates, REJECT], (outcome) => {
      const start = this.indexOf(outcome) * this.dimension;
      let sum = 0;
      for (let j = 0; j < this.dimension; j++) sum += this.weights[start + j]! * h[j]!;
      return sum;
    });
  }

  /**
   * Refuses another model than the one it was trained on.
   * @throws `MODEL_MISMATCH`: always for another hidden size; unless `force` for another fingerprint or, where one of
   * the two fingerprints is not known, for another architecture or vocabulary size
   */
  assertFits(identity: ModelIdentity, options: OptionsOf<typeof fitOptions> = {}): void {
    const { force } = resolveOptions(fitOptions, options, "Reranker.assertFits");
    if (this.model) {
      assertSameModel(this.model, identity, "reranker", force);
    } else if (this.dimension !== identity.embeddingLength) {
      throw new ToolkenError(
        "MODEL_MISMATCH",
        `The reranker has rows of ${this.dimension} weights, ${JSON.stringify(identity.name)} has a hidden size of ${identity.embeddingLength}`,
        { hint: "Use the model that it was trained on: a dimension cannot be forced." },
      );
    }
  }

  /** Refuses a head with tools that it has no row for; rows without a tool of the head do no harm. @throws `UNKNOWN_TOOL`. */
  assertCovers(tools: readonly string[]): void {
    const missing = tools.filter((tool) => !this.has(tool));
    if (missing.length === 0) return;
    const shown = missing.slice(0, 5).map((tool) => JSON.stringify(tool));
    throw new ToolkenError("UNKNOWN_TOOL", `The reranker has no row for ${shown.join(", ")}`, {
      hint: `It was trained for ${this.tools.slice(0, 20).join(", ")}; use the head whose calls it was trained on.`,
    });
  }
}

function assertTools(tools: readonly string[]): void {
  const given: unknown = tools;
  if (!Array.isArray(given) || given.length === 0) throw invalidArgument("at least one tool", "tools", tools);
  for (const [at, tool] of (given as unknown[]).entries()) {
    if (typeof tool !== "string" || tool === "" || tool === REJECT || given.indexOf(tool) !== at) {
      throw invalidArgument(`different names other than ${REJECT}`, "tools", tool);
    }
  }
}

/** @throws `INVALID_ARGUMENT` */
export function assertTopK(topK: number, tools: number): void {
  if (Number.isInteger(topK) && topK >= 1 && topK <= tools) return;
  throw invalidArgument(`an integer from 1 to ${tools}, the number of tools`, "topK", topK);
}
