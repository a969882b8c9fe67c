// The reranker is a value, as the head is: a matrix with a row per tool and one for REJ, and what it was trained with.
import { ToolkenError, invalidArgument } from "../errors.js";
import type { MatrixFileType } from "../head/matrix-file.js";
import { assertSameModel, type HeadModelFacts } from "../head/model-identity.js";
import { embeddedOr } from "../model/embedded.js";
import { invalidFile } from "../utils/file-error.js";
import type { RerankerFields } from "./reranker-fields.js";
import { loadRerankerFields, saveRerankerFields } from "./reranker-file.js";
import type { ModelIdentity } from "../model/facts.js";
import { plainJson } from "../utils/plain-json.js";

/** The outcome "continue the answer without calling any tool". */
export const REJECT = "REJ";
/** {@link RerankerFields} with defaults: d by the number of weights, nothing known about the rest. */
export type RerankerOptions = Pick<RerankerFields, "tools" | "weights" | "topK"> &
  Partial<Omit<RerankerFields, "dimension">>;

/**
 * A reranker: `R ∈ R^{(K+1)×d}` (Toolken+, arXiv 2410.12004). Scores of a tentative call are `R_c·h` over its
 * candidates and REJ, with `h` the last hidden state behind {@link rerankPrompt}.
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
  static of(options: RerankerOptions): Reranker {
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
   * @param options.for the model that it is to be used with; see {@link Reranker.assertFits}
   * @param options.tools the head's tools; see {@link Reranker.assertCovers}
   * @throws `FILE_NOT_FOUND`, `FILE_INVALID`, `MODEL_MISMATCH`, `UNKNOWN_TOOL`, `IO`.
   */
  static async load(
    path: string,
    options: {
      readonly for?: ModelIdentity;
      readonly tools?: readonly string[];
      readonly force?: boolean;
    } = {},
  ): Promise<Reranker> {
    const fields = await loadRerankerFields(embeddedOr(path, "reranker"));
    if (fields.tools.length === 0 || fields.tools.includes(REJECT) || fields.topK > fields.tools.length) {
      throw invalidFile(path, `tools other than ${REJECT}, and top_k of them`, JSON.stringify(fields.tools));
    }
    const reranker = new Reranker(fields);
    if (options.for) reranker.assertFits(options.for, { force: options.force ?? false });
    if (options.tools) reranker.assertCovers(options.tools);
    return reranker;
  }

  /**
   * Writes the reranker as safetensors: tensor "weight" (K+1, d) and metadata.
   * @param options.type F16 and BF16 halve the file and round the weights. Default: F32.
   * @throws `INVALID_ARGUMENT` (weights beyond the type's range), `FILE_NOT_FOUND` (no such folder), `IO`.
   */
  async save(path: string, options: { readonly type?: MatrixFileType } = {}): Promise<void> {
    await saveRerankerFields(path, this, options.type ?? "F32");
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
  assertFits(identity: ModelIdentity, options: { readonly force?: boolean } = {}): void {
    if (this.model) {
      assertSameModel(this.model, identity, "reranker", options.force);
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
