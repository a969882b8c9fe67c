// One forward pass gives all that training needs; kept in a file, other heads and settings train without the model.
import { rm } from "node:fs/promises";
import { z } from "zod";
import { ToolkenError } from "../errors.js";
import { invalidFile, shown } from "../utils/file-error.js";
import { assertSameModel, type HeadModelFacts, type ModelIdentity } from "../head/model-identity.js";
import { SafetensorsFile } from "../head/safetensors.js";
import { decodeToolTarget } from "./align.js";
import type { TrainingProblem } from "../examples/example.js";

export const FEATURES_FORMAT = "toolken.features";
export const FEATURES_FORMAT_VERSION = "1";

/** Target of a step of a tool that is left out; −1 is that of a token. */
export const LEFT_OUT_STEP = -2;

const infoSchema = z.object({
  tools: z.array(z.string().min(1)).refine((tools) => new Set(tools).size === tools.length),
  model: z.object({
    architecture: z.string(),
    name: z.string(),
    embeddingLength: z.int().positive(),
    vocabularySize: z.int().positive(),
    fingerprint: z.string().nullable(),
    fileName: z.string().exactOptional(),
  }),
  texts: z.int().nonnegative(),
  // The last texts of the corpus are the model's own generations; origins[i] is the text that it answers.
  origins: z.array(z.int().nonnegative()),
  tokens: z.int().nonnegative(),
  corpus: z.string(),
  prefix: z.string(),
  includeQuestion: z.boolean(),
  chat: z.boolean(),
  problems: z.array(z.object({ file: z.string(), line: z.int(), reason: z.string() })),
});

/** What a file of features tells besides its tensors. */
export interface FeaturesInfo {
  /** Tool names; their order is that of the targets. */
  readonly tools: readonly string[];
  readonly model: HeadModelFacts;
  /** Texts given, those without steps included. */
  readonly texts: number;
  /** For each generated text, which are the last ones: the text whose question it answers. */
  readonly origins: readonly number[];
  /** Tokens of the forward pass. */
  readonly tokens: number;
  /** SHA-256 over texts, prompt and settings. */
  readonly corpus: string;
  /** What stood before every text. */
  readonly prefix: string;
  readonly includeQuestion: boolean;
  readonly chat: boolean;
  /** Texts that gave no steps, and why. */
  readonly problems: readonly TrainingProblem[];
}

/** N steps, row-major. */
export interface Steps {
  /** N */
  readonly count: number;
  /** d */
  readonly dimension: number;
  /** K names; targets are indices into them. */
  readonly tools: readonly string[];
  /** (N, d): last hidden states after the final norm. */
  readonly h: Float32Array;
  /** (N): logsumexp of the vocabulary's logits. */
  readonly lse: Float32Array;
  /** (N): k for tool k, -1 for a token, -2 for a tool that is left out. */
  readonly target: Int32Array;
  /** (N): the target token's logit, 0 for a tool. */
  readonly targetLogit: Float32Array;
  /** (N): the best token's logit. */
  readonly bestLogit: Float32Array;
  /** (N): the text of the step. Rows of one text keep their order, and may alternate with those of others. */
  readonly text: Int32Array;
  /** (N): the step's token, counted within the text behind what all texts share. */
  readonly position: Int32Array;
}

/** What training needs of features, in one file or several. */
export interface FeatureSource {
  readonly info: FeaturesInfo;
  /** The steps; targets are indices into `tools`, default all. */
  steps(tools?: readonly string[]): Promise<Steps>;
}

/** The steps of some texts, copied. */
export function stepsOfTexts(steps: Steps, texts: ReadonlySet<number>): Steps {
  const rows = [...steps.text.keys()].filter((step) => texts.has(steps.text[step]!));
  const d = steps.dimension;
  const h = new Float32Array(rows.length * d);
  rows.forEach((step, to) => {
    h.set(steps.h.subarray(step * d, (step + 1) * d), to * d);
  });
  const floats = (column: Float32Array): Float32Array => Float32Array.from(rows, (step) => column[step]!);
  const integers = (column: Int32Array): Int32Array => Int32Array.from(rows, (step) => column[step]!);
  return {
    ...steps,
    count: rows.length,
    h,
    lse: floats(steps.lse),
    target: integers(steps.target),
    targetLogit: floats(steps.targetLogit),
    bestLogit: floats(steps.bestLogit),
    text: integers(steps.text),
    position: integers(steps.position),
  };
}

/** What the vocabulary says at N steps, row-major. */
export interface VocabularySteps {
  /** m */
  readonly top: number;
  /** (N, m): the best tokens, best first; -1 where fewer have a logit. */
  readonly token: Int32Array;
  /** (N, m) */
  readonly logit: Float32Array;
  /** (N): of the softmax over the vocabulary, in nats. */
  readonly entropy: Float32Array;
}

/** An open file of features. Free it with `dispose()` or `await using`. */
export class Features implements FeatureSource, AsyncDisposable {
  readonly path: string;
  readonly info: FeaturesInfo;
  /** N */
  readonly count: number;
  /** d */
  readonly dimension: number;
  /** m: the best tokens that are kept of every step. */
  readonly topTokens: number;
  readonly #file: SafetensorsFile;
  readonly #temporaryFolder: string | undefined;
  #steps: Promise<Steps> | undefined;
  #disposed = false;

  private constructor(file: SafetensorsFile, info: FeaturesInfo, count: number, folder: string | undefined) {
    this.#file = file;
    this.#temporaryFolder = folder;
    this.path = file.path;
    this.info = info;
    this.count = count;
    this.dimension = info.model.embeddingLength;
    this.topTokens = topTokensOf(file);
  }

  /**
   * Opens what `extractFeatures` has written; the tensors are read when they are asked for.
   * @param options.for the model whose head is to be trained; `force` overrides its fingerprint, never d
   * @param options.temporaryFolder removed by `dispose`
   * @throws `FILE_NOT_FOUND`, `FILE_INVALID`, `MODEL_MISMATCH`, `IO`.
   */
  static async load(
    path: string,
    options: {
      readonly for?: ModelIdentity;
      readonly force?: boolean;
      readonly temporaryFolder?: string | undefined;
    } = {},
  ): Promise<Features> {
    const file = await SafetensorsFile.open(path);
    try {
      const info = readInfo(file);
      if (options.for) assertSameModel(info.model, options.for, "feature file", options.force);
      return new Features(file, info, checkTensors(file, info), options.temporaryFolder);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /**
   * The steps, read on first use and kept until `dispose`.
   * @param tools the head's tools in the order of its rows; steps of other tools get the target -2. Default: all.
   * @throws `UNKNOWN_TOOL` (a tool that the corpus was not aligned with), `FILE_INVALID`, `IO`, `DISPOSED`.
   */
  async steps(tools: readonly string[] = this.info.tools): Promise<Steps> {
    if (this.#disposed) throw new ToolkenError("DISPOSED", "Expected features in use but they were disposed");
    this.#steps ??= this.#read().catch((error: unknown) => {
      this.#steps = undefined;
      throw error;
    });
    const all = await this.#steps;
    if (sameNames(tools, all.tools)) return all;
    const rows = this.info.tools.map((tool) => tools.indexOf(tool));
    const unknown = tools.find((tool) => !this.info.tools.includes(tool));
    if (unknown !== undefined) {
      throw new ToolkenError("UNKNOWN_TOOL", `The features have no tool ${JSON.stringify(unknown)}`, {
        hint: `They have ${this.info.tools.join(", ")}.`,
      });
    }
    const target = all.target.map((k) => (k < 0 ? k : rows[k]! < 0 ? LEFT_OUT_STEP : rows[k]!));
    return { ...all, tools, target };
  }

  /** @throws `FILE_INVALID` (features without the best tokens), `IO`, `DISPOSED`. */
  async vocabulary(): Promise<VocabularySteps> {
    if (this.#disposed) throw new ToolkenError("DISPOSED", "Expected features in use but they were disposed");
    const token = await this.#file.read("top_token");
    return {
      top: this.topTokens,
      token: token.data as Int32Array,
      logit: await this.#file.readFloat32("top_logit"),
      entropy: await this.#file.readFloat32("entropy"),
    };
  }

  /** Closes the file, and removes it when nobody asked to keep it. Idempotent. */
  async dispose(): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#steps = undefined;
    await this.#file.close();
    if (this.#temporaryFolder !== undefined)
      await rm(this.#temporaryFolder, { recursive: true, force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose();
  }

  async #read(): Promise<Steps> {
    const float = (name: string): Promise<Float32Array> => this.#file.readFloat32(name);
    const integer = async (name: string): Promise<Int32Array> =>
      (await this.#file.read(name)).data as Int32Array;
    const steps: Steps = {
      count: this.count,
      dimension: this.dimension,
      tools: this.info.tools,
      h: await float("h"),
      lse: await float("lse"),
      target: (await integer("target")).map(decodeToolTarget),
      targetLogit: await float("target_logit"),
      bestLogit: await float("best_logit"),
      text: await integer("text"),
      position: await integer("position"),
    };
    const { texts, tools } = this.info;
    const at = steps.text.findIndex((text, step) => {
      return text < 0 || text >= texts || steps.target[step]! >= tools.length;
    });
    if (at >= 0) throw invalidFile(this.path, "texts and tools within its own lists", `others at step ${at}`);
    return steps;
  }
}

/** The file's metadata for {@link Features.load}: a JSON object of strings, as the native writer takes it. */
export function featuresMetadata(info: FeaturesInfo): string {
  return JSON.stringify({
    format: FEATURES_FORMAT,
    format_version: FEATURES_FORMAT_VERSION,
    info: JSON.stringify(info),
  });
}

function readInfo(file: SafetensorsFile): FeaturesInfo {
  const { format, format_version: version, info } = file.metadata;
  if (format !== FEATURES_FORMAT) {
    throw invalidFile(file.path, `features (metadata format ${shown(FEATURES_FORMAT)})`, shown(format));
  }
  if (version !== FEATURES_FORMAT_VERSION) {
    throw invalidFile(file.path, `format version ${FEATURES_FORMAT_VERSION}`, shown(version), {
      hint: "Another version of the library wrote it; delete it and train again.",
    });
  }
  let value: unknown;
  try {
    value = JSON.parse(info ?? "");
  } catch (cause) {
    throw invalidFile(file.path, "JSON as metadata info", shown(info), { cause });
  }
  const result = infoSchema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const place = ["info", ...(issue?.path ?? [])].map(String).join(".");
  throw invalidFile(file.path, `fitting metadata ${place}`, issue?.message ?? "others");
}

function checkTensors(file: SafetensorsFile, info: FeaturesInfo): number {
  const [count = -1] = file.facts("h").shape;
  const d = info.model.embeddingLength;
  const check = (name: string, dtype: string, shape: readonly number[]): void => {
    const facts = file.facts(name);
    if (facts.dtype !== dtype || !sameNames(facts.shape, shape)) {
      const found = `${facts.dtype} ${shown(facts.shape)}`;
      throw invalidFile(file.path, `${name} of ${dtype} ${shown(shape)}`, found);
    }
  };
  check("h", "F32", [count, d]);
  for (const name of ["lse", "target_logit", "best_logit"]) check(name, "F32", [count]);
  for (const name of ["target", "text", "position"]) check(name, "I32", [count]);
  const top = topTokensOf(file);
  if (top > 0) {
    check("top_token", "I32", [count, top]);
    check("top_logit", "F32", [count, top]);
    check("entropy", "F32", [count]);
  }
  return count;
}

function topTokensOf(file: SafetensorsFile): number {
  return file.tensors.get("top_token")?.shape[1] ?? 0;
}

function sameNames<T>(a: readonly T[], b: readonly T[]): boolean {
  return a.length === b.length && a.every((value, index) => value === b[index]);
}
