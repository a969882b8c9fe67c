import type { Model } from "../model/model.js";
import { exists } from "../utils/exists.js";
import { invalidFile } from "../utils/file-error.js";
import { extractFeatures, type ExtractFeaturesOptions } from "./extract-features.js";
import { Features } from "./features.js";
import { corpusDigest } from "./frame.js";

/**
 * Opens the features at `path` if they are of these examples, prompt and settings.
 *
 * @returns "missing" without a file, "different" for other features
 * @throws `FILE_INVALID`, `MODEL_MISMATCH`, `IO`.
 */
export async function cachedFeatures(
  model: Model,
  path: string,
  options: ExtractFeaturesOptions,
): Promise<Features | "missing" | "different"> {
  if (!(await exists(path))) return "missing";
  const { examples, prompt = null, chat = false, includeQuestion = false, frame, topTokens = 0 } = options;
  const features = await Features.load(path, { for: await model.identity() });
  const matches =
    features.info.corpus === corpusDigest(examples, { prompt, chat, includeQuestion }) &&
    (frame === undefined || features.info.prefix === frame.prefix) &&
    features.topTokens >= Math.min(topTokens, model.facts.vocabularySize);
  if (matches) return features;
  await features.dispose();
  return "different";
}

/**
 * Opens the features at `options.path`, or extracts them and writes them there.
 *
 * @throws `FILE_INVALID` (features of other examples, prompt or settings), `MODEL_MISMATCH`, and what
 * `extractFeatures` throws.
 */
export async function cachedOrExtracted(
  model: Model,
  options: ExtractFeaturesOptions,
): Promise<{ readonly features: Features; readonly cached: boolean }> {
  const { path } = options;
  const cached = path === undefined ? "missing" : await cachedFeatures(model, path, options);
  if (cached === "missing") return { features: await extractFeatures(model, options), cached: false };
  if (cached !== "different") return { features: cached, cached: true };
  throw invalidFile(path!, "features of these examples, prompt and settings", "others", {
    hint: "Give another path, delete the file, or train from it with trainHeadOnFeatures.",
  });
}
