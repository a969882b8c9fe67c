// `toolken train reranker`: from mined rows to a reranker file, with a report of what reranking changes.
import { z } from "zod";
import { toolNames } from "../../head/import-head.js";
import { ToolHead } from "../../head/tool-head.js";
import { REJECT } from "../../reranker/reranker.js";
import { toolSet, type Tool } from "../../tools/index.js";
import { formatRerankReport } from "../../training/reranker/rerank-report.js";
import type { ClassWeights } from "../../training/reranker/solve-reranker.js";
import { rerankerFields, trainRerankerOptions } from "../../training/reranker/options.js";
import { trainReranker } from "../../training/reranker/train-reranker.js";
import { defineCommand } from "../command.js";
import { flagsUnder } from "../flag.js";
import { jsonFlag, modelFlags, toolsFlag } from "../flags.js";
import { openModel, openTools } from "../session.js";
import { l2ListFlag, matrixTypeFlag, solverFlags, solverOptions } from "../training-flags.js";
import { showTraining } from "../show-training.js";

const { force, topK, validationSplit, seed, features, refit, advanced } = trainRerankerOptions.shape;
const { outside, prior, featureBatchSize } = advanced.unwrap().shape;
const ROWS = "Rows";
const SOLVER = "Solver";
const RESULT = "Result";

export const trainRerankerCommand = defineCommand({
  name: "train reranker",
  group: "Training",
  summary: "Train a reranker with a reject option on mined examples",
  examples: [
    {
      command:
        "toolken train reranker --model model.gguf --data mined.jsonl --head math.safetensors --out reranker.safetensors",
      does: "the head's rows as the prior",
    },
    {
      command:
        "toolken train reranker --model model.gguf --data mined.jsonl --features states.safetensors --class-weights balanced --out reranker.safetensors",
      does: "other settings in seconds: hidden states are kept",
    },
  ],
  options: z.object({
    ...modelFlags,
    data: z
      .string()
      .min(1)
      .describe("Mined rows, as toolken lab mine writes them, or published ones")
      .meta({ group: ROWS, aliases: ["mined_jsonl"] }),
    ...toolsFlag,
    funcDict: z
      .string()
      .min(1)
      .optional()
      .describe('Names of the tools in the order of the rows: a JSON file { "<add>": 0, … }')
      .meta({ group: ROWS, defaultText: "all of --tools" }),
    toolDocs: z
      .string()
      .min(1)
      .optional()
      .describe('Texts instead of the tools\' own: a JSON file { "<add>": "The sum of …" }')
      .meta({ group: ROWS, aliases: ["tool_docs_json"] }),
    head: z
      .string()
      .min(1)
      .optional()
      .describe("The head whose calls are reranked (safetensors), or nano: its rows are the prior")
      .meta({ group: ROWS, defaultText: "zeros as the prior" }),
    foldHeads: z
      .string()
      .min(1)
      .optional()
      .describe(
        "Folder that toolken lab mine --fold-heads wrote: rows are evaluated by models that have not seen their text",
      )
      .meta({ group: ROWS, defaultText: "a part of the texts is held out" }),
    ...flagsUnder(ROWS, {
      force,
      topK: topK.meta({ defaultText: "all that were mined", aliases: ["top_k_tools"] }),
      outside,
      validationSplit,
      seed,
      features: features.describe("File that caches the hidden states; a stopped pass resumes"),
      featureBatchSize,
    }),
    ...solverFlags,
    l2: l2ListFlag(rerankerFields.l2),
    batchSize: solverFlags.batchSize.describe("Rows per update of Adam"),
    ...flagsUnder(SOLVER, { prior }),
    classWeights: z
      .string()
      .min(1)
      .default("none")
      .describe(`Weight of a row by its label: none, balanced, or numbers as ${REJECT}=2,add=0.5`)
      .meta({ group: SOLVER }),
    ...flagsUnder(RESULT, { refit }),
    ...matrixTypeFlag,
    out: z
      .string()
      .min(1)
      .describe("Reranker file to write (safetensors)")
      .meta({ group: RESULT, aliases: ["save_path"] }),
    ...jsonFlag,
  }),
  async run(options, io) {
    const head = options.head === undefined ? undefined : await ToolHead.load(options.head);
    const tools = await inOrder(await openTools(options, head), options.funcDict);
    const classWeights = readClassWeights(options.classWeights);
    await using model = await openModel(options, io);
    const progress = io.progress("Training");
    const { force, topK, outside, validationSplit, seed, features, featureBatchSize, refit } = options;
    const reranker = await trainReranker(model, {
      ...{ force, topK, validationSplit, seed, features, refit },
      rows: options.data,
      tools,
      head,
      foldHeads: options.foldHeads,
      documentation: options.toolDocs,
      advanced: {
        ...solverOptions(options),
        l2: options.l2.map(Number),
        outside,
        classWeights,
        prior: options.prior,
        featureBatchSize,
      },
      threads: options.threads,
      signal: io.signal,
      onProgress: (event) => {
        showTraining(progress, event, ROW_PHASES);
      },
    }).finally(() => {
      progress.stop();
    });
    await reranker.save(options.out, { type: options.type });
    const { dimension, metadata } = reranker;
    if (options.json) {
      io.printJson({ out: options.out, tools: reranker.tools, dimension, topK: reranker.topK, ...metadata });
      return undefined;
    }
    io.print(formatRerankReport(metadata));
    io.print("");
    const what = `${reranker.tools.length} tools and ${REJECT}, ${reranker.topK} candidates per call`;
    io.print(`Saved ${io.style("bold", options.out)}: ${what}, ${dimension} weights each`);
    return undefined;
  },
});

const ROW_PHASES = { features: "rows read", refit: "iterations on all rows" } as const;

async function inOrder(tools: readonly Tool[], funcDict: string | undefined): Promise<readonly Tool[]> {
  if (funcDict === undefined) return tools;
  const set = toolSet(tools);
  return (await toolNames(funcDict)).map((name) => set.get(name));
}

/** "none", "balanced", or `REJ=2,add=0.5`; what a number is, the solver checks. */
function readClassWeights(text: string): ClassWeights {
  if (text === "none" || text === "balanced") return text;
  return Object.fromEntries(
    text.split(",").map((part) => {
      const [label = "", weight = ""] = part.split("=");
      return [label.trim(), weight.trim() === "" ? NaN : Number(weight)];
    }),
  );
}
