// The method "selection": a head over the tools alone, one forward pass per request, and a run that goes on after a stop.
import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { evaluateSelection } from "../../../src/lab/evaluation/index.js";
import {
  type ExperimentInput,
  readRunFolder,
  resultsPage,
  runExperiment,
} from "../../../src/lab/experiments/index.js";
import { ToolHead } from "../../../src/index.js";
import { scratchFolder } from "../../utils/scratch.js";
import { rejectsWith } from "../../support/errors.js";
import { loadTestModel, models } from "../../support/models.js";
import { requestTools, toolRequestsOf } from "../../training/requests.js";

async function requestsExperiment(
  t: ExecutionContext,
  more: Partial<ExperimentInput> = {},
): Promise<{ readonly file: string; readonly out: string }> {
  const folder = await scratchFolder(t);
  const write = async (name: string, count: number, seed: number): Promise<void> => {
    const lines = toolRequestsOf(count, seed).map((request) => JSON.stringify(request));
    await writeFile(join(folder, name), lines.join("\n"));
  };
  await write("train.jsonl", 80, 1);
  await write("asked.jsonl", 24, 2);
  const tools = requestTools.map((name) => ({
    name,
    description: name,
    parameters: { type: "object", properties: {} },
  }));
  const code = `const execute = () => "done";\nexport default ${JSON.stringify(tools)}.map((tool) => ({ ...tool, execute }));\n`;
  await writeFile(join(folder, "tools.mjs"), code);
  const file = join(folder, "requests.json");
  const experiment: ExperimentInput = {
    models: { path: "nano", gpu: "cpu", threads: 1 },
    data: { name: "requests", train: "train.jsonl", eval: "asked.jsonl", tools: "tools.mjs" },
    methods: "selection",
    selection: { l2: 1e-2 },
    ...more,
  };
  await writeFile(file, JSON.stringify(experiment));
  return { file, out: join(folder, "run") };
}

test.serial("its figures are those of evaluateSelection, and stand in the page", async (t) => {
  const { file, out } = await requestsExperiment(t);
  const { cells } = await runExperiment(file, { out });
  const [cell] = cells;
  t.is(cells.length, 1);
  t.like(cell, { method: "selection", questions: 24, tools: 4, report: null, training: null });
  t.is(cell!.selectionReport!.settings.l2, 1e-2);

  await using model = await loadTestModel(models.nano);
  const head = await ToolHead.load(join(out, "cells", cell!.cell, "head.safetensors"));
  const { scores } = await evaluateSelection(model, { requests: toolRequestsOf(24, 2), head, threads: 1 });
  t.deepEqual(
    cell!.figures.map(({ name, value }) => [name, value]),
    [
      ["firstTool", scores[0]!.top1],
      ["amongFive", scores[0]!.top5],
    ],
  );
  t.true(scores[0]!.top1 > 0.5);

  const lines = (await readFile(join(out, "cells", cell!.cell, "predictions.jsonl"), "utf8")).trimEnd();
  const [first] = lines.split("\n").map((line) => JSON.parse(line) as Record<string, unknown>);
  t.is(lines.split("\n").length, 24);
  t.like(first, { index: 0, id: "2-0", gold_calls: ["<weather>()"] });
  t.true(Number.isInteger(first!.rank));

  const page = resultsPage([await readRunFolder(out)]);
  t.regex(page, /first call right \| +95 % \| right tool among the first five/);
  t.regex(page, /\| selection +\| +4 \| +24 \|/);
});

test.serial("what is there is kept; other settings share the hidden states", async (t) => {
  const { file, out } = await requestsExperiment(t);
  const stop = new AbortController();
  const stopped = runExperiment(file, {
    out,
    signal: stop.signal,
    onProgress: ({ phase }) => {
      if (phase === "training") stop.abort();
    },
  });
  await rejectsWith(t, stopped, "ABORTED");
  const [train] = await readdir(join(out, "features"));
  const part = join(out, "features", train!, "part-00000.safetensors");
  const { mtimeMs } = await stat(part);
  const { cells } = await runExperiment(file, { out });
  t.is((await stat(part)).mtimeMs, mtimeMs);
  t.deepEqual((await runExperiment(file, { out })).cells, JSON.parse(JSON.stringify(cells)) as typeof cells);

  const other = JSON.parse(await readFile(file, "utf8")) as ExperimentInput;
  await writeFile(file, JSON.stringify({ ...other, selection: { l2: 1 } }));
  const again = await runExperiment(file, { out });
  t.is(again.resumedCells, 0);
  t.not(again.cells[0]!.digest, cells[0]!.digest);
  t.is((await readdir(join(out, "features"))).length, 2);
  t.is((await stat(part)).mtimeMs, mtimeMs);
});

test.serial("other training requests make another cell; its settings stand in its folder", async (t) => {
  const { file, out } = await requestsExperiment(t);
  const first = await runExperiment(file, { out });
  const path = join(out, "cells", first.cells[0]!.cell, "cell.json");
  const settings = JSON.parse(await readFile(path, "utf8")) as { selection: { l2: number } };
  t.is(settings.selection.l2, 1e-2);

  const fewer = toolRequestsOf(40, 1).map((request) => JSON.stringify(request));
  await writeFile(join(file, "..", "train.jsonl"), fewer.join("\n"));
  const again = await runExperiment(file, { out });
  t.is(again.resumedCells, 0);
  t.is(again.cells[0]!.selectionReport!.requests, 40);
});

test.serial("training files without a request are told", async (t) => {
  const { file, out } = await requestsExperiment(t);
  await writeFile(join(file, "..", "train.jsonl"), '{"question":"Why?","answer":"So"}\n');
  await rejectsWith(t, runExperiment(file, { out }), "FILE_INVALID", /name their tool/);
});

test.serial("a data set whose training part has no questions is told", async (t) => {
  const { file, out } = await requestsExperiment(t, {
    data: { name: "requests", eval: "asked.jsonl", tools: "tools.mjs" },
  });
  await rejectsWith(t, runExperiment(file, { out }), "FILE_INVALID", /data\[0\]\.train/);
});
