import { ToolkenError, invalidArgument } from "../errors.js";
import { embeddedOr } from "../model/embedded.js";
import { assertSameModel, type HeadModelFacts } from "./model-identity.js";
import { assertFinite, assertTools, concatenated, dimensionMismatch, listed } from "./head-checks.js";
import { plainJson } from "../utils/plain-json.js";
import type { HeadDecision } from "./decision.js";
import { loadHeadFields, saveHeadFields, type HeadFields } from "./head-file.js";
import { value } from "../utils/option-fields.js";
import { defineOptions, type OptionsOf, resolveOptions } from "../utils/options.js";
import { fitOptions, loadOptions, saveOptions } from "./options.js";
import type { ModelIdentity } from "../model/facts.js";

const toolHeadOptions = defineOptions({
  tools: value<readonly string[]>("names").describe('Bare names ("add"), one per row, all different'),
  dimension: value<number>("a positive integer")
    .optional()
    .describe("d")
    .meta({ defaultText: "the number of weights by the number of tools" }),
  weights: value<Float32Array>("a Float32Array").describe("(K, d), row-major, finite; copied"),
  bias: value<ArrayLike<number>>("numbers")
    .optional()
    .describe("(K), added to the tools' logits; copied")
    .meta({ more: "`-Infinity` switches a tool off.", defaultText: "0 for each" }),
  model: value<HeadModelFacts | null>("a model's identity")
    .optional()
    .describe("The model it was trained on"),
  training: value<Readonly<Record<string, unknown>> | null>("an object")
    .optional()
    .describe("How it was trained; anything that JSON holds"),
  decision: value<HeadDecision | null>("a decision")
    .optional()
    .describe("Where the head decides on a request; null: at every step of running text"),
});
export type ToolHeadOptions = OptionsOf<typeof toolHeadOptions>;

/**
 * A tool head: `W ∈ R^{K×d}`, one row per tool (ToolkenGPT, arXiv 2305.11554). Tool logits are `W h + b`.
 * Immutable: every change returns another head. `weights` and `bias` must not be written to.
 */
export class ToolHead {
  readonly tools: readonly string[];
  /** d */
  readonly dimension: number;
  /** (K, d), row-major */
  readonly weights: Float32Array;
  /** (K) */
  readonly bias: Float32Array;
  readonly model: HeadModelFacts | null;
  readonly training: Readonly<Record<string, unknown>> | null;
  readonly decision: HeadDecision | null;
  readonly #rows: ReadonlyMap<string, number>;

  private constructor(fields: HeadFields) {
    this.tools = Object.freeze([...fields.tools]);
    this.dimension = fields.dimension;
    this.weights = fields.weights;
    this.bias = fields.bias;
    this.model = fields.model;
    this.training = fields.training;
    this.decision = fields.decision;
    this.#rows = new Map(this.tools.map((tool, row) => [tool, row]));
  }

  /** @throws `INVALID_ARGUMENT`: names not unique, lengths that do not fit, weights that are not finite. */
  static create(given: ToolHeadOptions): ToolHead {
    const options = resolveOptions(toolHeadOptions, given, "ToolHead.create");
    const { tools, weights, bias, model = null, training = null, decision = null } = options;
    assertTools(tools);
    if (!(weights instanceof Float32Array)) throw invalidArgument("a Float32Array", "weights", weights);
    const dimension = options.dimension ?? (tools.length === 0 ? undefined : weights.length / tools.length);
    if (dimension === undefined || !Number.isSafeInteger(dimension) || dimension < 1) {
      const name = options.dimension === undefined ? "weights by tools" : "dimension";
      throw invalidArgument("a positive integer", name, dimension);
    }
    if (weights.length !== tools.length * dimension) {
      const what = `${tools.length} rows of ${dimension} weights`;
      throw invalidArgument(what, "number of weights", weights.length);
    }
    if (bias !== undefined && bias.length !== tools.length) {
      throw invalidArgument(`${tools.length} values`, "number of biases", bias.length);
    }
    if (model !== null && model.embeddingLength !== dimension) {
      throw invalidArgument(`${dimension}, as the head has`, "model.embeddingLength", model.embeddingLength);
    }
    return ToolHead.#checked({
      tools,
      dimension,
      weights: weights.slice(),
      bias: bias === undefined ? new Float32Array(tools.length) : Float32Array.from(bias),
      model: model === null ? null : { ...model },
      training: training === null ? null : plainJson(training, "training"),
      decision,
    });
  }

  /**
   * Reads a head that `save` has written.
   * @throws `FILE_NOT_FOUND`, `FILE_INVALID`, `MODEL_MISMATCH`, `IO`.
   */
  static async load(path: string, options: OptionsOf<typeof loadOptions> = {}): Promise<ToolHead> {
    const { for: identity, force } = resolveOptions(loadOptions, options, "ToolHead.load");
    const head = new ToolHead(await loadHeadFields(embeddedOr(path, "head")));
    if (identity) head.assertFits(identity, { force });
    return head;
  }

  /**
   * Writes the head as safetensors: tensor "weight" (K, d) and metadata.
   * @throws `INVALID_ARGUMENT` (weights beyond the type's range), `FILE_NOT_FOUND` (no such folder), `IO`.
   */
  async save(path: string, options: OptionsOf<typeof saveOptions> = {}): Promise<void> {
    const { type } = resolveOptions(saveOptions, options, "ToolHead.save");
    await saveHeadFields(path, this, type);
  }

  /** K */
  get size(): number {
    return this.tools.length;
  }

  has(tool: string): boolean {
    return this.#rows.has(tool);
  }

  /** The tool's row, -1 when the head has none. */
  indexOf(tool: string): number {
    return this.#rows.get(tool) ?? -1;
  }

  /** A copy of the tool's weights, (d). @throws `UNKNOWN_TOOL`. */
  row(tool: string): Float32Array {
    const row = this.#rowOf(tool);
    return this.weights.slice(row * this.dimension, (row + 1) * this.dimension);
  }

  /**
   * Adds a tool as the last row, or replaces its row in place.
   * @param bias Default: the bias that the tool had, 0 for a new one.
   * @throws `INVALID_ARGUMENT`.
   */
  withRow(tool: string, weights: Float32Array, bias?: number): ToolHead {
    if (!(weights instanceof Float32Array)) throw invalidArgument("a Float32Array", "weights", weights);
    if (weights.length !== this.dimension) {
      throw invalidArgument(`${this.dimension} weights`, "number of weights", weights.length);
    }
    const isNew = !this.has(tool);
    const tools = isNew ? [...this.tools, tool] : this.tools;
    assertTools(tools);
    const row = isNew ? this.size : this.indexOf(tool);
    const matrix = new Float32Array(tools.length * this.dimension);
    matrix.set(this.weights);
    matrix.set(weights, row * this.dimension);
    const biases = new Float32Array(tools.length);
    biases.set(this.bias);
    if (bias !== undefined) biases[row] = bias;
    return this.#with({ tools, weights: matrix, bias: biases });
  }

  /** @throws `UNKNOWN_TOOL`. */
  without(...tools: string[]): ToolHead {
    const dropped = new Set(tools.map((tool) => this.#rowOf(tool)));
    return this.#pick(this.tools.filter((_, row) => !dropped.has(row)));
  }

  /** Only these tools, in this order. @throws `UNKNOWN_TOOL`, `INVALID_ARGUMENT` (a tool twice). */
  select(tools: readonly string[]): ToolHead {
    assertTools(tools);
    return this.#pick(tools);
  }

  /** The same tools in another order. @throws `UNKNOWN_TOOL`, `INVALID_ARGUMENT` (a tool twice or missing). */
  reordered(tools: readonly string[]): ToolHead {
    const head = this.select(tools);
    if (head.size !== this.size) {
      const missing = this.tools.filter((tool) => !head.has(tool));
      throw invalidArgument(`all ${this.size} tools (without: ${listed(missing)})`, "tools", tools);
    }
    return head;
  }

  /** @param names from old to new names. @throws `UNKNOWN_TOOL`, `INVALID_ARGUMENT` (two tools of one name). */
  renamed(names: Readonly<Record<string, string>>): ToolHead {
    const renames = new Map(Object.entries(names));
    for (const old of renames.keys()) this.#rowOf(old);
    const tools = this.tools.map((tool) => renames.get(tool) ?? tool);
    assertTools(tools);
    return this.#with({ tools });
  }

  /**
   * The rows of both heads, these first. A tool that both have must have the same row and bias in both.
   * @throws `MODEL_MISMATCH`, `INVALID_ARGUMENT` (a tool with different rows).
   */
  merge(other: ToolHead, options: OptionsOf<typeof fitOptions> = {}): ToolHead {
    const { force } = resolveOptions(fitOptions, options, "ToolHead.merge");
    if (this.model && other.model) assertSameModel(this.model, other.model, "head", force);
    if (this.dimension !== other.dimension) throw dimensionMismatch(this, other.dimension, "the other head");
    const clash = other.tools.find((tool) => this.has(tool) && !this.#hasSameRow(other, tool));
    if (clash !== undefined) {
      throw invalidArgument("heads whose common tools have equal rows", "the other head's tool", clash, {
        hint: "Rename the tool in one head, or leave it out of one.",
      });
    }
    const added = other.without(...other.tools.filter((tool) => this.has(tool)));
    return ToolHead.#checked({
      tools: [...this.tools, ...added.tools],
      dimension: this.dimension,
      weights: concatenated(this.weights, added.weights),
      bias: concatenated(this.bias, added.bias),
      model: this.model ?? other.model,
      training:
        this.training && other.training
          ? { merged: [this.training, other.training] }
          : (this.training ?? other.training),
      decision: this.decision ?? other.decision,
    });
  }

  /** The same rows with other biases, one per tool. @throws `INVALID_ARGUMENT`. */
  withBias(bias: ArrayLike<number>): ToolHead {
    if (bias.length !== this.size)
      throw invalidArgument(`${this.size} values`, "number of biases", bias.length);
    return this.#with({ bias: Float32Array.from(bias) });
  }

  /**
   * Refuses another model than the one the head was trained on.
   * @throws `MODEL_MISMATCH`: always for another hidden size; unless `force` for another fingerprint or, where one of
   * the two fingerprints is not known, for another architecture or vocabulary size
   */
  assertFits(identity: ModelIdentity, options: OptionsOf<typeof fitOptions> = {}): void {
    const { force } = resolveOptions(fitOptions, options, "ToolHead.assertFits");
    if (this.model) assertSameModel(this.model, identity, "head", force);
    else if (this.dimension !== identity.embeddingLength) {
      throw dimensionMismatch(this, identity.embeddingLength, JSON.stringify(identity.name));
    }
  }

  static #checked(fields: HeadFields): ToolHead {
    assertFinite(fields);
    return new ToolHead(fields);
  }

  #with(changed: Partial<HeadFields>): ToolHead {
    const { tools, dimension, weights, bias, model, training, decision } = this;
    return ToolHead.#checked({ tools, dimension, weights, bias, model, training, decision, ...changed });
  }

  #pick(tools: readonly string[]): ToolHead {
    const d = this.dimension;
    const weights = new Float32Array(tools.length * d);
    const bias = new Float32Array(tools.length);
    for (const [to, tool] of tools.entries()) {
      const from = this.#rowOf(tool);
      weights.set(this.weights.subarray(from * d, (from + 1) * d), to * d);
      bias[to] = this.bias[from]!;
    }
    return this.#with({ tools, weights, bias });
  }

  #rowOf(tool: string): number {
    const row = this.#rows.get(tool);
    if (row !== undefined) return row;
    throw new ToolkenError("UNKNOWN_TOOL", `The head has no tool ${JSON.stringify(tool)}`, {
      hint: `It has ${listed(this.tools) || "none"}.`,
    });
  }

  #hasSameRow(other: ToolHead, tool: string): boolean {
    const mine = this.row(tool);
    const theirs = other.row(tool);
    return (
      mine.every((weight, i) => weight === theirs[i]) &&
      this.bias[this.indexOf(tool)] === other.bias[other.indexOf(tool)]
    );
  }
}
