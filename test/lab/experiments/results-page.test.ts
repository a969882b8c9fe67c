// A page of results is made of run folders alone, with published figures in the same tables.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import test from "ava";
import {
  type CellMetrics,
  readRunFolder,
  resultsPage,
  type RunResults,
} from "../../../src/lab/experiments/index.js";
import { plotSpec } from "../../../src/lab/plots/index.js";
import { resultsFigures, writeResultsFigures } from "../../../src/lab/experiments/results/results-figures.js";
import { toolken } from "../../cli/spawn.js";
import { scratchFolder } from "../../utils/scratch.js";
import { rejectsWith } from "../../support/errors.js";

function cell(more: Partial<CellMetrics>): CellMetrics {
  return {
    format: "toolken.metrics",
    version: 1,
    experiment: "try",
    cell: `cell-${more.digest ?? "a"}`,
    digest: "a",
    method: "base",
    model: "tiny",
    architecture: "llama",
    quantization: "Q8_0",
    parameters: 134_515_008,
    fingerprint: "0123456789abcdef",
    dataset: "one-hop",
    published: "funcqa",
    parts: ["funcqa_oh.dev"],
    questions: 4,
    tools: 13,
    training: null,
    swept: {},
    figure: { name: "exactMatch", value: 0.25, low: 0, high: 0.75 },
    figures: [
      { name: "exactMatch", value: 0.25, low: 0, high: 0.75 },
      { name: "approximateMatch", value: 0.5, low: 0, high: 1 },
    ],
    exactMatch: 0.25,
    intervals: { exactMatch: { low: 0, high: 0.75 } },
    score: {} as CellMetrics["score"],
    report: null,
    rerankReport: null,
    cost: { calls: 0, questionsWithCalls: 0, tokens: 40, decodedTokens: 402 },
    ...more,
  } as CellMetrics;
}

const versions = { toolken: "0.1.0", node: "20.19.0", llama: "b1", platform: "linux-x64", cpu: "a CPU" };
const run = (cells: CellMetrics[]): RunResults => ({
  name: "try",
  versions: [versions],
  cells,
  unfinished: 0,
});

test("pictures of what differs, in both themes, where the page shows them", async (t) => {
  const folder = await scratchFolder(t);
  const figures = [{ name: "exactMatch", value: 0.75, low: 0.5, high: 1 }] as const;
  const head = cell({ digest: "b", method: "head", figures, figure: figures[0] });
  const same = ["c", "d"].map((digest) => cell({ digest, dataset: "facts", published: "kamel" }));
  const runs = [run([cell({}), head, ...same])];
  const pictures = resultsFigures(runs);
  // Published rows differ as well; where all values are one there is nothing to see.
  t.deepEqual(
    pictures.map(({ name, rows }) => [name, rows.length > 2]),
    [["results-one-hop", true]],
  );
  const written = await writeResultsFigures(pictures, join(folder, "images"));
  t.deepEqual(
    written.map((file) => file.slice(folder.length + 1)),
    ["images/results-one-hop-light.svg", "images/results-one-hop-dark.svg"],
  );
  const drawn = await readFile(written[0]!, "utf8");
  for (const text of ["tiny (135M)", "75.0", "Llama-3.2-1B, published (1.24B)"]) t.true(drawn.includes(text));
  const page = resultsPage(runs, { figures: { folder: "images", of: pictures } });
  const [, facts = "", oneHop = ""] = page.split(/^## (?:facts|one-hop)$/mu);
  t.true(oneHop.includes('srcset="images/results-one-hop-dark.svg"'));
  t.true(oneHop.includes('src="images/results-one-hop-light.svg"'));
  t.false(facts.includes("<picture>"));
});

test("what a folder's files say names no file elsewhere and ends no attribute", (t) => {
  const figures = [{ name: "exactMatch", value: 0.75, low: 0.5, high: 1 }] as const;
  const dataset = '../../x" onerror="';
  const strange = { dataset, published: "none" } as Partial<CellMetrics>;
  const runs = [run([cell(strange), cell({ ...strange, digest: "b", figures, figure: figures[0] })])];
  const [picture] = resultsFigures(runs);
  t.is(picture!.name, "results-x-onerror=");
  const page = resultsPage(runs, { figures: { folder: "images", of: [picture!] } });
  t.true(page.includes('alt="Results on ../../x&quot; onerror=&quot; by model size"'));
});

test("a table per data set, the published rows of the same questions in it, by size", (t) => {
  const head = cell({
    digest: "b",
    method: "head",
    swept: { lr: 0.001 },
    cost: { calls: 3, questionsWithCalls: 3, tokens: 40, decodedTokens: 800 },
  });
  const facts = cell({
    digest: "c",
    dataset: "facts",
    published: "kamel",
    parts: ["test"],
    figure: { name: "accuracy", value: 1, low: null, high: null },
    figures: [{ name: "accuracy", value: 1, low: null, high: null }],
  });
  // A cell in two folders stands once.
  const page = resultsPage([run([cell({}), head]), run([cell({}), facts])], {
    command: "toolken lab results a b",
  });
  const lines = page.split("\n");
  t.is(lines[0], "# Results");
  t.true(page.includes("Made by `toolken lab results a b`."));
  t.is(page.split("\n- toolken 0.1.0, llama.cpp b1, Node 20.19.0, linux-x64, a CPU").length, 2);
  const [, second = ""] = page.split("## one-hop");
  const rows = second.split("\n").filter((line) => line.startsWith("|"));
  const columns = (row: string): string[] =>
    row
      .split("|")
      .map((text) => text.trim())
      .slice(1, 8);
  t.deepEqual([rows[0]!, ...rows.slice(2, 5)].map(columns), [
    ["model", "size", "method", "tools", "questions", "exact match", "95 %"],
    ["tiny", "135M", "base", "13", "4", "25.0 %", "0.0–75.0"],
    ["tiny", "135M", "head lr=0.001", "13", "4", "25.0 %", "0.0–75.0"],
    ["Llama-3.2-1B _published_", "1.24B", "base", "–", "60", "10.0 %", "–"],
  ]);
  t.is(rows.length, 2 + 2 + 13);
  t.true(rows.every((row) => row.length === rows[0]!.length));
  t.regex(page, /\| tiny +\| 135M \| base +\| +13 \| +4 \| +100\.0 % \| +– \|/);
  t.false(page.split("## facts")[1]!.split("##")[0]!.includes("_published_"));
});

test("first a table of all: models down, methods across, sweeps left out", (t) => {
  const right = (value: number): Partial<CellMetrics> => ({
    figure: { name: "exactMatch", value, low: 0, high: 1 },
  });
  const cells = [
    cell({}),
    cell({ digest: "b", method: "reranker", ...right(0.75) }),
    cell({ digest: "c", method: "head", swept: { lr: 0.1 }, ...right(1) }),
    cell({ digest: "d", method: "function-calling", questions: 2, ...right(0.5) }),
    cell({ digest: "e", model: "small", parameters: 3e6 }),
  ];
  const columns = (row: string): string[] =>
    row
      .split("|")
      .slice(1, -1)
      .map((text) => text.trim());
  const overview = resultsPage([run(cells)]).split("## one-hop")[0]!;
  const [header, , ...rows] = overview.split("\n").filter((line) => line.startsWith("|"));
  t.deepEqual([header!, ...rows].map(columns), [
    ["data", "model", "questions", "base", "function-calling", "reranker"],
    ["one-hop", "small", "4", "25.0 %", "–", "–"],
    ["one-hop", "tiny", "4", "25.0 %", "50.0 % of 2", "75.0 %"],
  ]);
  // One line would say what the only table says.
  t.false(
    resultsPage([run(cells.slice(0, 3))])
      .split("## one-hop")[0]!
      .includes("|"),
  );
});

test("cells of earlier settings give way to those that the experiment has by now", async (t) => {
  const folder = await scratchFolder(t);
  const old = cell({ digest: "a", questions: 2 });
  const now = cell({ digest: "b" });
  const other = cell({ digest: "c", method: "head" });
  for (const one of [old, now, other]) {
    await mkdir(join(folder, "cells", one.cell), { recursive: true });
    await writeFile(join(folder, "cells", one.cell, "metrics.json"), JSON.stringify(one));
  }
  const experiment = { name: "try", cells: [{ name: now.cell }] };
  await writeFile(join(folder, "experiment.json"), JSON.stringify(experiment));
  const { cells, unfinished } = await readRunFolder(folder);
  t.deepEqual(
    cells.map(({ digest }) => digest),
    ["b", "c"],
  );
  t.is(unfinished, 0);
});

test("the command writes the page from folders; plots read the same cells", async (t) => {
  const folder = await scratchFolder(t);
  const place = (name: string): string => join(folder, "cells", name, "metrics.json");
  await writeFile(join(folder, "experiment.json"), JSON.stringify({ name: "try", cells: [{ name: "x" }] }));
  await rejectsWith(t, readRunFolder(folder), "FILE_NOT_FOUND");
  await mkdir(join(folder, "cells", "unfinished"), { recursive: true });
  await rejectsWith(t, readRunFolder(folder), "FILE_INVALID", /a finished cell/);
  for (const one of [
    cell({}),
    cell({ digest: "b", method: "head", exactMatch: 0.5 } as Partial<CellMetrics>),
  ]) {
    await mkdir(join(folder, "cells", one.cell));
    await writeFile(place(one.cell), JSON.stringify(one, null, 2));
    await writeFile(join(folder, "cells", one.cell, "cell.json"), JSON.stringify({ versions }));
  }
  const out = join(folder, "results.md");
  const { exitCode, stderr } = await toolken(["lab", "results", folder, "--out", out]);
  t.is(exitCode, 0, stderr);
  const page = await readFile(out, "utf8");
  t.regex(page, /Cells of try that are not finished: 1\./);
  t.is(page.split("\n| tiny ").length, 3);
  // Of the session that answered, not of the last one that had nothing to do.
  t.is(page.split("\n- toolken 0.1.0, llama.cpp b1, Node 20.19.0, linux-x64, a CPU").length, 2);

  const spec = await plotSpec("size", [place("cell-a"), place("cell-b")]);
  t.true(JSON.stringify(spec).includes('"tiny'));

  await writeFile(place("cell-b"), JSON.stringify({ format: "other" }));
  await rejectsWith(t, readRunFolder(folder), "FILE_INVALID", /metrics of a cell/);
  await rejectsWith(t, readRunFolder(join(folder, "cells")), "FILE_INVALID", /folder of an experiment/);
});
