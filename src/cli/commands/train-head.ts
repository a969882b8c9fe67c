// `toolken train head`: from annotated texts to a head file, with a report of how well it fires.
import { z } from "zod";
import { ToolHead } from "../../head/tool-head.js";
import { formatTrainingReport } from "../../training/report.js";
import { trainHead } from "../../training/train-head.js";
import { trainHeadOptions, type TrainHeadOptions } from "../../training/train-on-examples.js";
import { defineCommand } from "../command.js";
import { flagsUnder } from "../flag.js";
import { jsonFlag, modelFlags, promptFlags, toolsFlag } from "../flags.js";
import type { Io } from "../io.js";
import { openModel, openTools } from "../session.js";
import { showTraining } from "../show-training.js";
import {
  featureFlags,
  generationsFlag,
  matrixTypeFlag,
  priorHeadFlag,
  solverFlags,
  solverOptions,
  splitFlags,
} from "../training-flags.js";

const { calibrate, refit, advanced } = trainHeadOptions.shape;
const { includeQuestion, onlyToolSteps } = advanced.unwrap().shape;
const TEXTS = "Texts";
const SOLVER = "Solver";
const RESULT = "Result";

export const trainHeadCommand = defineCommand({
  name: "train head",
  group: "Training",
  summary: "Train a tool head on examples with calls, and report its accuracy",
  examples: [
    {
      command: "toolken train head --model model.gguf --data train.json --out math.safetensors",
      does: "the thirteen operators",
    },
    {
      command:
        "toolken train head --model model.gguf --data train.json --prompts template_oh --on-policy --out math.safetensors",
      does: "after your own prompts, and on the model's own sentences too",
    },
  ],
  options: z.object({
    ...modelFlags,
    data: z
      .array(z.string().min(1))
      .min(1)
      .describe("Training texts: JSON, JSON Lines or a folder of them; may be given several times")
      .meta({ group: TEXTS }),
    ...toolsFlag,
    ...promptFlags,
    prompt: z
      .boolean()
      .default(true)
      .describe("Train after the prompt of inference; --no-prompt: bare texts")
      .meta({ group: TEXTS }),
    ...flagsUnder(TEXTS, { includeQuestion }),
    onPolicy: z
      .boolean()
      .default(false)
      .describe("Also learn from the model's own generations on the training questions")
      .meta({ group: TEXTS }),
    ...generationsFlag,
    ...splitFlags,
    ...featureFlags,
    ...solverFlags,
    ...priorHeadFlag,
    ...flagsUnder(SOLVER, { onlyToolSteps: onlyToolSteps.meta({ aliases: ["only_functoken"] }) }),
    ...flagsUnder(RESULT, { calibrate }),
    bias: z
      .number()
      .optional()
      .describe("Bias of every tool, instead of a calibrated one")
      .meta({ group: RESULT }),
    ...flagsUnder(RESULT, { refit }),
    ...matrixTypeFlag,
    out: z.string().min(1).describe("Head file to write (safetensors)").meta({ group: RESULT }),
    ...jsonFlag,
  }),
  async run(options, io) {
    const tools = await openTools(options);
    const prior = options.prior === undefined ? undefined : await ToolHead.load(options.prior);
    await using model = await openModel(options, io);
    const progress = io.progress("Training");
    const settings: TrainHeadOptions = {
      examples: options.data,
      tools,
      prompts: options.prompts,
      ...(options.prompt ? {} : { prompt: null }),
      chat: options.chat,
      onPolicy: onPolicy(options),
      features: options.features,
      validationSplit: options.validationSplit,
      seed: options.seed,
      calibrate: options.bias === undefined && options.calibrate,
      refit: options.refit,
      advanced: {
        includeQuestion: options.includeQuestion,
        onlyToolSteps: options.onlyToolSteps,
        featureBatchSize: options.featureBatchSize,
        prior,
        ...solverOptions(options),
        l2: options.l2,
      },
      threads: options.threads,
      signal: io.signal,
      onProgress: (event) => {
        showTraining(progress, event);
      },
    };
    const trained = await trainHead(model, settings).finally(() => {
      progress.stop();
    });
    const { bias } = options;
    const head = bias === undefined ? trained : trained.withBias(trained.tools.map(() => bias));
    await head.save(options.out, { type: options.type });
    if (options.json) {
      io.printJson({ out: options.out, tools: head.tools, dimension: head.dimension, ...trained.training });
    } else {
      io.print(formatTrainingReport(trained.training));
      printSaved(io, options.out, head);
    }
    return undefined;
  },
});

function onPolicy(options: {
  readonly onPolicy: boolean;
  readonly generations?: string | undefined;
}): TrainHeadOptions["onPolicy"] {
  if (!options.onPolicy && options.generations === undefined) return false;
  return options.generations === undefined ? true : { path: options.generations };
}

function printSaved(io: Io, path: string, head: ToolHead): void {
  io.print("");
  io.print(`Saved ${io.style("bold", path)}: ${head.size} tools, ${head.dimension} weights each`);
}
