// `toolken import`: a head or reranker of another program (PyTorch or safetensors) becomes a file of this library.
import { basename } from "node:path";
import { z } from "zod";
import { importHead, importMatrix, toolNames } from "../../head/import-head.js";
import type { HeadModelFacts } from "../../head/model-identity.js";
import { importReranker, isRerankerMatrix } from "../../reranker/import-reranker.js";
import { REJECT } from "../../reranker/reranker.js";
import { mathTools } from "../../tools/index.js";
import { importFields, saveOptions } from "../../head/options.js";
import { defineCommand } from "../command.js";
import { jsonFlag, modelFlags } from "../flags.js";
import { openModel } from "../session.js";

export const importCommand = defineCommand({
  name: "import",
  group: "Heads",
  summary: "Import a PyTorch head or reranker (.pth, .pt) without unpickling",
  positionals: ["file"],
  examples: [
    {
      command: "toolken import head_best.pth --tools func_dict.json --out head.safetensors",
      does: "rows named by a JSON file",
    },
    {
      command: "toolken import head_best.pth --tools math --model model.gguf --out head.safetensors",
      does: "and tied to a model",
    },
    {
      command: "toolken import reranker_head_best.pt --out reranker.safetensors",
      does: "a reranker: it has a row REJ",
    },
  ],
  options: z.object({
    file: z.string().min(1).describe("The checkpoint (.pth, .pt) or safetensors file"),
    tools: z
      .string()
      .min(1)
      .optional()
      .describe('Names of the rows: math, names with commas between, or a JSON file { "<add>": 0, … }')
      .meta({ defaultText: "the names in the file" }),
    tensor: importFields.tensor,
    topK: z
      .int()
      .min(1)
      .optional()
      .describe("Of a reranker: candidates per call")
      .meta({ defaultText: "what the file says, else 3" }),
    out: z.string().min(1).describe("Head or reranker file to write (safetensors)"),
    type: saveOptions.shape.type,
    ...modelFlags,
    ...jsonFlag,
  }),
  async run(options, io) {
    const { file, tensor, out, type, topK } = options;
    const tools = rowNames(options.tools);
    const isReranker =
      (tools !== undefined && (await toolNames(tools)).includes(REJECT)) ||
      isRerankerMatrix(await importMatrix(file, tensor));
    let model: HeadModelFacts | undefined;
    if (options.model !== undefined) {
      await using loaded = await openModel(options, io);
      model = { ...(await loaded.identity()), fileName: basename(loaded.path) };
    }
    const imported = isReranker
      ? await importReranker(file, { tools, tensor, model, topK })
      : await importHead(file, { tools, tensor, model });
    await imported.save(out, { type });
    const { dimension } = imported;
    if (options.json) {
      const kind = isReranker ? "reranker" : "head";
      const given = { model: imported.model ?? null, ...("topK" in imported ? { topK: imported.topK } : {}) };
      io.printJson({ out, kind, tools: imported.tools, dimension, ...given });
      return undefined;
    }
    const what =
      "topK" in imported
        ? `a reranker of ${imported.tools.length} tools and ${REJECT}, ${imported.topK} candidates per call`
        : `${imported.tools.length} tools`;
    io.print(`Saved ${io.style("bold", out)}: ${what}, ${dimension} weights each`);
    io.print(imported.tools.join(", "));
    return undefined;
  },
});

function rowNames(tools: string | undefined): readonly string[] | string | undefined {
  if (tools === "math") return mathTools.map(({ name }) => name);
  if (tools?.includes(",")) return tools.split(",").map((name) => name.trim());
  return tools;
}
