// `toolken lab eval-selection`: how often a head ranks the right tool first, without generating anything.
import { z } from "zod";
import { ToolHead } from "../../head/tool-head.js";
import { evaluateSelection } from "../../lab/evaluation/evaluate-selection.js";
import { writeFileAtomically } from "../../utils/atomic.js";
import { defineCommand } from "../command.js";
import { jsonFlag, modelFlags } from "../flags.js";
import { bootstrapFlags, toolCount } from "../score-flags.js";
import { requestFlags, selectionPrompt } from "../selection-flags.js";
import { openModel } from "../session.js";
import { formatSelection } from "../show-selection.js";

const SELECTION = "Selection";

export const evalSelectionCommand = defineCommand({
  name: "lab eval-selection",
  group: "Evaluation",
  summary: "Evaluate tool selection: one forward pass per request",
  examples: [
    {
      command:
        "toolken lab eval-selection --model model.gguf --head metatool.safetensors --data metatool/questions/dev.jsonl",
      does: "top-1 and top-5 after the prompt that the head was trained with",
    },
    {
      command:
        "toolken lab eval-selection --model model.gguf --head kamel.safetensors --data test_first_30.dev.jsonl --k 30 --k 60 --k 100",
      does: "among the first 30, 60, 100 and all tools",
    },
  ],
  options: z.object({
    ...modelFlags,
    ...requestFlags,
    prompts: requestFlags.prompts.meta({
      ...requestFlags.prompts.meta(),
      defaultText: "what the head was trained after",
    }),
    head: z.string().min(1).describe("Tool head (safetensors), or nano").meta({ group: SELECTION }),
    k: z
      .array(toolCount)
      .default([])
      .describe("Also among the first k tools of the head only; may be given several times")
      .meta({ group: SELECTION, defaultText: "only all of them" }),
    partial: z
      .boolean()
      .default(false)
      .describe("Leave out requests of tools that the head does not have")
      .meta({ group: SELECTION }),
    force: z
      .boolean()
      .default(false)
      .describe("Take a head that was trained on another file of the model")
      .meta({ group: SELECTION }),
    out: z
      .string()
      .min(1)
      .optional()
      .describe("A JSON line per request: the tool ranked first, and the right tool's rank")
      .meta({ group: SELECTION }),
    ...bootstrapFlags,
    ...jsonFlag,
  }),
  async run(options, io) {
    const { chat, force, partial, features, featureBatchSize, resamples, confidence, seed } = options;
    const head = await ToolHead.load(options.head);
    const prompt = await selectionPrompt(options);
    await using model = await openModel(options, io);
    const progress = io.progress("Requests");
    const evaluation = await evaluateSelection(model, {
      requests: options.data,
      head,
      prompt,
      chat,
      features,
      featureBatchSize,
      toolCounts: options.k.map(Number),
      partial,
      force,
      resamples,
      confidence,
      seed,
      threads: options.threads,
      signal: io.signal,
      onProgress: ({ done, total }) => {
        progress.update(done, total);
      },
    }).finally(() => {
      progress.stop();
    });
    const { requests, ...report } = evaluation;
    if (options.out !== undefined) {
      await writeFileAtomically(
        options.out,
        requests.map((request) => `${JSON.stringify(request)}\n`).join(""),
      );
    }
    if (options.json) io.printJson(report);
    else io.print(formatSelection(evaluation, confidence));
    return undefined;
  },
});
