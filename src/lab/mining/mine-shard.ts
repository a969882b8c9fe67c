import { join } from "node:path";
import { invalidArgument } from "../../errors.js";
import type { Model } from "../../model/model.js";
import { extractFeatureParts } from "../../training/feature-parts.js";
import { generalPrompt, generateExamples, readExamples } from "../../training/inputs.js";
import { toolNames } from "../../training/options.js";
import { resolveOptions } from "../../utils/options.js";
import { inShard, type Shard } from "../../utils/shard.js";
import { KEPT_TOKENS, mineOptions, type MineOptions, miningNumbers } from "./options.js";
import { miningDigests } from "./settings.js";

export interface MinedShard {
  /** Texts whose features, or questions whose answers, are the shard's. */
  readonly texts: number;
  /** File of generations, or folder of features. */
  readonly path: string;
}

/**
 * A shard of the longest part of a mining, done ahead of {@link mineRows}. With `onPolicy` that is the model's own
 * generations: those of every `count`-th question, in the file `onPolicy.path`; else the forward pass: the features
 * of every `count`-th file of texts, in the `features` folder. When all shards are there, merged where they were
 * written apart, `mineRows` goes on from them.
 *
 * @throws ToolkenError `INVALID_ARGUMENT` (without `onPolicy.path` or `features`), and what `mineRows` throws
 */
export async function mineShard(model: Model, given: MineOptions, shard: Shard): Promise<MinedShard> {
  const options = resolveOptions(mineOptions, given, "mineRows");
  const { onPolicy, chat, threads, signal, onProgress } = options;
  const tools = toolNames(options.tools);
  const { examples } = await readExamples(options.examples, tools);
  const prompt = await generalPrompt(model, options);
  if (onPolicy !== false) {
    const path = onPolicy === true ? undefined : onPolicy.path;
    if (path === undefined) throw invalidArgument("a file of the shard's generations", "onPolicy.path", path);
    const run = { onPolicy, chat, threads, signal, onProgress, shard };
    const { asked } = await generateExamples(model, examples, prompt, run);
    return { texts: asked, path };
  }
  const { features } = options;
  if (features === undefined) throw invalidArgument("a folder that all shards share", "features", features);
  const { featureBatchSize: batchSize, textsPerPart } = options.advanced;
  const numbers = miningNumbers(options, tools);
  const digests = await miningDigests(model, { examples, tools, prompt, options, numbers });
  const own = examples.filter((_, i) => inShard(shard, Math.floor(i / textsPerPart))).length;
  if (own === 0) return { texts: 0, path: features };
  await using parts = await extractFeatureParts(model, {
    ...{ examples, tools, prompt, chat, topTokens: KEPT_TOKENS, batchSize, threads, signal, onProgress },
    folder: join(features, digests.features),
    textsPerPart,
    shard,
  });
  await parts.dispose();
  return { texts: own, path: features };
}
