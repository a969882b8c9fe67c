// `toolken lab experiment`: models × methods × data × settings out of one file, which can be stopped at any time.
import { z } from "zod";
import { runExperiment } from "../../lab/experiments/run-experiment.js";
import { formatCells } from "../../lab/experiments/table.js";
import { formatSeconds } from "../../lab/experiments/time-left.js";
import { ToolkenError } from "../../errors.js";
import { defineCommand } from "../command.js";
import { jsonFlag, shardFlag } from "../flags.js";
import type { ExperimentProgress } from "../../lab/experiments/run-options.js";

export const experimentCommand = defineCommand({
  name: "lab experiment",
  group: "Experiments",
  summary: "Run models × methods × data × settings from one file; run it again to resume",
  positionals: ["file"],
  examples: [
    {
      command: "toolken lab experiment examples/experiments/funcqa.yaml --set data=DATA --set models=.models",
      does: "base and head on FuncQA, into runs/funcqa",
    },
    {
      command: "toolken lab experiment sweep.json --out runs/sweep --mlflow http://localhost:5000",
      does: "the same, followed in MLflow",
    },
  ],
  options: z.object({
    file: z.string().min(1).describe("Experiment: JSON or YAML; relative paths in it start at its folder"),
    out: z
      .string()
      .min(1)
      .optional()
      .describe("The run's folder; what is finished in it is kept")
      .meta({ defaultText: "runs/<name>" }),
    set: z
      .array(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*=/, "a text of the form name=value"))
      .default([])
      .describe("Value of a ${variable} in the file: name=value; may be given several times"),
    mlflow: z
      .url({ protocol: /^https?$/, error: "an address such as http://localhost:5000" })
      .optional()
      .describe("MLflow tracking URI; tracking errors never fail the run")
      .meta({ defaultText: "the file's" }),
    threads: z
      .int()
      .min(1)
      .max(1024)
      .optional()
      .describe("CPU threads of models that do not choose their own")
      .meta({ defaultText: "the physical cores" }),
    ...shardFlag,
    ...jsonFlag,
  }),
  async run(options, io) {
    const progress = io.progress("Experiment");
    const result = await runExperiment(options.file, {
      out: options.out,
      variables: variablesOf(options.set),
      mlflow: options.mlflow,
      shard: options.shard,
      threads: options.threads,
      signal: io.signal,
      onNote: io.note,
      onProgress: (event) => {
        progress.update(event.done, event.total, noteOf(event));
      },
    }).finally(() => {
      progress.stop();
    });
    if (options.json) {
      io.printJson(result);
      return undefined;
    }
    io.print(formatCells(result.cells));
    io.print("");
    io.print(`Saved ${io.style("bold", result.folder)}`);
    return undefined;
  },
});

function variablesOf(given: readonly string[]): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const one of given) {
    const equals = one.indexOf("=");
    const name = one.slice(0, equals);
    if (name in variables) throw new ToolkenError("USAGE", `--set gives ${name} twice`);
    variables[name] = one.slice(equals + 1);
  }
  return variables;
}

/** `questions, cell 3 of 8: smollm2--funcqa--head, about 4 min left` */
function noteOf({ phase, cell, finishedCells, cells, secondsLeft }: ExperimentProgress): string {
  const what = { features: "texts read", training: "iterations", answers: "questions" }[phase];
  const left = secondsLeft === null ? "" : `, about ${formatSeconds(secondsLeft)} left`;
  return `${what}, cell ${Math.min(finishedCells + 1, cells)} of ${cells}: ${cell.replace(/--[0-9a-f]{8}$/, "")}${left}`;
}
