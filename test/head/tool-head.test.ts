import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import test from "ava";
import { ToolkenError } from "../../src/errors.js";
import type { HeadModelFacts } from "../../src/head/model-identity.js";
import { SafetensorsFile, writeSafetensors } from "../../src/head/safetensors.js";
import { ToolHead } from "../../src/head/tool-head.js";
import { mutated, scratchFile, scratchFolder, seededRandom, throwsCode } from "../utils/scratch.js";

const model: HeadModelFacts = {
  architecture: "llama",
  name: "Tiny",
  embeddingLength: 3,
  vocabularySize: 100,
  fingerprint: "a".repeat(64),
};

const sample = () =>
  ToolHead.create({
    tools: ["add", "mul", "sqrt"],
    weights: Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9),
    bias: [0.5, -Infinity, 0],
    model,
    training: { steps: 12, nested: { f1: 0.9 } },
  });

const contents = ({ tools, dimension, weights, bias, model, training }: ToolHead) => ({
  tools: [...tools],
  dimension,
  weights: [...weights],
  bias: [...bias],
  model,
  training,
});

test("a head knows its rows", (t) => {
  const head = sample();
  t.is(head.size, 3);
  t.is(head.dimension, 3);
  t.is(head.indexOf("mul"), 1);
  t.is(head.indexOf("none"), -1);
  t.false(head.has("__proto__"));
  t.deepEqual([...head.row("mul")], [4, 5, 6]);
  const error = t.throws(() => head.row("none"), { instanceOf: ToolkenError });
  t.is(error.code, "UNKNOWN_TOOL");
  t.regex(error.hint ?? "", /add, mul, sqrt/);
});

test("what the caller keeps does not change the head", (t) => {
  const weights = Float32Array.of(1, 2, 3);
  const training = { steps: 1 };
  const head = ToolHead.create({ tools: ["a"], weights, training });
  weights[0] = 9;
  training.steps = 9;
  head.row("a")[1] = 9;
  t.deepEqual([...head.weights], [1, 2, 3]);
  t.deepEqual(head.training, { steps: 1 });
  t.throws(() => (head.tools as string[]).push("b"), { instanceOf: TypeError });
});

test("withRow adds at the end or replaces in place, and leaves the head as it was", (t) => {
  const head = sample();
  const added = head.withRow("log", Float32Array.of(1, 0, 1), -2);
  t.deepEqual([...added.tools], ["add", "mul", "sqrt", "log"]);
  t.deepEqual([...added.row("log")], [1, 0, 1]);
  t.deepEqual([...added.bias], [0.5, -Infinity, 0, -2]);
  const replaced = head.withRow("add", Float32Array.of(0, 0, 1));
  t.deepEqual([...replaced.weights], [0, 0, 1, 4, 5, 6, 7, 8, 9]);
  t.is(replaced.bias[0], 0.5);
  t.deepEqual(contents(head), contents(sample()));
});

test("without, select, reordered, renamed keep each tool's row and bias together", (t) => {
  const head = sample();
  const shuffled = head.reordered(["sqrt", "add", "mul"]);
  t.deepEqual([...shuffled.weights], [7, 8, 9, 1, 2, 3, 4, 5, 6]);
  t.deepEqual([...shuffled.bias], [0, 0.5, -Infinity]);
  t.deepEqual(contents(shuffled.reordered(["add", "mul", "sqrt"])), contents(head));
  t.deepEqual(contents(head.without("mul")), contents(head.select(["add", "sqrt"])));
  t.deepEqual([...head.without("add", "mul").weights], [7, 8, 9]);
  t.is(head.without("add", "mul", "sqrt").size, 0);
  const renamed = head.renamed({ add: "mul", mul: "add" });
  t.deepEqual([...renamed.tools], ["mul", "add", "sqrt"]);
  t.deepEqual([...renamed.row("mul")], [1, 2, 3]);
  t.deepEqual([...head.withBias([1, 2, 3]).bias], [1, 2, 3]);
});

test("merge joins rows; a common tool must be the same in both", (t) => {
  const head = sample();
  const other = ToolHead.create({
    tools: ["log", "add"],
    weights: Float32Array.of(1, 1, 1, 1, 2, 3),
    bias: [3, 0.5],
  });
  const merged = head.merge(other);
  t.deepEqual([...merged.tools], ["add", "mul", "sqrt", "log"]);
  t.deepEqual([...merged.weights], [1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 1, 1]);
  t.deepEqual([...merged.bias], [0.5, -Infinity, 0, 3]);
  t.deepEqual(merged.model, model);
  t.deepEqual(merged.training, head.training);
  const code = (action: () => unknown) => t.throws(action, { instanceOf: ToolkenError }).code;
  t.is(
    code(() => head.merge(other.withRow("add", Float32Array.of(1, 2, 4)))),
    "INVALID_ARGUMENT",
  );
  t.is(
    code(() => head.merge(other.withBias([3, 0]))),
    "INVALID_ARGUMENT",
  );
  t.is(
    code(() => head.merge(ToolHead.create({ tools: ["x"], weights: new Float32Array(2) }))),
    "MODEL_MISMATCH",
  );
  const foreign = ToolHead.create({
    tools: ["x"],
    weights: new Float32Array(3),
    model: { ...model, fingerprint: "b".repeat(64) },
  });
  t.is(
    code(() => head.merge(foreign)),
    "MODEL_MISMATCH",
  );
  t.is(head.merge(foreign, { force: true }).size, 4);
});

const invalid = test.macro({
  exec: async (t, message: RegExp, action: () => unknown) => {
    await throwsCode(t, "INVALID_ARGUMENT", message, action);
  },
  title: (name) => `refused: ${name ?? ""}`,
});
const create = (changes: Partial<Parameters<typeof ToolHead.create>[0]>) => () =>
  ToolHead.create({ tools: ["a", "b"], weights: Float32Array.of(1, 2, 3, 4), ...changes });

test("two tools of one name", invalid, /different names.*"a"/, create({ tools: ["a", "a"] }));
test("an empty name", invalid, /a name/, create({ tools: ["a", ""] }));
test("tools that are no array", invalid, /array of names/, create({ tools: "ab" as never }));
test("weights that are no Float32Array", invalid, /Float32Array/, create({ weights: [1, 2, 3, 4] as never }));
test("weights that do not divide", invalid, /positive integer/, create({ weights: new Float32Array(3) }));
test("another number of weights", invalid, /2 rows of 3 weights/, create({ dimension: 3 }));
test("dimension 0", invalid, /positive integer for dimension/, create({ dimension: 0 }));
test("no tool and no dimension", invalid, /positive/, create({ tools: [], weights: new Float32Array() }));
test("NaN", invalid, /weight 1 of tool "b".*NaN/, create({ weights: Float32Array.of(1, 2, 3, NaN) }));
test("Infinity", invalid, /weight 0 of tool "a"/, create({ weights: Float32Array.of(-Infinity, 2, 3, 4) }));
test("too few biases", invalid, /2 values/, create({ bias: [1] }));
test("a bias of NaN", invalid, /bias of tool "b"/, create({ bias: [1, NaN] }));
test("a bias of +Infinity", invalid, /bias of tool "a"/, create({ bias: [Infinity, 0] }));
test("a model of another dimension", invalid, /embeddingLength/, create({ model }));
test("training that JSON cannot hold", invalid, /JSON/, create({ training: { big: 1n } }));
test("a row of another length", invalid, /3 weights/, () => sample().withRow("x", new Float32Array(4)));
test("a row with NaN", invalid, /NaN/, () => sample().withRow("x", Float32Array.of(1, NaN, 1)));
test("a new order without a tool", invalid, /without: mul/, () => sample().reordered(["add", "sqrt"]));
test("a tool selected twice", invalid, /different names/, () => sample().select(["add", "add"]));
test("renaming onto another tool", invalid, /different names/, () => sample().renamed({ add: "mul" }));

test("renaming, dropping, selecting a tool that is not there", async (t) => {
  const head = sample();
  await throwsCode(t, "UNKNOWN_TOOL", /"x"/, () => head.renamed({ x: "y" }));
  await throwsCode(t, "UNKNOWN_TOOL", /"x"/, () => head.without("x"));
  await throwsCode(t, "UNKNOWN_TOOL", /"x"/, () => head.select(["x"]));
});

test("assertFits: hidden size always, fingerprint unless forced", async (t) => {
  const head = sample();
  t.notThrows(() => {
    head.assertFits(model);
    head.assertFits({ ...model, name: "renamed file" });
    head.assertFits({ ...model, fingerprint: null });
  });
  const other = { ...model, name: "Other", fingerprint: "b".repeat(64) };
  const error = await throwsCode(t, "MODEL_MISMATCH", /"Tiny".*"Other"/, () => {
    head.assertFits(other);
  });
  t.regex(error.hint ?? "", /force/);
  t.notThrows(() => {
    head.assertFits(other, { force: true });
  });
  const wide = { ...other, embeddingLength: 4 };
  await throwsCode(t, "MODEL_MISMATCH", /hidden size 3.*"Other".*hidden size 4/, () => {
    head.assertFits(wide, { force: true });
  });
  await throwsCode(t, "MODEL_MISMATCH", /vocabulary size \(100, not 99\)/, () => {
    head.assertFits({ ...model, vocabularySize: 99, fingerprint: null });
  });
  const unknown = ToolHead.create({ tools: ["a"], weights: new Float32Array(3) });
  t.notThrows(() => {
    unknown.assertFits(other);
  });
  await throwsCode(t, "MODEL_MISMATCH", /rows of 3 weights.*hidden size of 4/, () => {
    unknown.assertFits(wide);
  });
});

test("a saved head comes back whole", async (t) => {
  const path = join(await scratchFolder(t), "head.safetensors");
  const head = sample();
  await head.save(path);
  t.deepEqual(contents(await ToolHead.load(path, { for: model })), contents(head));
  const plain = ToolHead.create({ tools: ['a"<b>é🔧'], weights: Float32Array.of(1e-40, -0) });
  await plain.save(path);
  t.deepEqual(contents(await ToolHead.load(path)), contents(plain));
  const none = head.without(...head.tools);
  await none.save(path);
  t.deepEqual(contents(await ToolHead.load(path)), contents(none));
});

test("F16 and BF16 files hold rounded weights at half the size", async (t) => {
  const folder = await scratchFolder(t);
  const head = ToolHead.create({ tools: ["a"], weights: Float32Array.of(1 / 3, -2.5, 65_504) });
  for (const [type, third] of [
    ["F16", 0.333251953125],
    ["BF16", 0.333984375],
  ] as const) {
    const path = join(folder, type);
    await head.save(path, { type });
    await using file = await SafetensorsFile.open(path);
    t.is(file.facts("weight").dtype, type);
    t.is(file.facts("weight").byteLength, 6);
    t.is((await ToolHead.load(path)).weights[0], third);
  }
  const large = head.withRow("b", Float32Array.of(0, 1e5, 0));
  await throwsCode(t, "INVALID_ARGUMENT", /range of F16.*100000/, () =>
    large.save(join(folder, "x"), { type: "F16" }),
  );
  await throwsCode(t, "INVALID_ARGUMENT", /type.*"Q8_0"/, () =>
    head.save(join(folder, "x"), { type: "Q8_0" as never }),
  );
});

test("load refuses another model, and says both names", async (t) => {
  const path = join(await scratchFolder(t), "head");
  await sample().save(path);
  const other = { ...model, name: "Other", fingerprint: "c".repeat(64) };
  await throwsCode(t, "MODEL_MISMATCH", /"Tiny".*"Other"/, () => ToolHead.load(path, { for: other }));
  t.is((await ToolHead.load(path, { for: other, force: true })).size, 3);
  const wide = { ...other, embeddingLength: 4 };
  await throwsCode(t, "MODEL_MISMATCH", /hidden size 4/, () =>
    ToolHead.load(path, { for: wide, force: true }),
  );
});

test("load: missing, empty, random, truncated files", async (t) => {
  const folder = await scratchFolder(t);
  await throwsCode(t, "FILE_NOT_FOUND", /none/, () => ToolHead.load(join(folder, "none")));
  const random = seededRandom(3);
  const noise = Uint8Array.from({ length: 4096 }, () => random() * 256);
  for (const bytes of [new Uint8Array(), noise, noise.subarray(0, 5)]) {
    const path = await scratchFile(t, bytes);
    await throwsCode(t, "FILE_INVALID", /sample\.bin/, () => ToolHead.load(path));
  }
  const path = join(folder, "head");
  await sample().save(path);
  const whole = await readFile(path);
  for (let length = 0; length < whole.length; length += 13) {
    await writeFile(path, whole.subarray(0, length));
    await throwsCode(t, "FILE_INVALID", /expected/, () => ToolHead.load(path));
  }
});

/** A head file with some metadata or the tensor changed. */
const damaged = test.macro({
  exec: async (
    t,
    message: RegExp,
    metadata: Record<string, string | undefined>,
    shape: number[] = [3, 3],
    data: Float32Array = new Float32Array(9),
  ) => {
    const path = join(await scratchFolder(t), "head");
    await sample().save(path);
    const all: Record<string, string> = {};
    {
      await using file = await SafetensorsFile.open(path);
      for (const [key, value] of Object.entries({ ...file.metadata, ...metadata })) {
        if (value !== undefined) all[key] = value;
      }
    }
    await writeSafetensors(path, { tensors: { weight: { dtype: "F32", shape, data } }, metadata: all });
    await throwsCode(t, "FILE_INVALID", message, () => ToolHead.load(path));
  },
  title: (name?: string) => `a head file with ${name ?? ""}`,
});

test("no format", damaged, /toolken\.head/, { format: undefined });
test("another format", damaged, /found "pt"/, { format: "pt" });
test("a later version", damaged, /version 1, found "2"/, { format_version: "2" });
test("no tools", damaged, /metadata "tools"/, { tools: undefined });
test("tools that are no JSON", damaged, /JSON as metadata "tools"/, { tools: "add,mul" });
test("tools that are numbers", damaged, /tools\.1/, { tools: '["a",2,"c"]' });
test("a tool twice", damaged, /different names/, { tools: '["a","b","a"]' });
test("too few tools", damaged, /shape \[2 rows, d\]/, { tools: '["a","b"]' });
test("too many biases", damaged, /3 biases, found 4/, { bias: "[0,0,0,0]" });
test("a bias of text", damaged, /metadata bias/, { bias: '[0,0,"NaN"]' });
test("a bias of null", damaged, /metadata bias/, { bias: "[0,0,null]" });
test("a bias beyond F32", damaged, /range of F32/, { bias: "[0,0,1e300]" });
test("a model without name", damaged, /metadata model\.name/, {
  model: '{"architecture":"x","embeddingLength":3,"vocabularySize":3,"fingerprint":null}',
});
test("a model of another dimension", damaged, /rows of 4 weights, as its model has, found 3/, {
  model: JSON.stringify({ ...model, embeddingLength: 4 }),
});
test("training that is a list", damaged, /metadata training/, { training: "[]" });
test("a flat tensor", damaged, /shape/, {}, [9]);
test(
  "a transposed tensor",
  damaged,
  /shape/,
  { tools: '["a","b"]', bias: "[0,0]" },
  [3, 2],
  new Float32Array(6),
);
test(
  "NaN weights",
  damaged,
  /finite weights, found NaN at index 4/,
  {},
  [3, 3],
  new Float32Array(9).fill(NaN, 4),
);

test("500 damaged heads are read or refused, nothing else", async (t) => {
  const path = join(await scratchFolder(t), "head");
  await sample().save(path);
  const bytes = await readFile(path);
  const random = seededRandom(11);
  for (let i = 0; i < 500; i++) {
    await writeFile(path, mutated(bytes, random));
    try {
      await ToolHead.load(path);
    } catch (error) {
      if (!(error instanceof ToolkenError)) throw error;
      if (error.code !== "FILE_INVALID") t.fail(`${i}: ${error.code} ${error.message}`);
    }
  }
  t.pass();
});

test("Python reads the weights in one line", async (t) => {
  const path = join(await scratchFolder(t), "head.safetensors");
  await sample().save(path);
  const python = (code: string) => promisify(execFile)(process.env.PYTHON ?? "python3", ["-c", code, path]);
  try {
    await python("import safetensors.numpy");
  } catch {
    t.log("skipped: Python without safetensors and numpy");
    t.pass();
    return;
  }
  const { stdout } = await python(
    "import sys, safetensors.numpy; print(safetensors.numpy.load_file(sys.argv[1])['weight'].tolist())",
  );
  t.deepEqual(JSON.parse(stdout), [
    [1, 2, 3],
    [4, 5, 6],
    [7, 8, 9],
  ]);
});
