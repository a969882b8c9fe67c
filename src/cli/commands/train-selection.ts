// `toolken train selection`: a head that says which of many tools answers a request.
import { z } from "zod";
import { splitFields } from "../../training/options.js";
import { solverFields } from "../../training/solver.js";
import { selectionFields, trainSelection } from "../../training/train-selection.js";
import { defineCommand } from "../command.js";
import { flagsUnder } from "../flag.js";
import { jsonFlag, modelFlags, toolsFlag } from "../flags.js";
import { requestFlags, selectionPrompt } from "../selection-flags.js";
import { openModel, openTools } from "../session.js";
import { formatSelectionTraining } from "../show-selection.js";
import { l2ListFlag, matrixTypeFlag } from "../training-flags.js";
import { showTraining } from "../show-training.js";

const SOLVER = "Solver";
const RESULT = "Result";

export const trainSelectionCommand = defineCommand({
  name: "train selection",
  group: "Training",
  summary: "Train a tool classifier: one position per request",
  examples: [
    {
      command:
        "toolken train selection --model model.gguf --data metatool/questions/train.jsonl --tools metatool/tools.mjs --prompts metatool/prompts --out metatool.safetensors",
      does: "what toolken lab prepare metatool has written",
    },
  ],
  options: z.object({
    ...modelFlags,
    ...requestFlags,
    ...toolsFlag,
    ...flagsUnder(SOLVER, {
      ...splitFields,
      shrinkage: selectionFields.shrinkage,
      maxIterations: solverFields.maxIterations,
      tolerance: solverFields.tolerance,
    }),
    l2: l2ListFlag(selectionFields.l2),
    ...matrixTypeFlag,
    out: z.string().min(1).describe("Head file to write (safetensors)").meta({ group: RESULT }),
    ...jsonFlag,
  }),
  async run(options, io) {
    const tools = await openTools(options);
    const prompt = await selectionPrompt(options);
    await using model = await openModel(options, io);
    const progress = io.progress("Training");
    const head = await trainSelection(model, {
      requests: options.data,
      tools,
      prompt,
      chat: options.chat,
      features: options.features,
      validationSplit: options.validationSplit,
      seed: options.seed,
      advanced: {
        featureBatchSize: options.featureBatchSize,
        l2: options.l2.map(Number),
        shrinkage: options.shrinkage,
        maxIterations: options.maxIterations,
        tolerance: options.tolerance,
      },
      threads: options.threads,
      signal: io.signal,
      onProgress: (event) => {
        showTraining(progress, event);
      },
    }).finally(() => {
      progress.stop();
    });
    await head.save(options.out, { type: options.type });
    if (options.json) {
      io.printJson({ out: options.out, dimension: head.dimension, ...head.training });
    } else {
      io.print(formatSelectionTraining(head.training));
      io.print("");
      io.print(`Saved ${io.style("bold", options.out)}: ${head.size} tools, ${head.dimension} weights each`);
    }
    return undefined;
  },
});
