// `toolken lab diagnose`: where stored predictions differ from the reference, and what a second run fixes or breaks.
import { z } from "zod";
import { compareDiagnoses } from "../../lab/evaluation/compare-diagnoses.js";
import { diagnoseRun } from "../../lab/evaluation/diagnose.js";
import { readGold } from "../../lab/evaluation/gold.js";
import { readRun } from "../../lab/evaluation/stored-run.js";
import { defineCommand } from "../command.js";
import { jsonFlag } from "../flags.js";
import { referenceFlag } from "../score-flags.js";
import { formatDiagnosis, formatDiagnosisComparison } from "../show-diagnosis.js";
import { writeDiagnoses } from "../write-diagnoses.js";

const RUNS = "Predictions";

export const diagnose = defineCommand({
  name: "lab diagnose",
  group: "Evaluation",
  summary: "Classify errors against the reference answers: false negatives, false positives, wrong calls",
  positionals: ["run"],
  examples: [
    {
      command: "toolken lab diagnose predictions.jsonl --reference questions.jsonl",
      does: "questions by kind of mistake",
    },
    {
      command: "toolken lab diagnose head.jsonl --against reranker.jsonl --out lines.jsonl --out plot.svg",
      does: "side by side, a line per question, and a picture",
    },
  ],
  options: z.object({
    run: z.string().min(1).describe("Predictions (JSON Lines or a JSON array)").meta({ group: RUNS }),
    against: z
      .string()
      .min(1)
      .optional()
      .describe("A second run over the same questions")
      .meta({ group: RUNS }),
    ...referenceFlag,
    partial: z
      .boolean()
      .default(false)
      .describe("Leave out predictions whose question the data set does not have")
      .meta({ group: RUNS }),
    out: z
      .array(z.string().min(1))
      .default([])
      .describe("A JSON line per question and run, or a picture (.svg, .png); both by two"),
    ...jsonFlag,
  }),
  async run(options, io) {
    const { partial, against } = options;
    const gold = options.reference === undefined ? undefined : await readGold(options.reference);
    const read = async (file: string) => diagnoseRun(await readRun(file, { gold, partial }));
    const first = await read(options.run);
    const second = against === undefined ? undefined : await read(against);
    const comparison = second === undefined ? undefined : compareDiagnoses(first, second);
    const all = second === undefined ? [first] : [first, second];
    await writeDiagnoses(all, options.out, io.signal);
    if (options.json) {
      const runs = all.map(({ questions, ...rest }) => ({ ...rest, questions: questions.length }));
      io.printJson({ runs, ...(comparison === undefined ? {} : { comparison }) });
    } else if (comparison !== undefined) io.print(formatDiagnosisComparison(comparison, first, second!));
    else io.print(formatDiagnosis(first));
    return undefined;
  },
});
