// `toolken import`: a head of another program (PyTorch or safetensors) becomes a head file of this library.
import { basename } from "node:path";
import { z } from "zod";
import { importHead } from "../../head/import-head.js";
import { mathTools } from "../../tools/index.js";
import { defineCommand } from "../command.js";
import { jsonFlag, modelFlags } from "../flags.js";
import { openModel } from "../session.js";

export const importCommand = defineCommand({
  name: "import",
  group: "Heads",
  summary: "Import a PyTorch head (.pth, .pt) without executing anything of it",
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
  ],
  options: z.object({
    file: z.string().min(1).describe("The checkpoint (.pth, .pt) or safetensors file"),
    tools: z
      .string()
      .min(1)
      .optional()
      .describe('Names of the rows: math, names with commas between, or a JSON file { "<add>": 0, … }')
      .meta({ defaultText: "the names in the file" }),
    tensor: z.string().min(1).optional().describe("Which tensor, when the file has several matrices"),
    out: z.string().min(1).describe("Head file to write (safetensors)"),
    type: z.enum(["F32", "F16", "BF16"]).default("F32").describe("Of the weights in the file"),
    ...modelFlags,
    ...jsonFlag,
  }),
  async run(options, io) {
    const { file, tensor, out } = options;
    let model;
    if (options.model !== undefined) {
      await using loaded = await openModel(options, io);
      model = { ...(await loaded.identity()), fileName: basename(loaded.path) };
    }
    const head = await importHead(file, { tools: rowNames(options.tools), tensor, model });
    await head.save(out, { type: options.type });
    const { tools, dimension } = head;
    if (options.json) io.printJson({ out, tools, dimension, model: head.model });
    else {
      io.print(`Saved ${io.style("bold", out)}: ${head.size} tools, ${dimension} weights each`);
      io.print(tools.join(", "));
    }
    return undefined;
  },
});

function rowNames(tools: string | undefined): readonly string[] | string | undefined {
  if (tools === "math") return mathTools.map(({ name }) => name);
  if (tools?.includes(",")) return tools.split(",").map((name) => name.trim());
  return tools;
}
