// `toolken lab score`: the published metrics of stored predictions, and whether two runs really differ.
import { z } from "zod";
import { ToolkenError } from "../../errors.js";
import { compareRuns } from "../../lab/evaluation/compare-runs.js";
import { readGold } from "../../lab/evaluation/gold.js";
import { scoreRun } from "../../lab/evaluation/score-run.js";
import { readRun } from "../../lab/evaluation/stored-run.js";
import { defineCommand } from "../command.js";
import { jsonFlag } from "../flags.js";
import { bootstrapFlags, referenceFlag, toolCount } from "../score-flags.js";
import { formatComparison, formatScore, formatToolCounts } from "../show-score.js";

const RUNS = "Predictions";

export const scoreCommand = defineCommand({
  name: "lab score",
  group: "Evaluation",
  summary: "Score files of predictions, and compare runs",
  positionals: ["files"],
  examples: [
    {
      command: "toolken lab score predictions.jsonl --reference questions.json",
      does: "exact and approximate match; precision and recall of the reference calls",
    },
    {
      command: "toolken lab score with-head.jsonl --against baseline.jsonl",
      does: "the difference, and McNemar's test",
    },
    {
      command: "toolken lab score kamel-30.jsonl kamel-234.jsonl --k 30 --k 234",
      does: "accuracy at each number of relations",
    },
  ],
  options: z.object({
    files: z
      .array(z.string().min(1))
      .min(1)
      .describe("Predictions (JSON Lines or a JSON array), a run each")
      .meta({ group: RUNS }),
    against: z
      .string()
      .min(1)
      .optional()
      .describe("Run over the same questions that each file is compared with")
      .meta({ group: RUNS }),
    ...referenceFlag,
    partial: z
      .boolean()
      .default(false)
      .describe("Take the questions that both sides have, instead of refusing others")
      .meta({ group: RUNS }),
    reparse: z
      .boolean()
      .default(false)
      .describe("Read answers from the generations instead of the stored ones")
      .meta({ group: RUNS }),
    k: z
      .array(toolCount)
      .default([])
      .describe("Tools that a run could choose from; once for all files, or once per file")
      .meta({ group: RUNS, defaultText: "the records' k" }),
    ...bootstrapFlags,
    ...jsonFlag,
  }),
  async run(options, io) {
    const { files, partial, reparse, resamples, confidence, seed } = options;
    const counts = options.k.map(Number);
    if (counts.length > 1 && counts.length !== files.length) {
      throw new ToolkenError(
        "USAGE",
        `Expected one --k or ${files.length}, one per file, but received ${counts.length}`,
        {
          hint: "See `toolken lab score --help`.",
        },
      );
    }
    const gold = options.reference === undefined ? undefined : await readGold(options.reference);
    const bootstrap = { resamples, confidence, seed };
    const read = (file: string, tools: number | undefined): ReturnType<typeof readRun> =>
      readRun(file, { gold, partial, reparse, toolCount: tools });
    // All are read before anything is printed: a later file that does not fit leaves no half output.
    const runs = await Promise.all(
      files.map((file, i) => read(file, counts.length > 1 ? counts[i] : counts[0])),
    );
    const other = options.against === undefined ? undefined : await read(options.against, counts[0]);
    const scores = runs.map((run) => ({
      score: scoreRun(run, bootstrap),
      comparison: other === undefined ? undefined : compareRuns(run, other, { ...bootstrap, partial }),
    }));
    for (const [i, { score, comparison }] of scores.entries()) {
      if (options.json) {
        io.printJson({ ...score, ...(comparison === undefined ? {} : { comparison }) });
        continue;
      }
      if (i > 0) io.print("");
      io.print(formatScore(score, confidence, io));
      if (comparison !== undefined) io.print(`\n${formatComparison(comparison, confidence)}`);
    }
    if (!options.json && runs.length > 1 && counts.length > 0) {
      io.print(`\n${formatToolCounts(scores.map(({ score }) => score))}`);
    }
    return undefined;
  },
});
