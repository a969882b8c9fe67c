// A forward pass over a large corpus takes hours: it is done in parts, and a pass that was stopped goes on behind the last.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { exists } from "../utils/exists.js";
import { ToolkenError, invalidArgument, throwIfAborted } from "../errors.js";
import { fileSystemError } from "../utils/file-error.js";
import type { Model } from "../model/model.js";
import type { TrainingProblem } from "../examples/example.js";
import { extractFeatures, type ExtractFeaturesOptions } from "./extract-features.js";
import {
  Features,
  type FeatureSource,
  type FeaturesInfo,
  type Steps,
  type VocabularySteps,
} from "./features.js";
import { corpusDigest, createFrame } from "./frame.js";

export interface FeaturePartsOptions extends Omit<ExtractFeaturesOptions, "path" | "origins" | "frame"> {
  /** Folder of the parts, made when it is not there; it must belong to this corpus alone. */
  readonly folder: string;
  /** Texts of a part; the same for every pass into the folder. Default: 256. */
  readonly textsPerPart?: number | undefined;
}

/** Features of one corpus in several files. Free them with `dispose()` or `await using`. */
export class FeatureParts implements FeatureSource, AsyncDisposable {
  readonly info: FeaturesInfo;
  /** Tokens that this pass has decoded; parts that were there already cost none. */
  readonly decodedTokens: number;
  readonly #parts: readonly OpenPart[];

  constructor(info: FeaturesInfo, parts: readonly OpenPart[]) {
    this.info = info;
    this.decodedTokens = parts.reduce((sum, part) => sum + (part.isNew ? part.features.info.tokens : 0), 0);
    this.#parts = parts;
  }

  /** All steps, read anew at each call. @throws what {@link Features.steps} throws. */
  async steps(tools: readonly string[] = this.info.tools): Promise<Steps> {
    const unknown = tools.find((tool) => !this.info.tools.includes(tool));
    if (unknown !== undefined) {
      throw new ToolkenError("UNKNOWN_TOOL", `The features have no tool ${JSON.stringify(unknown)}`, {
        hint: `They have ${this.info.tools.join(", ")}.`,
      });
    }
    const parts: Steps[] = [];
    for (const { features, firstText } of this.#parts) {
      const steps = await stepsAmong(features, tools);
      parts.push(firstText === 0 ? steps : { ...steps, text: steps.text.map((text) => text + firstText) });
    }
    return joined(parts);
  }

  /** What the vocabulary says at all steps. @throws what {@link Features.vocabulary} throws. */
  async vocabulary(): Promise<VocabularySteps> {
    const parts: VocabularySteps[] = [];
    for (const { features } of this.#parts) parts.push(await features.vocabulary());
    return {
      top: parts[0]!.top,
      token: concatenated(Int32Array, parts, ({ token }) => token),
      logit: concatenated(Float32Array, parts, ({ logit }) => logit),
      entropy: concatenated(Float32Array, parts, ({ entropy }) => entropy),
    };
  }

  async dispose(): Promise<void> {
    await Promise.all(this.#parts.map(({ features }) => features.dispose()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose();
  }
}

interface OpenPart {
  readonly features: Features;
  /** Index of the part's first text in the corpus. */
  readonly firstText: number;
  readonly isNew: boolean;
}

/**
 * As {@link extractFeatures}, part by part. Parts that are in the folder already are not computed again, wherever the
 * pass that wrote them was stopped.
 *
 * @throws what `extractFeatures` throws; `FILE_INVALID`, `MODEL_MISMATCH` (a part of another model).
 */
export async function extractFeatureParts(model: Model, options: FeaturePartsOptions): Promise<FeatureParts> {
  const { folder, textsPerPart = 256, examples, onProgress, ...pass } = options;
  if (!Number.isInteger(textsPerPart) || textsPerPart < 1) {
    throw invalidArgument("a number of texts", "textsPerPart", textsPerPart);
  }
  await mkdir(folder, { recursive: true }).catch((cause: unknown) => {
    throw fileSystemError("write", folder, cause);
  });
  const { prompt = null, chat = false, includeQuestion = false } = options;
  // Of all texts: a part whose texts begin otherwise than most would stand behind another prefix.
  const frame = createFrame(model, examples, { prompt, chat, includeQuestion });
  const parts: OpenPart[] = [];
  const problems: TrainingProblem[] = [];
  try {
    onProgress?.(0, examples.length);
    for (let firstText = 0; firstText < examples.length; firstText += textsPerPart) {
      const some = examples.slice(firstText, firstText + textsPerPart);
      const file = join(folder, `part-${String(firstText / textsPerPart).padStart(5, "0")}.safetensors`);
      const part = await keptOrExtracted(model, file, {
        ...pass,
        frame,
        examples: some,
        onProgress: (done) => onProgress?.(firstText + done, examples.length),
      });
      if (part instanceof ToolkenError) {
        problems.push({ ...(some[0]!.source ?? { file: "", line: firstText + 1 }), reason: part.message });
      } else {
        parts.push({ ...part, firstText });
        problems.push(...part.features.info.problems.map((problem) => numbered(problem, firstText)));
      }
      onProgress?.(firstText + some.length, examples.length);
      throwIfAborted(pass.signal);
    }
    // An abort while the last part was written comes too late for the pass to notice.
    throwIfAborted(options.signal);
    if (parts.length === 0) throw new ToolkenError("ALIGNMENT_FAILED", problems[0]!.reason);
    const info = {
      ...parts[0]!.features.info,
      tools: options.tools,
      texts: examples.length,
      tokens: parts.reduce((sum, { features }) => sum + features.info.tokens, 0),
      corpus: corpusDigest(examples, { prompt, chat, includeQuestion }),
      problems,
    };
    return new FeatureParts(info, parts);
  } catch (error) {
    await Promise.all(parts.map(({ features }) => features.dispose()));
    throw error;
  }
}

/** A part none of whose texts can be aligned is a problem of its texts, not the end of the pass. */
async function keptOrExtracted(
  model: Model,
  path: string,
  options: ExtractFeaturesOptions,
): Promise<{ readonly features: Features; readonly isNew: boolean } | ToolkenError> {
  if (await exists(path)) {
    const features = await Features.load(path, { for: await model.identity() });
    const { prompt = null, chat = false, includeQuestion = false, examples, frame, topTokens = 0 } = options;
    const fits =
      features.info.corpus === corpusDigest(examples, { prompt, chat, includeQuestion }) &&
      features.info.prefix === frame?.prefix &&
      features.topTokens >= Math.min(topTokens, model.facts.vocabularySize);
    if (fits) return { features, isNew: false };
    // Of an earlier state of the texts: written anew.
    await features.dispose();
  }
  try {
    return { features: await extractFeatures(model, { ...options, path }), isNew: true };
  } catch (error) {
    if (error instanceof ToolkenError && error.code === "ALIGNMENT_FAILED") return error;
    throw error;
  }
}

/** A part that was kept may know fewer tools than the corpus has by now: none of its own texts needs the others. */
async function stepsAmong(features: Features, tools: readonly string[]): Promise<Steps> {
  const of = new Set(features.info.tools);
  const known = tools.filter((tool) => of.has(tool));
  const steps = await features.steps(known);
  if (known.length === tools.length) return steps;
  const rows = new Map(tools.map((tool, row) => [tool, row]));
  const target = steps.target.map((k) => (k < 0 ? k : rows.get(known[k]!)!));
  return { ...steps, tools, target };
}

/** Without a source a problem counts texts of its part from 1. */
function numbered(problem: TrainingProblem, firstText: number): TrainingProblem {
  return problem.file === "" ? { ...problem, line: problem.line + firstText } : problem;
}

function joined(parts: readonly Steps[]): Steps {
  const [first] = parts;
  if (first === undefined || parts.length === 1) return first!;
  const floats = (of: (steps: Steps) => Float32Array): Float32Array => concatenated(Float32Array, parts, of);
  const integers = (of: (steps: Steps) => Int32Array): Int32Array => concatenated(Int32Array, parts, of);
  return {
    ...first,
    count: parts.reduce((sum, { count }) => sum + count, 0),
    h: floats(({ h }) => h),
    lse: floats(({ lse }) => lse),
    target: integers(({ target }) => target),
    targetLogit: floats(({ targetLogit }) => targetLogit),
    bestLogit: floats(({ bestLogit }) => bestLogit),
    text: integers(({ text }) => text),
    position: integers(({ position }) => position),
  };
}

function concatenated<Part, Column extends Float32Array | Int32Array>(
  Column: new (length: number) => Column,
  parts: readonly Part[],
  of: (part: Part) => Column,
): Column {
  const whole = new Column(parts.reduce((sum, part) => sum + of(part).length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(of(part), at);
    at += of(part).length;
  }
  return whole;
}
