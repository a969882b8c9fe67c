import { join } from "node:path";
import test from "ava";
import { writeSafetensors } from "../../src/head/safetensors.js";
import { importReranker, Reranker, ToolHead } from "../../src/index.js";
import { toolken } from "../cli/spawn.js";
import { scratchFile, scratchFolder, throwsCode } from "../utils/scratch.js";
import {
  bytesOf,
  checkpoint,
  concat,
  op,
  sound,
  stateDict,
  tensorPickle,
} from "../head/assemble-checkpoint.js";

/** As the published trainer saves: three rows of two weights, names and settings beside them. */
const published = (names: readonly string[], topK = 4) =>
  checkpoint(
    concat(
      op.dict,
      op.mark,
      op.text("state_dict"),
      stateDict({ "W.weight": tensorPickle({ length: 6, shape: [3, 2], strides: [2, 1] }) }),
      op.text("toolname2idx"),
      concat(op.dict, op.mark, ...names.flatMap((name, row) => [op.text(name), op.int(row)]), op.setItems),
      op.text("hidden_size"),
      op.int(2),
      op.text("style"),
      op.text("plain"),
      op.text("train_top_k_tools"),
      op.int(topK),
      op.setItems,
    ),
    { "0": bytesOf(1, 2, 3, 4, 5, 6) },
  );

test("a published reranker comes with its names and settings, REJ last", async (t) => {
  const path = await scratchFile(t, published(["<add>", "REJ", "<mul>"]), "reranker_head_best.pt");
  const reranker = await importReranker(path);
  t.deepEqual([...reranker.tools], ["add", "mul"]);
  t.deepEqual([...reranker.weights], [1, 2, 5, 6, 3, 4]);
  t.is(reranker.topK, 2, "4 in the file, and there are two tools");
  t.deepEqual(reranker.metadata, {
    importedFrom: "reranker_head_best.pt",
    tensor: "state_dict.W.weight",
    hidden_size: 2,
    style: "plain",
    train_top_k_tools: 4,
  });
  const copy = join(await scratchFolder(t), "reranker.safetensors");
  await reranker.save(copy);
  t.deepEqual((await Reranker.load(copy)).weights, reranker.weights);
});

test("names can come from the caller, with or without REJ", async (t) => {
  const path = join(await scratchFolder(t), "other.safetensors");
  const data = Float32Array.of(1, 2, 3);
  await writeSafetensors(path, { tensors: { R: { dtype: "F32", shape: [3, 1], data } } });
  t.deepEqual([...(await importReranker(path, { tools: ["a", "b"] })).weights], [1, 2, 3]);
  const named = await importReranker(path, { tools: ["REJ", "<a>", "b"], topK: 1 });
  t.deepEqual([[...named.tools], [...named.weights], named.topK], [["a", "b"], [2, 3, 1], 1]);
});

test("refused: no names, too few, none for REJ, NaN, another model, top-k above K", async (t) => {
  const bare = await scratchFile(t, sound(), "reranker.pt");
  await throwsCode(t, "INVALID_ARGUMENT", /2 names or the path/, () => importReranker(bare));
  await throwsCode(t, "INVALID_ARGUMENT", /REJ among them/, () =>
    importReranker(bare, { tools: ["a", "b"] }),
  );
  const path = await scratchFile(t, published(["a", "b", "REJ"]), "reranker.pt");
  await throwsCode(t, "INVALID_ARGUMENT", /3 names/, () => importReranker(path, { tools: ["a", "REJ"] }));
  await throwsCode(t, "INVALID_ARGUMENT", /topK/, () => importReranker(path, { topK: 3 }));
  const model = {
    architecture: "llama",
    name: "Tiny",
    embeddingLength: 3,
    vocabularySize: 9,
    fingerprint: null,
  };
  await throwsCode(t, "MODEL_MISMATCH", /hidden size 2.*hidden size 3/, () =>
    importReranker(path, { model }),
  );
  const noRow = await scratchFile(t, published(["a", "b", "REJ"], 0), "reranker.pt");
  await throwsCode(t, "FILE_INVALID", /train_top_k_tools, found 0/, () => importReranker(noRow));
  const nan = checkpoint(stateDict({ weight: tensorPickle({ length: 2, shape: [2, 1], strides: [1, 1] }) }), {
    "0": bytesOf(1, NaN),
  });
  await throwsCode(t, "FILE_INVALID", /finite weights, found NaN in row 1/, async () =>
    importReranker(await scratchFile(t, nan, "nan.pt"), { tools: ["a"] }),
  );
});

test("toolken import tells a reranker from a head", async (t) => {
  const folder = await scratchFolder(t);
  const out = join(folder, "out.safetensors");
  const reranker = await scratchFile(t, published(["<add>", "<mul>", "REJ"]), "reranker.pt");
  const { exitCode, stdout } = await toolken(["import", reranker, "--out", out, "--json"]);
  t.is(exitCode, 0);
  t.deepEqual(JSON.parse(stdout), {
    out,
    kind: "reranker",
    tools: ["add", "mul"],
    dimension: 2,
    model: null,
    topK: 2,
  });
  t.is((await Reranker.load(out)).topK, 2);

  const head = await scratchFile(t, sound(), "head.pth");
  const imported = await toolken(["import", head, "--tools", "add,mul", "--out", out]);
  t.regex(imported.stdout, /2 tools, 3 weights each\nadd, mul/);
  t.deepEqual([...(await ToolHead.load(out)).tools], ["add", "mul"]);
});
