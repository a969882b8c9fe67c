import { existsSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { importHead, importMatrix, toolNames } from "../../src/head/import-head.js";
import type { HeadModelFacts } from "../../src/head/model-identity.js";
import { writeSafetensors } from "../../src/head/safetensors.js";
import { ToolHead } from "../../src/head/tool-head.js";
import { scratchFile, scratchFolder, throwsCode } from "../utils/scratch.js";
import {
  bytesOf,
  checkpoint,
  concat,
  op,
  sound,
  stateDict,
  tensorPickle,
  weight,
} from "./assemble-checkpoint.js";

const model: HeadModelFacts = {
  architecture: "llama",
  name: "Tiny",
  embeddingLength: 3,
  vocabularySize: 100,
  fingerprint: null,
};
const bias = { key: "1", length: 2, shape: [2], strides: [1] };
const numbered = (names: readonly string[]) =>
  concat(op.dict, op.mark, ...names.flatMap((name, row) => [op.text(name), op.int(row)]), op.setItems);

test("a .pth head gets its names from the caller, and its rows stay in order", async (t) => {
  const path = await scratchFile(t, sound(), "head.pth");
  const head = await importHead(path, { tools: ["<add>", "mul"], model });
  t.deepEqual([...head.tools], ["add", "mul"]);
  t.deepEqual([...head.row("mul")], [4, 5, 6]);
  t.deepEqual([...head.bias], [0, 0]);
  t.deepEqual(head.model, model);
  t.deepEqual(head.training, { importedFrom: "head.pth", tensor: "weight" });
  const copy = join(await scratchFolder(t), "head.safetensors");
  await head.save(copy);
  t.deepEqual((await ToolHead.load(copy)).weights, head.weights);
});

test("names come from a func_dict.json, by row number and not by place", async (t) => {
  const path = await scratchFile(t, sound(), "head.pth");
  const names = await scratchFile(t, '{ "<mul>": 1, "<add>": 0 }', "func_dict.json");
  t.deepEqual([...(await importHead(path, { tools: names })).tools], ["add", "mul"]);
  t.deepEqual(await toolNames(await scratchFile(t, '["<a>", "b", "<", "<>"]')), ["a", "b", "<", "<>"]);
});

test("a bias beside the weights is taken, and half precision converted", async (t) => {
  const pickle = stateDict({
    "head.weight": tensorPickle({ ...weight, type: "HalfStorage" }),
    "head.bias": tensorPickle(bias),
  });
  const halves = new Uint8Array(Uint16Array.of(0x3c00, 0x4000, 0x4200, 0xbc00, 0, 0x3555).buffer);
  const path = await scratchFile(
    t,
    checkpoint(pickle, { "0": halves, "1": bytesOf(0.5, -Infinity) }),
    "head.pt",
  );
  const head = await importHead(path, { tools: ["a", "b"] });
  t.deepEqual([...head.weights], [1, 2, 3, -1, 0, 0.333251953125]);
  t.deepEqual([...head.bias], [0.5, -Infinity]);
});

const storages = { "0": bytesOf(1, 2, 3, 4, 5, 6), "1": bytesOf(1, 2) };
const withNames = (names: readonly string[]) =>
  checkpoint(
    concat(
      op.dict,
      op.mark,
      op.text("state_dict"),
      stateDict({ "W.weight": tensorPickle(weight) }),
      op.text("toolname2idx"),
      numbered(names),
      op.setItems,
    ),
    storages,
  );

test("names inside of the checkpoint are used", async (t) => {
  const path = await scratchFile(t, withNames(["<add>", "<mul>"]), "head.pt");
  t.deepEqual([...(await importHead(path)).tools], ["add", "mul"]);
  t.deepEqual([...(await importHead(path, { tools: ["x", "y"] })).tools], ["x", "y"]);
});

test("a reranker is no head, but a matrix", async (t) => {
  const path = await scratchFile(t, withNames(["<add>", "REJ"]), "reranker.pt");
  const error = await throwsCode(t, "FILE_INVALID", /row REJ/, () => importHead(path));
  t.regex(error.hint ?? "", /reranker/);
  const { names, rows, dimension, name } = await importMatrix(path);
  t.deepEqual(
    { names, rows, dimension, name },
    {
      names: ["add", "REJ"],
      rows: 2,
      dimension: 3,
      name: "state_dict.W.weight",
    },
  );
});

test("safetensors of another program", async (t) => {
  const path = join(await scratchFolder(t), "other.safetensors");
  const data = Float64Array.of(1, 2, 3, 4);
  await writeSafetensors(path, { tensors: { anything: { dtype: "F64", shape: [2, 2], data } } });
  t.deepEqual([...(await importHead(path, { tools: ["a", "b"] })).weights], [1, 2, 3, 4]);
});

test("what does not fit is refused, with both numbers", async (t) => {
  const path = await scratchFile(t, sound(), "head.pth");
  await throwsCode(t, "INVALID_ARGUMENT", /2 names, one per row.*head\.pth/, () =>
    importHead(path, { tools: ["a"] }),
  );
  await throwsCode(t, "INVALID_ARGUMENT", /2 names or the path/, () => importHead(path));
  await throwsCode(t, "INVALID_ARGUMENT", /different names/, () => importHead(path, { tools: ["<a>", "a"] }));
  await throwsCode(t, "MODEL_MISMATCH", /hidden size 3.*"Tiny".*hidden size 4/, () =>
    importHead(path, { tools: ["a", "b"], model: { ...model, embeddingLength: 4 } }),
  );
  await throwsCode(t, "FILE_NOT_FOUND", /none\.pth/, () =>
    importHead(`${path}/../none.pth`, { tools: ["a"] }),
  );
  await throwsCode(t, "FILE_NOT_FOUND", /none\.json/, () => importHead(path, { tools: `${path}.none.json` }));
});

test("NaN in a checkpoint", async (t) => {
  const pickle = stateDict({ weight: tensorPickle(weight) });
  const path = await scratchFile(t, checkpoint(pickle, { "0": bytesOf(1, 2, 3, 4, NaN, 6) }), "nan.pth");
  await throwsCode(t, "FILE_INVALID", /finite weights, found NaN in row 1/, () =>
    importHead(path, { tools: ["a", "b"] }),
  );
});

test("no matrix, several, one of integers", async (t) => {
  const none = checkpoint(stateDict({ weight: tensorPickle(bias) }), storages);
  const tools = ["a", "b"];
  await throwsCode(t, "FILE_INVALID", /one matrix.*found none/, async () =>
    importHead(await scratchFile(t, none, "a.pth"), { tools }),
  );
  const two = checkpoint(
    stateDict({ a: tensorPickle(weight), b: tensorPickle({ ...weight, shape: [2, 2] }) }),
    storages,
  );
  const path = await scratchFile(t, two, "a.pth");
  const error = await throwsCode(t, "FILE_INVALID", /a \[2,3\], b \[2,2\]/, () =>
    importHead(path, { tools }),
  );
  t.regex(error.hint ?? "", /tensor/);
  t.is((await importHead(path, { tools, tensor: "b" })).dimension, 2);
  await throwsCode(t, "FILE_INVALID", /matrix.*at "c"/, () => importHead(path, { tools, tensor: "c" }));
  const integers = checkpoint(stateDict({ a: tensorPickle({ ...weight, type: "IntStorage" }) }), storages);
  await throwsCode(t, "FILE_INVALID", /found none/, async () =>
    importHead(await scratchFile(t, integers, "a.pth"), { tools }),
  );
});

test("a dict that looks like a tensor is none", async (t) => {
  const fake = concat(
    op.dict,
    op.mark,
    ...[op.text("dtype"), op.text("F32"), op.text("shape"), op.ints([2, 2]), op.text("data"), [0x43, 1, 0]],
    op.setItems,
  );
  const path = await scratchFile(t, checkpoint(concat(op.dict, op.text("w"), fake, op.setItem)), "a.pth");
  await throwsCode(t, "FILE_INVALID", /one matrix/, () => importHead(path, { tools: ["a", "b"] }));
});

const namesRefused = test.macro({
  exec: async (t, json: string, message: RegExp) => {
    const path = await scratchFile(t, json, "names.json");
    await throwsCode(t, "FILE_INVALID", message, () => toolNames(path));
  },
  title: (_, json: string) => `names refused: ${json}`,
});
test(namesRefused, "{", /names\.json.*JSON/);
test(namesRefused, "3", /rows from 0/);
test(namesRefused, "{}", /rows from 0/);
test(namesRefused, '{"a":1}', /rows from 0/);
test(namesRefused, '{"a":0,"b":0}', /rows from 0/);
test(namesRefused, '{"a":0,"b":2}', /rows from 0/);
test(namesRefused, '{"a":0,"b":"1"}', /rows from 0/);
test(namesRefused, '{"a":0,"a":1}', /"a" twice/);
test(namesRefused, '["a",1]', /rows from 0/);

test("the published heads and reranker", async (t) => {
  const folder = process.env.TOOLKEN_HEADS ?? "../shared/data/heads";
  if (!existsSync(folder)) {
    t.log("skipped: no published heads here");
    t.pass();
    return;
  }
  const tools = Array.from({ length: 13 }, (_, row) => `tool${row}`);
  const head = await importHead(join(folder, "funcqa__meta-llama__Llama-3.2-1B__head_best.pth"), { tools });
  t.is(head.dimension, 2048);
  const reranker = await importMatrix(join(folder, "reranker_head_best.pt"));
  t.deepEqual([reranker.rows, reranker.dimension], [14, 2560]);
  t.is(reranker.names?.at(-1), "REJ");
  t.is(reranker.names?.[0], "add");
  t.like(reranker.content, { hidden_size: 2560, style: "plain", train_top_k_tools: 4 });
});
