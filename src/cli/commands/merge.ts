import { z } from "zod";
import { mergeShards } from "../../utils/merge-shards.js";
import { defineCommand } from "../command.js";
import { jsonFlag } from "../flags.js";

export const mergeCommand = defineCommand({
  name: "merge",
  group: "Data",
  summary: "Join what the shards of a job have written, as one run would have written it",
  positionals: ["shards"],
  examples: [
    {
      command: "toolken merge part-0.jsonl part-1.jsonl --out predictions.jsonl",
      does: "after toolken eval --shard 0/2 and 1/2; eval --out predictions.jsonl then reports",
    },
    { command: "toolken merge runs/a-0 runs/a-1 --out runs/a", does: "folders of toolken lab experiment" },
  ],
  options: z.object({
    shards: z.array(z.string().min(1)).min(1).describe("Files or folders of the shards, in their order"),
    out: z.string().min(1).describe("File or folder to write"),
    ...jsonFlag,
  }),
  async run({ shards, out, json }, io) {
    const count = await mergeShards(shards, out);
    if (json) io.printJson({ out, items: count });
    else io.print(`Saved ${io.style("bold", out)}: ${count} ${count === 1 ? "item" : "items"}`);
    return undefined;
  },
});
