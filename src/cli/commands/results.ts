// `toolken results`: a page with all figures, from folders that experiments have written.
import { z } from "zod";
import { readRunFolder } from "../../experiments/results/read-runs.js";
import { resultsPage } from "../../experiments/results/results-page.js";
import { writeFileAtomically } from "../../files/atomic.js";
import { defineCommand } from "../command.js";
import { jsonFlag } from "../flags.js";

export const resultsCommand = defineCommand({
  name: "results",
  group: "Experiments",
  summary: "Write a page of results from folders of experiments, beside published figures",
  positionals: ["folders"],
  examples: [
    {
      command: "toolken results runs/funcqa runs/gsm8k-xl --out docs/results.md",
      does: "a table per data set",
    },
  ],
  options: z.object({
    folders: z.array(z.string().min(1)).min(1).describe("Folders that `toolken experiment` wrote"),
    out: z
      .string()
      .min(1)
      .optional()
      .describe("Page to write (Markdown)")
      .meta({ defaultText: "standard output" }),
    ...jsonFlag,
  }),
  async run({ folders, out, json }, io) {
    const runs = await Promise.all(folders.map(readRunFolder));
    const page = resultsPage(runs, {
      command: ["toolken results", ...folders, ...(out === undefined ? [] : ["--out", out])].join(" "),
    });
    if (out !== undefined) await writeFileAtomically(out, page, { signal: io.signal });
    if (json) {
      const cells = runs.reduce((sum, run) => sum + run.cells.length, 0);
      io.printJson({ out: out ?? null, runs: runs.length, cells, page });
    } else if (out === undefined) io.write(page);
    else io.print(`Saved ${io.style("bold", out)}`);
    return undefined;
  },
});
