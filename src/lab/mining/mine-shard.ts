import { join } from "node:path";
import { invalidArgument } from "../../errors.js";
import type { Model } from "../../model/model.js";
import { extractFeatureParts } from "../../training/feature-parts.js";
import { generalPrompt, readExamples } from "../../training/inputs.js";
import { toolNames } from "../../training/options.js";
import { resolveOptions } from "../../utils/options.js";
import { inShard, type Shard } from "../../utils/shard.js";
import { KEPT_TOKENS, mineOptions, type MineOptions, miningNumbers } from "./options.js";
import { miningDigests } from "./settings.js";

/**
 * A shard of mining's forward pass, by far its longest part: the features of every `count`-th file of texts, in the
 * `features` folder. When the folder has the files of all shards, {@link mineRows} needs no forward pass.
 *
 * @returns texts of the shard
 * @throws ToolkenError `INVALID_ARGUMENT` (without `features`; with `onPolicy`), and what `mineRows` throws
 */
export async function mineShard(model: Model, given: MineOptions, shard: Shard): Promise<number> {
  const options = resolveOptions(mineOptions, given, "mineRows");
  const { features, onPolicy, chat, threads, signal, onProgress } = options;
  if (features === undefined) throw invalidArgument("a folder that all shards share", "features", features);
  if (onPolicy !== false) throw invalidArgument("false in a shard", "onPolicy", onPolicy);
  const { featureBatchSize: batchSize, textsPerPart } = options.advanced;
  const tools = toolNames(options.tools);
  const { examples } = await readExamples(options.examples, tools);
  const prompt = await generalPrompt(model, options);
  const numbers = miningNumbers(options, tools);
  const digests = await miningDigests(model, { examples, tools, prompt, options, numbers });
  const own = examples.filter((_, i) => inShard(shard, Math.floor(i / textsPerPart))).length;
  if (own === 0) return 0;
  await using parts = await extractFeatureParts(model, {
    ...{ examples, tools, prompt, chat, topTokens: KEPT_TOKENS, batchSize, threads, signal, onProgress },
    folder: join(features, digests.features),
    textsPerPart,
    shard,
  });
  await parts.dispose();
  return own;
}
