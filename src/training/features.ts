import { rm } from "node:fs/promises";
import { ToolkenError } from "../errors.js";
import { assertSameModel } from "../head/model-identity.js";
import { SafetensorsFile } from "../head/safetensors.js";
import { loadOptions } from "../head/options.js";
import { defineOptions, type OptionsOf, resolveOptions } from "../utils/options.js";
import { nonEmptyString } from "../utils/option-fields.js";
import { invalidFile } from "../utils/file-error.js";
import { decodeToolTarget } from "./align.js";
import { checkTensors, type FeaturesInfo, readInfo, sameItems, topTokensOf } from "./features-format.js";
import { type FeatureSource, LEFT_OUT_STEP, type Steps, type VocabularySteps } from "./steps.js";

const loadFeaturesOptions = defineOptions({
  ...loadOptions.shape,
  temporaryFolder: nonEmptyString().optional().describe("Folder that `dispose` removes"),
});

/** An open file of features. Free it with `dispose()` or `await using`. */
export class Features implements FeatureSource, AsyncDisposable {
  readonly path: string;
  readonly info: FeaturesInfo;
  /** N */
  readonly count: number;
  /** d */
  readonly dimension: number;
  /** m: stored best tokens per step. */
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
   * Opens a file of `extractFeatures`; the tensors are read on first use.
   * @throws `FILE_NOT_FOUND`, `FILE_INVALID`, `MODEL_MISMATCH`, `IO`.
   */
  static async load(path: string, options: OptionsOf<typeof loadFeaturesOptions> = {}): Promise<Features> {
    const {
      for: identity,
      force,
      temporaryFolder,
    } = resolveOptions(loadFeaturesOptions, options, "Features.load");
    const file = await SafetensorsFile.open(path);
    try {
      const info = readInfo(file);
      if (identity) assertSameModel(info.model, identity, "feature file", force);
      return new Features(file, info, checkTensors(file, info), temporaryFolder);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /**
   * The steps, read on first use and cached until `dispose`.
   * @param tools the head's tools in the order of its rows; steps of other tools get the target -2. Default: all.
   * @throws `UNKNOWN_TOOL` (a tool that the corpus does not have), `FILE_INVALID`, `IO`, `DISPOSED`.
   */
  async steps(tools: readonly string[] = this.info.tools): Promise<Steps> {
    if (this.#disposed) throw new ToolkenError("DISPOSED", "The features have been disposed");
    this.#steps ??= this.#read().catch((error: unknown) => {
      this.#steps = undefined;
      throw error;
    });
    const all = await this.#steps;
    if (sameItems(tools, all.tools)) return all;
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
    if (this.#disposed) throw new ToolkenError("DISPOSED", "The features have been disposed");
    const token = await this.#file.read("top_token");
    return {
      top: this.topTokens,
      token: token.data as Int32Array,
      logit: await this.#file.readFloat32("top_logit"),
      entropy: await this.#file.readFloat32("entropy"),
    };
  }

  /** Closes the file, and removes it if it is temporary. Idempotent. */
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
