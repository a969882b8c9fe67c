// An experiment file is refused by the place of what does not fit, and a mistyped name is recognised.
import test from "ava";
import { type ExperimentInput, readExperiment } from "../../../src/lab/experiments/index.js";
import type { ToolkenErrorCode } from "../../../src/index.js";
import { cellTitle, planCells } from "../../../src/lab/experiments/plan.js";
import { rejectsWith } from "../../support/errors.js";
import { scratchFile } from "../../utils/scratch.js";

const SMALLEST = {
  models: "nano",
  data: { name: "words", train: "t.jsonl", eval: "q.json" },
  methods: "base",
};

const refused = test.macro(
  async (t, content: string, code: ToolkenErrorCode, message: RegExp, hint?: RegExp) => {
    const file = await scratchFile(t, content, "bad.yaml");
    const error = await rejectsWith(t, readExperiment(file), code, message);
    if (hint !== undefined) t.regex(error?.hint ?? "", hint);
  },
);

test("JSON and YAML give the same experiment, with one for a list of one", async (t) => {
  const json = await scratchFile(t, JSON.stringify(SMALLEST), "one.json");
  const yaml = await scratchFile(
    t,
    "models: nano\ndata: { name: words, train: t.jsonl, eval: q.json }\nmethods: [base]\n",
    "one.yaml",
  );
  const [a, b] = [await readExperiment(json), await readExperiment(yaml)];
  t.deepEqual(a.spec, b.spec);
  t.is(a.spec.name, "one");
  t.deepEqual(a.spec.models, [{ path: "nano", gpu: "auto", gpuLayers: "auto", chat: false }]);
  t.deepEqual(a.spec.data[0]!.eval, ["q.json"]);
});

test("variables are filled in; those of the caller win", async (t) => {
  const source = {
    ...SMALLEST,
    models: "${models}/a.gguf",
    variables: { models: "here" },
  } as ExperimentInput;
  t.is((await readExperiment(source)).spec.models[0]!.path, "here/a.gguf");
  const other = await readExperiment(source, { variables: { models: "there" } });
  t.is(other.spec.models[0]!.path, "there/a.gguf");
});

const yaml = (more: string, methods = "base"): string =>
  `models: nano\ndata: { name: words, train: t.jsonl, eval: q.json }\nmethods: ${methods}\n${more}`;

test(
  "an unknown key",
  refused,
  yaml("metods: [head]"),
  "FILE_INVALID",
  /bad\.yaml: unknown key metods\. Did you mean methods\?$/,
);
test(
  "a star that is no alias",
  refused,
  "models: nano\ndata: { name: words, eval: *.jsonl }\nmethods: base\n",
  "FILE_INVALID",
  /bad\.yaml: .*stands in quotes/,
);
test(
  "an unknown key further in",
  refused,
  "models: { pth: a.gguf }\ndata: { name: words, eval: q.json }\nmethods: base\n",
  "FILE_INVALID",
  /models\[0\]: unknown key pth\. Did you mean path\?/,
);
test(
  "an unknown key of a sweep",
  refused,
  yaml("sweep: { learningrate: 1, solvr: adam }"),
  "FILE_INVALID",
  /sweep\[0\]: .*unknown key solvr\. Did you mean solver\?/,
);
test(
  "an unknown key of the training",
  refused,
  yaml("training: { epoch: 3 }"),
  "FILE_INVALID",
  /training: unknown key epoch\. Did you mean epochs\?/,
);
test(
  "a value that does not fit",
  refused,
  yaml("training: { validationSplit: 2 }"),
  "FILE_INVALID",
  /Expected a number below 1 for training\.validationSplit but received 2 of type number/,
);
test(
  "a method that there is not",
  refused,
  yaml("", "[base, haed]"),
  "FILE_INVALID",
  /Expected one of base, head, .* for methods\[1\] but received "haed" of type string/,
);
test(
  "two data sets of one name",
  refused,
  "models: nano\nmethods: base\ndata:\n  - { name: a, eval: q.json }\n  - { name: a, eval: r.json }\n",
  "FILE_INVALID",
  /Expected different names for data but received "a"/,
);
test(
  "a variable without a value",
  refused,
  yaml("name: ${who}\nvariables: { whom: me }"),
  "INVALID_ARGUMENT",
  /the variable who has no value/,
  /Did you mean whom\?.*--set who=VALUE/,
);
test(
  "a data set without its files",
  refused,
  "models: nano\nmethods: base\ndata: { name: a, dataset: funcqa, eval: q }\n",
  "FILE_INVALID",
  /Expected dataset and files together for data\[0\]\.files/,
);
test(
  "a head without texts",
  refused,
  "models: nano\nmethods: head\ndata: { name: a, eval: q.json }\n",
  "FILE_INVALID",
  /Expected training texts for the method head for data\[0\]\.train/,
);
test("no YAML", refused, "models: [nano\nmethods: base", "FILE_INVALID", /bad\.yaml: /);
test("a key twice", refused, yaml("methods: head"), "FILE_INVALID", /Map keys must be unique/);

test("a file that is not there", async (t) => {
  await rejectsWith(t, readExperiment("/nowhere/experiment.yaml"), "FILE_NOT_FOUND");
});

test("a sweep gives every combination of its blocks, each once, and methods without a training one cell", async (t) => {
  const { spec } = await readExperiment({
    ...SMALLEST,
    models: ["nano", { name: "again", path: "nano" }],
    methods: ["base", "head"],
    sweep: [
      { solver: "adam", lr: [0.001, 0.01] },
      // The learning rate is nothing to L-BFGS: two of these come to the same.
      { solver: "lbfgs", lr: [0.001, 0.01], prompt: [true, false] },
    ],
  });
  const cells = planCells(spec);
  t.deepEqual(cells.filter(({ model }) => model.name === "again").map(cellTitle), [
    "base",
    "head lr=0.001 prompt=true solver=adam",
    "head lr=0.01 prompt=true solver=adam",
    "head prompt=true solver=lbfgs",
    "head prompt=false solver=lbfgs",
  ]);
  t.is(cells.length, 10);
  t.is(cells[1]!.training!.l2, undefined);
  t.is(cells[3]!.training!.l2, 1e-4);
});
