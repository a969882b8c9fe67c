// `toolken lab results`: a page with all figures, from folders that experiments have written.
import path from "node:path";
import { z } from "zod";
import { readRunFolder } from "../../lab/experiments/results/read-runs.js";
import { resultsFigures, writeResultsFigures } from "../../lab/experiments/results/results-figures.js";
import { resultsPage } from "../../lab/experiments/results/results-page.js";
import { writeFileAtomically } from "../../utils/atomic.js";
import { defineCommand } from "../command.js";
import { jsonFlag } from "../flags.js";

export const resultsCommand = defineCommand({
  name: "lab results",
  group: "Experiments",
  summary: "Write a page of results from experiment folders, with published figures",
  positionals: ["folders"],
  examples: [
    {
      command: "toolken lab results runs/funcqa runs/gsm8k-xl --out docs/results.md",
      does: "a table per data set",
    },
    {
      command: "toolken lab results runs/* --out docs/results.md --figures docs/images",
      does: "the same with pictures",
    },
  ],
  options: z.object({
    folders: z.array(z.string().min(1)).min(1).describe("Folders that `toolken lab experiment` wrote"),
    out: z
      .string()
      .min(1)
      .optional()
      .describe("Page to write (Markdown)")
      .meta({ defaultText: "standard output" }),
    figures: z
      .string()
      .min(1)
      .optional()
      .describe("Folder for pictures of the tables, in light and dark; the page shows them")
      .meta({ defaultText: "no pictures" }),
    ...jsonFlag,
  }),
  async run({ folders, out, figures, json }, io) {
    const runs = await Promise.all(folders.map(readRunFolder));
    const flags = Object.entries({ out, figures }).flatMap(([name, value]) =>
      value === undefined ? [] : [`--${name} ${value}`],
    );
    const pictures = figures === undefined ? [] : resultsFigures(runs);
    if (figures !== undefined) await writeResultsFigures(pictures, figures, io.signal);
    const page = resultsPage(runs, {
      command: ["toolken lab results", ...folders, ...flags].join(" "),
      figures: figures === undefined ? undefined : { folder: fromPage(figures, out), of: pictures },
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

/** A folder as links in the page name it. */
function fromPage(folder: string, page: string | undefined): string {
  const from = page === undefined ? "." : path.dirname(page);
  return (path.relative(from, folder) || ".").split(path.sep).join("/");
}
