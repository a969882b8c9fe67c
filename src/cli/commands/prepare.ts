// `toolken lab prepare`: a published data set becomes texts, questions, tools and prompts that the other commands take.
import { z } from "zod";
import {
  dataSetNames,
  type FileAccount,
  prepareDataSet,
  type PreparedDataSet,
  writePrepared,
} from "../../lab/datasets/index.js";
import { locationText } from "../../examples/example.js";
import { prepareFields } from "../../lab/datasets/prepare.js";
import { defineCommand } from "../command.js";
import { jsonFlag } from "../flags.js";

const NOTES_SHOWN = 5;

export const prepare = defineCommand({
  name: "lab prepare",
  group: "Data",
  summary: "Convert a published data set into examples, questions, tools and prompts",
  positionals: ["dataset", "files"],
  examples: [
    {
      command: "toolken lab prepare funcqa funcqa/ --out prepared/funcqa",
      does: "all that the folder holds",
    },
    {
      command:
        "toolken lab prepare kamel kamel/tool.json kamel/train.jsonl --tools 30 --out prepared/kamel-30",
      does: "texts of the first 30 tools",
    },
    {
      command: "toolken lab prepare gsm8k train.jsonl --out prepared/gsm8k",
      does: "turn <<48/2=24>> into calls",
    },
  ],
  options: z.object({
    dataset: z.enum(dataSetNames).describe(`Data set: ${dataSetNames.join(", ")}`),
    files: z
      .array(z.string().min(1))
      .min(1)
      .describe("Its files (JSON, JSON Lines, prompts), or folders of them"),
    out: z
      .string()
      .min(1)
      .describe("Folder to write: examples/, questions/, prompts/, tools.json, tools.mjs, report.json"),
    ...prepareFields,
    ...jsonFlag,
  }),
  async run({ dataset, files, out, tools, form, json }, io) {
    const prepared = await prepareDataSet(dataset, files, { tools, form, signal: io.signal });
    const written = await writePrepared(out, prepared, { signal: io.signal });
    if (json) {
      const { files: accounts, skipped } = prepared;
      io.printJson({
        out,
        dataSet: dataset,
        tools: prepared.tools.length,
        files: accounts,
        skipped,
        written,
      });
      return undefined;
    }
    io.print(formatPrepared(prepared));
    io.print("");
    io.print(`Saved ${io.style("bold", out)}: ${written.length} files`);
    return undefined;
  },
});

/** The account as lines for people; `report.json` has all of it. */
export function formatPrepared({ files, skipped, tools }: PreparedDataSet): string {
  const lines = files.flatMap((account) => [
    account.file,
    `  ${account.records} records (${account.kind}): ${account.examples} texts with ${account.calls} calls, ${account.questions} questions`,
    ...marksLine(account),
    ...notes("without a text", account.leftOut),
    ...notes("with a remark", account.remarks),
  ]);
  for (const { file, reason } of skipped) lines.push(file, `  not read: ${reason}`);
  return [...lines, `${tools.length} tools`].join("\n");
}

function marksLine({ marks }: FileAccount): string[] {
  if (marks === undefined) return [];
  const { read, checked, withoutOperation, failed } = marks;
  return [
    `  ${read} marks: ${checked} check out, ${withoutOperation} calculate nothing, ${failed} do not check out`,
  ];
}

function notes(label: string, all: FileAccount["leftOut"]): string[] {
  if (all.length === 0) return [];
  const shown = all.slice(0, NOTES_SHOWN).map((one) => `    ${locationText(one)}: ${one.reason}`);
  const rest = all.length - shown.length;
  return [
    `  ${all.length} ${label}:`,
    ...shown,
    ...(rest > 0 ? [`    … and ${rest} more in report.json`] : []),
  ];
}
