// `toolken lab mine`: from annotated texts to rows that a reranker is trained on, with their counts.
import { z } from "zod";
import { ToolkenError } from "../../errors.js";
import { ToolHead } from "../../head/tool-head.js";
import { MINED_KINDS, type MinedCounts } from "../../examples/mined-row.js";
import { type Mined, mineRows } from "../../lab/mining/mine.js";
import { mineShard } from "../../lab/mining/mine-shard.js";
import { mineOptions, type MineOptions, type MiningProgress } from "../../lab/mining/options.js";
import { solverFields } from "../../training/solver.js";
import { defineCommand } from "../command.js";
import { flagsUnder } from "../flag.js";
import { jsonFlag, modelFlags, promptFlags, runFlags, shardFlag, toolsFlag } from "../flags.js";
import { openModel, openTools } from "../session.js";
import { featureFlags, generationsFlag, solverOptions } from "../training-flags.js";

const { folds, halfSplit, force, calibrate, topTools, topTokens, easy, seed, format } = mineOptions.shape;
const TEXTS = "Texts";
const HEADS = "Heads";
const ROWS = "Rows";

export const mineCommand = defineCommand({
  name: "lab mine",
  group: "Data",
  summary: "Mine true and false positives of heads on out-of-fold texts, for a reranker",
  examples: [
    {
      command: "toolken lab mine --model model.gguf --data train.json --out mined.jsonl",
      does: "every text is held out once, from a head trained on the others; run it again to resume",
    },
    {
      command:
        "toolken lab mine --model model.gguf --head math.safetensors --data other.json --bias 1 --easy 200 --out mined.jsonl",
      does: "one head on texts of others, eager to call, with 200 easy rows",
    },
  ],
  options: z.object({
    ...modelFlags,
    data: z
      .array(z.string().min(1))
      .min(1)
      .describe("Texts with calls: JSON, JSON Lines or a folder of them; may be given several times")
      .meta({ group: TEXTS }),
    ...toolsFlag,
    ...promptFlags,
    prompt: z
      .boolean()
      .default(true)
      .describe("Mine after the prompt of inference; --no-prompt: bare texts")
      .meta({ group: TEXTS }),
    onPolicy: z
      .boolean()
      .default(false)
      .describe("Mine the model's own generations on the questions, not the texts")
      .meta({ group: TEXTS }),
    ...generationsFlag,
    features: featureFlags.features.describe(
      "Folder that keeps the features: mining again at other settings needs no forward pass",
    ),
    featureBatchSize: featureFlags.featureBatchSize,
    ...flagsUnder(HEADS, { folds, halfSplit }),
    head: z
      .string()
      .min(1)
      .optional()
      .describe("Mine with this head, which was not trained on these texts")
      .meta({ group: HEADS, defaultText: "heads that are trained for it" }),
    ...flagsUnder(HEADS, { force, ...solverFields, calibrate }),
    foldHeads: z
      .string()
      .min(1)
      .optional()
      .describe("Folder that gets each fold's head, for toolken train reranker")
      .meta({ group: HEADS, defaultText: "not kept" }),
    bias: runFlags.bias
      .describe("Added to the tools' logits; a higher one gives more rows to reject")
      .meta({ group: ROWS, defaultText: "0" }),
    ...flagsUnder(ROWS, { topKTools: topTools, topTokens, easy, seed, format }),
    out: z
      .string()
      .min(1)
      .describe("JSON Lines to write; until they are complete, parts stand in <out>.parts")
      .meta({ group: ROWS, aliases: ["post_mine_output"] }),
    ...shardFlag,
    ...jsonFlag,
  }),
  async run(options, io) {
    const head = options.head === undefined ? undefined : await ToolHead.load(options.head);
    const tools = await openTools(options, head);
    await using model = await openModel(options, io);
    const progress = io.progress("Mining");
    const settings: MineOptions = {
      examples: options.data,
      tools,
      prompts: options.prompts,
      ...(options.prompt ? {} : { prompt: null }),
      chat: options.chat,
      onPolicy: onPolicy(options),
      folds: options.folds,
      halfSplit: options.halfSplit,
      head,
      force: options.force,
      calibrate: options.calibrate,
      heads: options.foldHeads,
      bias: options.bias,
      topTools: options.topKTools,
      topTokens: options.topTokens,
      easy: options.easy,
      seed: options.seed,
      out: options.out,
      format: options.format,
      features: options.features,
      advanced: { ...solverOptions(options), l2: options.l2, featureBatchSize: options.featureBatchSize },
      threads: options.threads,
      signal: io.signal,
      onProgress: (event) => {
        progress.update(event.done, event.total, noteOf(event));
      },
    };
    if (options.shard !== undefined) {
      if (options.onPolicy && options.generations === undefined) {
        throw new ToolkenError(
          "USAGE",
          "Expected --generations, the file of the shard, with --on-policy --shard",
        );
      }
      const { texts, path } = await mineShard(model, settings, options.shard).finally(() => {
        progress.stop();
      });
      if (options.json) io.printJson({ path, texts });
      else {
        const what = settings.onPolicy === false ? "features" : "generations";
        io.print(`Saved ${io.style("bold", path)}: the ${what} of ${texts} texts`);
        io.print("Mine without --shard when all shards are done");
      }
      return undefined;
    }
    const mined = await mineRows(model, settings).finally(() => {
      progress.stop();
    });
    const { counts, info, problems, seconds, resumed, tokensPerSecond } = mined;
    if (options.json) {
      const { folds, model: minedWith } = info;
      io.printJson({
        out: options.out,
        tools: info.tools,
        model: minedWith,
        counts,
        folds,
        problems,
        resumed,
        seconds,
        tokensPerSecond,
      });
    } else {
      for (const { file, line, reason } of problems) io.note(`${file}:${line}: ${reason}`);
      io.print(formatMined(mined));
      io.print("");
      io.print(`Saved ${io.style("bold", options.out)}: ${counts.rows} rows`);
    }
    return undefined;
  },
});

function onPolicy(options: {
  readonly onPolicy: boolean;
  readonly generations?: string | undefined;
}): MineOptions["onPolicy"] {
  if (!options.onPolicy && options.generations === undefined) return false;
  return options.generations === undefined ? true : { path: options.generations };
}

function noteOf({ phase, fold }: MiningProgress): string {
  switch (phase) {
    case "generation":
      return "questions generated";
    case "features":
      return "texts read";
    case "solve":
      return `iterations, fold ${(fold ?? 0) + 1}`;
    case "rows":
      return "folds";
  }
}

/** Counts and times as lines for people, without a line end. */
export function formatMined({ counts, info, seconds, resumed, problems }: Mined): string {
  const steps = info.folds.reduce((sum, fold) => sum + fold.steps, 0);
  const texts = info.folds.reduce((sum, fold) => sum + fold.minedTexts, 0);
  const biases = [...new Set(info.folds.map(({ bias }) => [...new Set(bias)].join("/")))].join(", ");
  return [
    ...table(counts),
    "",
    `Steps   ${steps} of ${texts} texts, ${info.folds.length} heads${problems.length > 0 ? `, ${problems.length} texts left out` : ""}`,
    `Bias    ${biases}`,
    `Beyond  ${counts.goldOutsideTop} rows whose reference tool is not among the best ${info.topTools}`,
    `Time    ${seconds.total.toFixed(1)} s: generations ${seconds.generation.toFixed(1)}, forward pass ${seconds.features.toFixed(1)}, heads and rows ${seconds.folds.toFixed(1)}${resumed > 0 ? `; ${resumed} folds resumed` : ""}`,
  ].join("\n");
}

function table({ perTool, ...all }: MinedCounts): string[] {
  const rows = [...Object.entries(perTool).sort(([a], [b]) => (a < b ? -1 : 1)), ["all", all] as const];
  const width = Math.max(...rows.map(([tool]) => tool.length));
  const line = (tool: string, cells: readonly (number | string)[]): string =>
    [tool.padEnd(width), ...cells.map((cell) => String(cell).padStart(7))].join("  ");
  return [
    line("", [...MINED_KINDS]),
    ...rows.map(([tool, counted]) =>
      line(
        tool,
        MINED_KINDS.map((kind) => counted[kind]),
      ),
    ),
  ];
}
