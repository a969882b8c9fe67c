// Every kind compiles and shows its marks, labels and values; what no plot can be made of is refused by file and line.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import {
  PLOT_KINDS,
  plotSpec,
  renderPng,
  renderSvg,
  type PlotFile,
  type PlotKindName,
  writePlot,
} from "../../../src/lab/plots/index.js";
import { importOptional } from "../../../src/utils/optional-package.js";
import { scratchFile, scratchFolder, throwsCode } from "../../utils/scratch.js";

type Fields = Readonly<Record<string, unknown>>;

const lines = (records: readonly Fields[]): string =>
  records.map((record) => `${JSON.stringify(record)}\n`).join("");

const run = (
  model: string,
  parameters: number,
  method: string,
  exact: number,
  more: Fields = {},
): Fields => ({
  model,
  parameters,
  method,
  questions: 60,
  exactMatch: exact,
  approximateMatch: exact,
  approximateOnly: 0.05,
  ...more,
});
const RUNS = [
  run("big", 8e9, "base", 0.2),
  run("big", 8e9, "head", 0.3),
  run("small", 1.7e9, "base", 0.1),
  run("small", 1.7e9, "head", 0.4),
];

/** Texts and aria labels in the order of the SVG. */
async function drawn(
  t: ExecutionContext,
  kind: PlotKindName,
  content: string | readonly Fields[],
  file: Omit<PlotFile, "path"> = {},
): Promise<{ svg: string; texts: string[]; marks: string[] }> {
  const text = typeof content === "string" ? content : lines(content);
  const path = await scratchFile(t, text, "results.jsonl");
  const svg = await renderSvg(await plotSpec(kind, [{ path, ...file }]));
  t.regex(svg, /^<svg [\s\S]*<\/svg>$/);
  t.notRegex(svg, /NaN|undefined|Infinity/);
  const all = (pattern: RegExp): string[] => [...svg.matchAll(pattern)].map((match) => match[1]!);
  return { svg, texts: all(/<text[^>]*>([^<]*)<\/text>/g), marks: all(/aria-label="([^"]*)"/g) };
}

function shows(t: ExecutionContext, texts: readonly string[], wanted: readonly string[]): void {
  t.deepEqual(
    wanted.filter((text) => !texts.includes(text)),
    [],
    texts.join(" | "),
  );
}

test("size: small models first, numbers at both ends, base in grey", async (t) => {
  const { texts, svg } = await drawn(t, "size", RUNS);
  shows(t, texts, [
    "Exact match by model size",
    "60 questions",
    "small (1.7B)",
    "10.0",
    "40.0",
    "20.0",
    "30.0",
  ]);
  t.true(texts.indexOf("small (1.7B)") < texts.indexOf("big (8B)"));
  t.regex(svg, /aria-label="[^"]*method: base[^"]*"[^>]*fill="#8b949e"/);
  t.regex(svg, /aria-label="[^"]*method: head[^"]*"[^>]*fill="#0072b2"/);
});

test("size: data sets stand in panels of their own", async (t) => {
  const other = RUNS.map((record) => ({ ...record, dataset: "GSM8K-XL" }));
  const { texts } = await drawn(t, "size", [...RUNS.map((one) => ({ ...one, dataset: "FuncQA" })), ...other]);
  shows(t, texts, ["FuncQA", "GSM8K-XL"]);
  t.is(texts.filter((text) => text === "small (1.7B)").length, 2);
});

test("gain: relative to base, up and down", async (t) => {
  const { texts } = await drawn(t, "gain", [
    ...RUNS,
    run("worse", 9e9, "base", 0.5),
    run("worse", 9e9, "head", 0.4),
  ]);
  shows(t, texts, ["+300 %  (10.0 → 40.0)", "+50 %  (20.0 → 30.0)", "−20 %  (50.0 → 40.0)"]);
});

test("learning-rate: runs, the best one's number, and the baseline", async (t) => {
  const rates = [1e-4, 1e-3].map((learningRate, i) => run("m", 1e9, "head", 0.4 + i / 10, { learningRate }));
  const { texts } = await drawn(t, "learning-rate", [run("m", 1e9, "base", 0.2), ...rates]);
  shows(t, texts, ["1e-4", "1e-3", "50.0", "base 20.0"]);
  t.false(texts.includes("40.0"));
});

test("matches: exact and merely close answers, from records and from predictions", async (t) => {
  shows(t, (await drawn(t, "matches", RUNS)).texts, ["exact", "approximate only", "40.0 + 5.0"]);
  // 50.13 is close to 50.1 and not exact; 12.3 truncates to 12, and is not close.
  const prediction = (pred: string, gold: number, index: number): Fields => ({
    index,
    question: `q${index}`,
    generation: "",
    pred,
    gold,
  });
  const predictions = [["50.13", 50.1] as const, ["12.3", 12] as const, ["1", 2] as const, ["3", 3] as const];
  const records = predictions.map(([pred, gold], index) => prediction(pred, gold, index));
  const { texts } = await drawn(t, "matches", records, { model: "nano", method: "head", parameters: 1.8e6 });
  shows(t, texts, ["nano (1.8M)", "50.0 + 25.0", "4 questions"]);
});

test("tool-count: scores with an accuracy for each number of relations", async (t) => {
  const score = {
    kind: "relations",
    file: "x",
    accuracy: 0.6,
    intervals: { accuracy: { low: 0.5, high: 0.7 } },
    byToolCount: [
      { toolCount: 30, accuracy: 0.9, questions: 10 },
      { toolCount: 234, accuracy: 0.3, questions: 10 },
    ],
  };
  const { texts, marks } = await drawn(t, "tool-count", [score], { method: "head" });
  shows(t, texts, ["30", "234", "Accuracy against the number of tools"]);
  t.true(
    marks.some((mark) => mark.includes("Tools (K): 234; Accuracy, %: 30")),
    marks.join(" | "),
  );
});

test("calibration: calls of predictions and mined rows against their probability", async (t) => {
  const line = (index: number, probability: number, gold: string[]): Fields => ({
    index,
    question: `q${index}`,
    generation: "",
    gold_calls: gold,
    calls: [{ tool: "add", probability }],
  });
  const predictions = [
    line(0, 0.95, ["add(1,2)"]),
    line(1, 0.97, ["<add>(1,2)=3"]),
    line(2, 0.93, ["ln"]),
    line(3, 0.5, []),
  ];
  const { texts, marks } = await drawn(t, "calibration", predictions, { series: "head" });
  shows(t, texts, ["head: 4 calls, error 0.338"]);
  t.true(
    marks.some((mark) => mark.includes("Share of right calls: 0.666666")),
    marks.join(" | "),
  );

  const mined = MINED.slice();
  shows(t, (await drawn(t, "calibration", mined, { series: "mined" })).texts, [
    "mined: 3 calls, error 0.333",
  ]);
});

const row = (kind: string, label: string, tool: string, margin: number, probability: number): Fields => ({
  kind,
  label,
  margin,
  tools: [{ tool, probability }],
});
/** After a line about all rows: two right calls, a rejected one, a missed one, and a token that no tool beats. */
const MINED = [
  { tools: ["add", "ln"], folds: [], counts: {} },
  row("tool", "add", "add", 3, 0.9),
  row("tool", "ln", "ln", 1.5, 0.8),
  row("reject", "REJ", "add", 1, 0.7),
  row("tool", "ln", "add", -1, 0.2),
  row("easy", "REJ", "add", -5, 0.01),
];

test("precision-recall: the curve of mined rows, of a report, and the point of a run", async (t) => {
  const path = await scratchFile(t, lines(MINED), "mined.jsonl");
  const spec = await plotSpec("precision-recall", [path]);
  const { values } = spec.data as { values: { bias: number; precision: number; recall: number }[] };
  const at = (bias: number): object | undefined => values.find((value) => value.bias === bias);
  t.like(at(0), { precision: 2 / 3, recall: 2 / 3 });
  t.like(at(-1), { precision: 1, recall: 2 / 3 });
  t.like(at(-1.5), { precision: 1, recall: 1 / 3 });
  t.true(values.every(({ bias }) => bias <= 0));

  const curve = [-1, 0, 1].map((bias) => ({ bias, precision: 0.9 - bias / 10, recall: 0.8 + bias / 10 }));
  const report = {
    calibration: { bias: 0, curve },
    solver: { losses: [2, 1.5, 1.25].map((loss, i) => ({ iteration: 3 * i + 1, loss })) },
  };
  shows(t, (await drawn(t, "precision-recall", JSON.stringify(report, null, 2))).texts, ["−1", "0", "1"]);
  const losses = await drawn(t, "training-curve", JSON.stringify(report, null, 2));
  shows(t, losses.texts, ["1.2500", "Mean loss per step"]);
  const score = {
    kind: "answers",
    intervals: {},
    callMetrics: { micro: { precision: 0.75, recall: 0.5, f1: 0.6 } },
  };
  const { marks } = await drawn(t, "precision-recall", [score], { series: "head + reranker" });
  t.true(
    marks.some((mark) => /Recall of calls: 0.5; Precision of calls: 0.75/.test(mark)),
    marks.join(" | "),
  );
});

test("cost: benchmark results, the number of tools out of their names", async (t) => {
  const measured = [
    { name: "plain", ratio: 1, ratioRange: [1, 1], medianRate: 90 },
    { name: "in the graph, K = 13", ratio: 0.991, ratioRange: [0.97, 1.01], medianRate: 89 },
    { name: "in the graph, K = 10,000, F16 (default)", ratio: 0.957, ratioRange: [0.9, 1], medianRate: 86 },
  ];
  const other = [{ name: "K = 77", ratio: 2, ratioRange: [1, 3], medianRate: 1 }];
  const results = [
    { name: "memory", what: "bytes", rival: "plain", measured: other },
    { name: "decode", what: "tokens per second", rival: "plain", measured },
  ];
  const report = JSON.stringify({ model: { file: "SmolLM2.gguf" }, results }, null, 2);
  const { texts } = await drawn(t, "cost", report);
  shows(t, texts, ["13", "10,000", "0.991", "0.957", "in the graph, F16 (default)"]);
  t.false(texts.includes("77"));
  t.true(texts.some((text) => text.startsWith("SmolLM2;")));
});

test("metrics of an experiment's cells: the figure shown first, the curve, the score of calls", async (t) => {
  const cell = (method: string, value: number, more: Fields = {}): Fields => ({
    format: "toolken.metrics",
    cell: `nano-${method}`,
    model: "nano",
    method,
    parameters: 1.8e6,
    exactMatch: 0.1,
    firstTool: value,
    figure: { name: "firstTool", value, low: null, high: null },
    intervals: { firstTool: null },
    report: null,
    score: { callMetrics: { micro: { precision: value, recall: 0.5, f1: 0 } } },
    ...more,
  });
  const losses = [1, 2].map((iteration) => ({ iteration, loss: 3 - iteration }));
  const report = { calibration: null, solver: { losses } };
  const cells = [cell("base", 0.2), cell("head", 0.4, { report })];
  shows(t, (await drawn(t, "size", cells)).texts, ["First tool right by model size", "20.0", "40.0"]);
  // What was not trained has no curve.
  shows(t, (await drawn(t, "training-curve", cells)).texts, ["1.0000", "nano-head"]);
  const { marks } = await drawn(t, "precision-recall", [cells[1]!]);
  t.true(
    marks.some((mark) => mark.includes("Recall of calls: 0.5; Precision of calls: 0.4")),
    marks.join(" | "),
  );
});

test("cells of a sweep are runs of their own, along the learning rate they are one method", async (t) => {
  const cell = (method: string, exactMatch: number, swept: Fields): Fields => ({
    model: "nano",
    method,
    dataset: "words",
    swept,
    exactMatch,
    approximateMatch: exactMatch,
    ...("lr" in swept ? { learningRate: swept.lr } : {}),
  });
  const cells = [
    cell("base", 0.2, {}),
    cell("head", 0.4, { lr: 0.001, solver: "adam" }),
    cell("head", 0.6, { lr: 0.01, solver: "adam" }),
  ];
  const names = ["head lr=0.001 solver=adam", "head lr=0.01 solver=adam"];
  shows(t, (await drawn(t, "matches", cells)).texts, ["40.0", "60.0", ...names]);
  shows(t, (await drawn(t, "gain", cells)).texts, [...names]);
  const { texts } = await drawn(t, "learning-rate", cells);
  shows(t, texts, ["60.0"]);
  t.false(texts.some((text) => text.includes("lr=")));
  const twice = [cells[0]!, cells[1]!, cells[1]!];
  for (const kind of ["matches", "gain"] as const) {
    await throwsCode(t, "RECORD_INVALID", /one run of nano with head/u, () => drawn(t, kind, twice));
  }
});

test("time-to-first-call: a line per way", async (t) => {
  const { texts } = await drawn(t, "time-to-first-call", [
    { tools: 4, milliseconds: 60, series: "head" },
    { tools: 1000, milliseconds: 62, series: "head" },
    { tools: 4, milliseconds: 500, series: "tools in the prompt" },
    { tools: 50, milliseconds: 4900, series: "tools in the prompt", range: [4700, 5100] },
  ]);
  shows(t, texts, ["62.0 ms", "4.90 s", "1,000", "100 ms", "10 s", "tools in the prompt"]);
});

test("diagnostics: kinds that occur, run beside run", async (t) => {
  const line = (name: string, right: boolean, ...kinds: string[]): Fields => ({
    run: name,
    right,
    findings: kinds.map((kind) => ({ kind })),
  });
  const { texts } = await drawn(t, "diagnostics", [
    line("head", true),
    line("head", false, "missedCall", "missedCall"),
    line("both", true),
    line("both", true),
  ]);
  shows(t, texts, ["right answer", "missed call", "1  (50 %)", "2  (100 %)", "0  (0 %)", "head", "both"]);
  t.false(texts.includes("wrong tool"));
});

const refuses = test.macro(
  async (
    t,
    kind: PlotKindName,
    content: string | readonly Fields[],
    message: RegExp,
    code = "RECORD_INVALID",
  ) => {
    const path = await scratchFile(
      t,
      typeof content === "string" ? content : lines(content),
      "results.jsonl",
    );
    await throwsCode(t, code as "RECORD_INVALID", message, () => plotSpec(kind, [path]));
  },
);
test("an empty file", refuses, "size", "", /empty/, "FILE_INVALID");
test(
  "a record of another kind",
  refuses,
  "training-curve",
  [{ step: 1, loss: 2 }, { steps: 2 }],
  /results\.jsonl:2: Expected a number for step/,
);
test(
  "a share above 1",
  refuses,
  "size",
  [RUNS[0]!, { ...RUNS[1]!, exactMatch: 12 }],
  /:2: Expected a number of at most 1 for exactMatch but received 12/,
);
test(
  "a run without any share",
  refuses,
  "size",
  [{ model: "m", method: "head" }],
  /:1: Expected a number for exactMatch/,
);
test("what is no JSON", refuses, "size", "base 10, head 25\n", /:1: Expected JSON/);
test("no base to gain from", refuses, "gain", [RUNS[1]!], /base/);
test(
  "no number of tools",
  refuses,
  "tool-count",
  [RUNS[1]!],
  /number of tools of every run but big with head/,
);
test("no training", refuses, "learning-rate", [RUNS[0]!], /learningRate/);
test(
  "no gold calls",
  refuses,
  "calibration",
  [{ index: 0, question: "q", generation: "", gold: 1, calls: [] }],
  /gold_calls/,
);
test(
  "a mistake that is none",
  refuses,
  "diagnostics",
  [{ run: "a", right: true, findings: [{ kind: "typo" }] }],
  /:1: Expected one of missedCall, .* for findings\.0\.kind/,
);

test("unknown kinds, themes, endings and measures; no files", async (t) => {
  const path = await scratchFile(t, lines(RUNS), "runs.jsonl");
  const meant = await throwsCode(t, "INVALID_ARGUMENT", /one of size, gain/, () =>
    plotSpec("calibratoin" as PlotKindName, [path]),
  );
  t.is(meant.hint, "Did you mean calibration?");
  await throwsCode(t, "INVALID_ARGUMENT", /theme/, () =>
    plotSpec("size", [path], { theme: "blue" as "dark" }),
  );
  await throwsCode(t, "INVALID_ARGUMENT", /measure/, () => plotSpec("size", [path], { measure: "f1" }));
  await throwsCode(t, "INVALID_ARGUMENT", /at least one file/, () => plotSpec("size", []));
  await throwsCode(t, "INVALID_ARGUMENT", /\.svg, \.png or \.json/, () =>
    writePlot("size", [path], "plot.gif"),
  );
  await throwsCode(t, "INVALID_ARGUMENT", /scale/, () => renderPng({}, { scale: 100 }));
  await throwsCode(t, "INVALID_ARGUMENT", /Vega-Lite/, () => renderSvg({ mark: "nothing" }));
  await throwsCode(t, "FILE_NOT_FOUND", /No file/, () => plotSpec("size", [`${path}.none`]));
});

test("light and dark, solid and transparent, as SVG, PNG and Vega-Lite", async (t) => {
  const folder = await scratchFolder(t);
  const path = await scratchFile(t, lines(RUNS), "runs.jsonl");
  const files = await writePlot("size", [path], join(folder, "size.svg"), {
    theme: "both",
    background: "transparent",
  });
  t.deepEqual(files, [join(folder, "size-light.svg"), join(folder, "size-dark.svg")]);
  const [light, dark] = await Promise.all(files.map((file) => readFile(file, "utf8")));
  t.true(light!.includes("#1f2328") && !light!.includes("#0d1117"));
  t.true(dark!.includes("#e6edf3") && !dark!.includes("#0d1117"));
  const solid = await renderSvg(await plotSpec("size", [path], { theme: "dark", title: "Mine" }));
  t.regex(solid, /<rect [^>]*fill="#0d1117"/);
  t.true(solid.includes(">Mine<"));

  const [png] = await writePlot("size", [path], join(folder, "size.png"), { scale: 1 });
  const bytes = await readFile(png!);
  t.deepEqual([...bytes.subarray(0, 4)], [0x89, 0x50, 0x4e, 0x47]);
  const [, width, height] = /<svg[^>]* width="(\d+)[^"]*" height="(\d+)/.exec(light!)!;
  t.true(Math.abs(bytes.readUInt32BE(16) - Number(width)) <= 1);
  t.true(Math.abs(bytes.readUInt32BE(20) - Number(height)) <= 1);

  const [json] = await writePlot("size", [path], join(folder, "size.json"));
  const spec = JSON.parse(await readFile(json!, "utf8")) as Fields;
  t.is(await renderSvg(spec), await renderSvg(await plotSpec("size", [path])));
});

test("plots of one process at the same time are those that each gives alone", async (t) => {
  const path = await scratchFile(t, lines(RUNS), "runs.jsonl");
  const spec = await plotSpec("matches", [path]);
  const alone = await renderSvg(spec);
  t.deepEqual(await Promise.all([renderSvg(spec), renderSvg(spec)]), [alone, alone]);
});

test("a missing package is named, with the command that installs it", async (t) => {
  const absent = Object.assign(new Error("Cannot find package"), { code: "ERR_MODULE_NOT_FOUND" });
  const error = await throwsCode(t, "PACKAGE_MISSING", /Plots need vega and vega-lite: not installed/, () =>
    importOptional("vega vega-lite", "Plots need", () => Promise.reject(absent)),
  );
  t.is(error.hint, "Install with `npm install vega vega-lite`.");
});

test("every kind says what it reads when it is given something else", async (t) => {
  const path = await scratchFile(t, '{"nothing":1}\n', "results.jsonl");
  for (const kind of PLOT_KINDS) {
    const error = await throwsCode(t, "RECORD_INVALID", /results\.jsonl:1: Expected/, () =>
      plotSpec(kind, [path]),
    );
    t.regex(error.hint ?? "", /This plot reads/, kind);
  }
});
