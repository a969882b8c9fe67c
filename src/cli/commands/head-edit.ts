// `toolken head rename|remove|merge`: the rows of head files, moved about without a training.
import { z } from "zod";
import { ToolkenError } from "../../errors.js";
import { ToolHead } from "../../head/tool-head.js";
import { defineCommand } from "../command.js";
import { jsonFlag } from "../flags.js";
import type { Io } from "../io.js";

const file = z.string().min(1).describe("Head file (safetensors)");
const out = z.string().min(1).describe("Head file to write (safetensors)");

export const headRename = defineCommand({
  name: "head rename",
  group: "Heads",
  summary: "Rename tools of a head",
  positionals: ["file", "names"],
  examples: [
    {
      command: "toolken head rename math.safetensors add=plus --out renamed.safetensors",
      does: "add becomes plus",
    },
  ],
  options: z.object({
    file,
    names: z.array(z.string()).min(1).describe("Old and new names: add=plus"),
    out,
    ...jsonFlag,
  }),
  async run(options, io) {
    const names = options.names.map((pair): [string, string] => {
      const [old, fresh, ...rest] = pair.split("=");
      if (!old || !fresh || rest.length > 0) {
        throw new ToolkenError("USAGE", `Expected old=new but received ${JSON.stringify(pair)}`);
      }
      return [old, fresh];
    });
    const head = await ToolHead.load(options.file);
    return save(head.renamed(Object.fromEntries(names)), options, io);
  },
});

export const headRemove = defineCommand({
  name: "head remove",
  group: "Heads",
  summary: "Remove tools from a head",
  positionals: ["file", "names"],
  examples: [
    { command: "toolken head remove math.safetensors lcm gcd --out small.safetensors", does: "two fewer" },
  ],
  options: z.object({
    file,
    names: z.array(z.string()).min(1).describe("Names of the tools"),
    out,
    ...jsonFlag,
  }),
  async run(options, io) {
    const head = await ToolHead.load(options.file);
    return save(head.without(...options.names), options, io);
  },
});

export const headMerge = defineCommand({
  name: "head merge",
  group: "Heads",
  summary: "Merge heads of one model",
  positionals: ["files"],
  examples: [
    {
      command: "toolken head merge math.safetensors dates.safetensors --out both.safetensors",
      does: "all rows",
    },
  ],
  options: z.object({
    files: z.array(z.string().min(1)).min(2).describe("Head files (safetensors)"),
    out,
    force: z.boolean().default(false).describe("Also heads of different files of a model"),
    ...jsonFlag,
  }),
  async run(options, io) {
    const [first, ...others] = await Promise.all(options.files.map((path) => ToolHead.load(path)));
    const merged = others.reduce((head, other) => head.merge(other, { force: options.force }), first!);
    return save(merged, options, io);
  },
});

async function save(
  head: ToolHead,
  options: { readonly out: string; readonly json: boolean },
  io: Io,
): Promise<undefined> {
  await head.save(options.out);
  const { tools, dimension } = head;
  if (options.json) io.printJson({ out: options.out, tools, dimension });
  else io.print(`Saved ${io.style("bold", options.out)}: ${tools.join(", ")}`);
  return undefined;
}
