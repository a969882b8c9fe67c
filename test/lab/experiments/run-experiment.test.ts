// An experiment on the embedded model: its cells, what it keeps, and that stopping it at any moment changes nothing.
import { open, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import test from "ava";
import {
  type ExperimentProgress,
  readCellMetrics,
  runExperiment,
} from "../../../src/lab/experiments/index.js";
import { ToolHead } from "../../../src/index.js";
import { start } from "../../cli/spawn.js";
import { scratchFolder, seededRandom } from "../../utils/scratch.js";
import { rejectsWith } from "../../support/errors.js";
import { MAX_TOKENS, predictions, wordsExperiment } from "./words.js";

test.serial("base and a sweep of heads, then the same predictions again", async (t) => {
  const { folder, file } = await wordsExperiment(t, {
    sweep: { l2: [1e-4, 1e-2], examples: ["all", 26] },
  });
  const out = join(folder, "run");
  const progress: ExperimentProgress[] = [];
  const first = await runExperiment(file, { out, onProgress: (event) => progress.push(event) });
  t.deepEqual(
    first.cells.map(({ method, swept }) => [method, swept]),
    [
      ["base", {}],
      ["head", { examples: "all", l2: 1e-4 }],
      ["head", { examples: 26, l2: 1e-4 }],
      ["head", { examples: "all", l2: 1e-2 }],
      ["head", { examples: 26, l2: 1e-2 }],
    ],
  );
  t.deepEqual([...new Set(progress.map(({ phase }) => phase))].sort(), ["answers", "features", "training"]);
  t.is(progress.at(-1)!.secondsLeft, 0);
  t.is(first.cells[1]!.report!.texts, 60);
  t.true(first.cells[2]!.report!.texts < 40);
  const { iterations, losses } = first.cells[1]!.report!.solver;
  t.true(losses!.length > 1 && losses!.at(-1)!.iteration <= iterations);

  // One pass over the texts serves all four trainings.
  t.is((await readdir(join(out, "features"))).length, 1);
  const [, cell] = first.cells;
  const place = join(out, "cells", cell!.cell);
  t.deepEqual((await readdir(place)).sort(), [
    "cell.json",
    "head.safetensors",
    "metrics.json",
    "predictions.jsonl",
    "training.json",
  ]);
  t.deepEqual(await readCellMetrics(join(place, "metrics.json")), JSON.parse(JSON.stringify(cell)));
  const settings = JSON.parse(await readFile(join(place, "cell.json"), "utf8")) as Record<string, unknown>;
  t.like(settings, {
    seed: 1,
    method: "head",
    digest: cell!.digest,
    versions: { node: process.versions.node },
  });
  t.is((await ToolHead.load(join(place, "head.safetensors"))).size, 13);
  const answers = (await predictions(out, cell!.cell)) as { usage: { textTokens: number } }[];
  t.true(answers.every(({ usage }) => usage.textTokens <= MAX_TOKENS));

  const before = await stat(join(place, "predictions.jsonl"));
  const again = await runExperiment(file, { out });
  t.is(again.resumedCells, 5);
  t.deepEqual(again.cells, JSON.parse(JSON.stringify(first.cells)) as typeof again.cells);
  t.is((await stat(join(place, "predictions.jsonl"))).mtimeMs, before.mtimeMs);

  // The same settings elsewhere, one question at a time.
  const other = await wordsExperiment(t, { methods: "head", answer: { maxTokens: MAX_TOKENS, parallel: 1 } });
  const alone = await runExperiment(other.file, { out: join(other.folder, "run") });
  t.is(alone.cells[0]!.digest, cell!.digest);
  t.deepEqual(await predictions(alone.folder, alone.cells[0]!.cell), await predictions(out, cell!.cell));
});

test.serial(
  "a process that is killed again and again ends with the rows of an undisturbed one",
  async (t) => {
    const { folder, file } = await wordsExperiment(t, {}, 12);
    const undisturbed = await runExperiment(file, { out: join(folder, "undisturbed") });
    const out = join(folder, "killed");
    const words = ["lab", "experiment", file, "--out", out, "--json"];
    const random = seededRandom(11);
    let kills = 0;
    for (; kills < 4; kills++) {
      const running = start(words);
      const before = await events(out);
      // The start takes its time: what matters is a moment while something is written.
      while ((await events(out)) <= before + 1 && (await isRunning(running.ended))) await setTimeout(5);
      await setTimeout(Math.floor(random() * 400));
      running.kill("SIGKILL");
      const { exitCode } = await running.ended;
      if (exitCode === 0) break;
    }
    t.true(kills > 0);
    const { exitCode, stderr } = await start(words).ended;
    t.is(exitCode, 0, stderr);
    for (const { cell } of undisturbed.cells) {
      t.deepEqual(await predictions(out, cell), await predictions(undisturbed.folder, cell));
    }
    t.deepEqual((await readdir(out)).sort(), [
      "cells",
      "data",
      "events.jsonl",
      "experiment.json",
      "features",
    ]);
  },
);

test.serial(
  "what the sweep varies may grow: finished cells are taken along under their new names",
  async (t) => {
    const { folder, file } = await wordsExperiment(t, { methods: ["head"], sweep: { l2: [1e-4] } }, 2);
    const out = join(folder, "run");
    const [alone] = (await runExperiment(file, { out })).cells;
    const given = JSON.parse(await readFile(file, "utf8")) as Record<string, object>;
    const more = {
      ...given,
      data: { ...given.data, figure: "approximateMatch" },
      sweep: { l2: [1e-4, 1e-2] },
    };
    await writeFile(file, JSON.stringify(more));
    const { cells, resumedCells } = await runExperiment(file, { out });
    t.is(resumedCells, 1);
    const [first, second] = cells;
    t.is(first!.digest, alone!.digest);
    t.not(first!.cell, alone!.cell);
    t.deepEqual([first!.swept, second!.swept], [{ l2: 1e-4 }, { l2: 1e-2 }]);
    t.is(first!.figure.name, "approximateMatch");
    t.deepEqual(await readCellMetrics(join(out, "cells", first!.cell, "metrics.json")), first);
    t.is((await readdir(join(out, "cells"))).length, 2);
  },
);

test.serial("a method that is not trained keeps its answers when one that is comes", async (t) => {
  const { folder, file } = await wordsExperiment(t, { methods: "base" }, 2);
  const out = join(folder, "run");
  const [alone] = (await runExperiment(file, { out })).cells;
  const given = JSON.parse(await readFile(file, "utf8")) as Record<string, object>;
  await writeFile(file, JSON.stringify({ ...given, methods: ["base", "head"] }));
  const { cells, resumedCells } = await runExperiment(file, { out });
  t.is(resumedCells, 1);
  t.deepEqual(cells[0], JSON.parse(JSON.stringify(alone)) as typeof alone);
});

async function events(out: string): Promise<number> {
  const text = await readFile(join(out, "events.jsonl"), "utf8").catch(() => "");
  return text.split("\n").length;
}

async function isRunning(ended: Promise<unknown>): Promise<boolean> {
  return Promise.race([ended.then(() => false), setTimeout(0, true)]);
}

test.serial("an abort ends it, and the next run goes on", async (t) => {
  const { folder, file } = await wordsExperiment(t);
  const out = join(folder, "run");
  const controller = new AbortController();
  const aborted = runExperiment(file, {
    out,
    signal: controller.signal,
    onProgress: ({ phase, done }) => {
      if (phase === "answers" && done === 2) controller.abort();
    },
  });
  await rejectsWith(t, aborted, "ABORTED");
  const lines = await readFile(join(out, "events.jsonl"), "utf8");
  t.regex(lines, /"type":"experiment-end","status":"stopped"/);
  const { cells } = await runExperiment(file, { out });
  t.is(cells.length, 2);
  for (const { cell } of cells) t.is((await predictions(out, cell)).length, 5);
});

test.serial("a full disk ends it with what is written kept; with room it goes on", async (t) => {
  const { folder, file } = await wordsExperiment(t, { methods: "base" });
  const out = join(folder, "run");
  await using anyFile = await open(file);
  // Every file handle of the process has this prototype; appending is what predictions do.
  const handles = Object.getPrototypeOf(anyFile) as { appendFile: (line: Buffer) => Promise<void> };
  const { appendFile } = handles;
  let rows = 0;
  handles.appendFile = async function (this: { write: (part: Buffer) => Promise<unknown> }, line) {
    if (!line.includes('"pred_val"') || ++rows <= 2) return appendFile.call(this, line);
    // A disk runs full in the middle of a line.
    await this.write(line.subarray(0, 40));
    throw Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
  };
  try {
    await rejectsWith(
      t,
      runExperiment(file, { out }),
      "IO",
      /Could not write .*predictions\.jsonl.*no space left/,
    );
  } finally {
    handles.appendFile = appendFile;
  }
  const [cell] = await readdir(join(out, "cells"));
  const kept = await predictions(out, cell!);
  t.is(kept.length, 2);
  const { cells } = await runExperiment(file, { out });
  const rowsOf = await predictions(out, cells[0]!.cell);
  t.is(rowsOf.length, 5);
  for (const row of kept) t.true(rowsOf.some((one) => isDeepStrictEqual(one, row)));
});

test.serial(
  "a folder that another process works in is refused, one of a process that is gone is taken",
  async (t) => {
    const { folder, file } = await wordsExperiment(t, { methods: "base" }, 1);
    const out = join(folder, "run");
    const lock = join(out, "run.lock");
    await runExperiment(file, { out });
    await writeFile(lock, JSON.stringify({ pid: 1, host: "elsewhere" }));
    await rejectsWith(
      t,
      runExperiment(file, { out }),
      "INVALID_ARGUMENT",
      /process 1 on elsewhere works in it/,
    );
    await writeFile(lock, "");
    t.is((await runExperiment(file, { out })).resumedCells, 1);
  },
);

test.serial(
  "questions of plain text and tools by their name; another answer of the data is another cell",
  async (t) => {
    const { folder, file } = await wordsExperiment(t, { methods: "base", answer: { maxTokens: 4 } }, 1);
    const given = JSON.parse(await readFile(file, "utf8")) as Record<string, object>;
    await writeFile(join(folder, "plain.txt"), "What is 1 plus 2?\nWhat is 3 plus 4?\n");
    const plain = { ...given, data: { name: "words", eval: "plain.txt", tools: ["money"] } };
    await writeFile(file, JSON.stringify(plain));
    const out = join(folder, "run");
    const [first] = (await runExperiment(file, { out })).cells;
    t.is(first!.questions, 2);

    const questions = join(folder, "questions.jsonl");
    const [line] = (await readFile(questions, "utf8")).split("\n");
    await writeFile(file, JSON.stringify(given));
    const before = (await runExperiment(file, { out })).cells[0]!.digest;
    await writeFile(
      questions,
      JSON.stringify({ ...(JSON.parse(line!) as object), gold_calls: ["<add>(1, 2)=3"] }),
    );
    const { cells, resumedCells } = await runExperiment(file, { out });
    t.is(resumedCells, 0);
    t.not(cells[0]!.digest, before);
  },
);

test.serial("a head writes plans of tools alone where the data set's tools make plans", async (t) => {
  const folder = await scratchFolder(t);
  const task = (goal: string, ...steps: string[]): object => ({
    text: `Task 4:\nI am in ['den']. The objects I can manipulate are ['lamp', 'book', 'desk'].\nGoal:\n${goal}\nHint:\nI ${goal}.\n\nPlan:\n${[...steps, "[END]"].join("\n")}`,
    tar_eq: [...steps.flatMap((step) => step.split(" ")), "[END]"],
  });
  const tasks = [
    task("read", "[FIND] <book>", "[READ] <book>"),
    task("light", "[FIND] <lamp>", "[TOUCH] <lamp>"),
    task("read at the desk", "[FIND] <desk>", "[FIND] <book>", "[READ] <book>"),
  ];
  const write = (name: string, rows: object[]): Promise<void> =>
    writeFile(join(folder, name), rows.map((row) => JSON.stringify(row)).join("\n"));
  await write("train.jsonl", [...tasks, ...tasks]);
  await write("dev.jsonl", tasks.slice(0, 2));
  const { cells } = await runExperiment(
    {
      name: "plans",
      models: { path: "nano", gpu: "cpu", threads: 1 },
      data: { name: "home", dataset: "virtualhome", files: folder, train: "train", eval: "dev" },
      methods: ["base", "head"],
      training: { validationSplit: 0, bias: 0 },
      answer: { maxTokens: 60, maxCalls: 10 },
    },
    { out: join(folder, "run") },
  );
  t.deepEqual(
    cells.map(({ figure }) => figure.name),
    ["planMatch", "planMatch"],
  );
  const [base, head] = cells;
  t.is(base!.cost.calls, 0);
  t.is(head!.cost.questionsWithCalls, 2);
  for (const row of await predictions(join(folder, "run"), head!.cell)) {
    const { generation } = row as { generation: string };
    t.regex(generation, /^(?:\[(?:FIND|READ|TOUCH)\] <(?:lamp|book|desk)>\n)+\[END\]$/);
  }
  // Six texts are learnt by heart.
  t.true(head!.figures.find(({ name }) => name === "actionMatch")!.value > 0.5);
});

test.serial("more examples than there are, and tools that no text calls", async (t) => {
  const { folder, file } = await wordsExperiment(t, { methods: "head", training: { examples: 61 } });
  const out = join(folder, "run");
  await rejectsWith(t, runExperiment(file, { out }), "INVALID_ARGUMENT", /at most 60 examples/);
});

test.serial("a reranker is mined and trained after its head, once", async (t) => {
  const { folder, file } = await wordsExperiment(t, {
    methods: ["head", "reranker"],
    reranker: { folds: 2, topK: 2, miningBias: 2 },
  });
  const out = join(folder, "run");
  const { cells } = await runExperiment(file, { out });
  t.deepEqual(
    cells.map(({ method, rerankReport }) => [method, rerankReport?.settings.topK]),
    [
      ["head", undefined],
      ["reranker", 2],
    ],
  );
  const place = join(out, "cells", cells[1]!.cell);
  const files = await readdir(place);
  for (const name of ["mined.jsonl", "reranker.safetensors", "reranker.json"]) t.true(files.includes(name));
  // Without its metrics the cell is not finished, but its trainings are.
  const before = await stat(join(place, "reranker.safetensors"));
  await rm(join(place, "metrics.json"));
  await rm(join(place, "predictions.jsonl"));
  const again = await runExperiment(file, { out });
  t.deepEqual(again.cells[1]!.figures, cells[1]!.figures);
  t.is((await stat(join(place, "reranker.safetensors"))).mtimeMs, before.mtimeMs);
});
