// The forward pass is the costly part: where its features are kept, a second training or evaluation needs none.
import { exists } from "../utils/exists.js";
import { invalidFile } from "../utils/file-error.js";
import type { Model } from "../model/model.js";
import { extractFeatures, type ExtractFeaturesOptions } from "./extract-features.js";
import { Features } from "./features.js";
import { corpusDigest } from "./frame.js";

/**
 * Opens the features at `options.path` when they are there, or extracts them and keeps them there.
 *
 * @throws `FILE_INVALID` (features of other texts, prompt or settings), `MODEL_MISMATCH`, and what
 * `extractFeatures` throws.
 */
export async function keptOrExtracted(
  model: Model,
  options: ExtractFeaturesOptions,
): Promise<{ readonly features: Features; readonly kept: boolean }> {
  const { path, examples, prompt = null, chat = false, includeQuestion = false } = options;
  if (path === undefined || !(await exists(path))) {
    return { features: await extractFeatures(model, options), kept: false };
  }
  const features = await Features.load(path, { for: await model.identity() });
  if (features.info.corpus === corpusDigest(examples, { prompt, chat, includeQuestion })) {
    return { features, kept: true };
  }
  await features.dispose();
  throw invalidFile(path, "features of these texts, prompt and settings", "those of others", {
    hint: "Give another path, delete the file, or train from it with trainHeadOnFeatures.",
  });
}
