import { readFile } from "node:fs/promises";
import { join } from "node:path";
import test from "ava";
import type { HeadModelFacts } from "../../src/head/model-identity.js";
import { writeSafetensors } from "../../src/head/safetensors.js";
import { createEngine, loadModel, mathTools, Reranker, ToolHead } from "../../src/index.js";
import { REJECT, type RerankerOptions } from "../../src/reranker/reranker.js";
import { scratchFolder, throwsCode } from "../utils/scratch.js";

const model: HeadModelFacts = {
  architecture: "llama",
  name: "Tiny",
  embeddingLength: 2,
  vocabularySize: 100,
  fingerprint: "a".repeat(64),
};

const options = {
  tools: ["add", "mul", "sqrt"],
  weights: Float32Array.of(1, 2, 3, 4, 5, 6, 0.5, -1),
  topK: 2,
  model,
  documentation: { add: "add(a, b): The sum." },
  metadata: { rows: 12 },
};

const contents = (reranker: Reranker) => ({
  tools: [...reranker.tools],
  weights: [...reranker.weights],
  topK: reranker.topK,
  model: reranker.model,
  documentation: { ...reranker.documentation },
  metadata: reranker.metadata,
});

test("scores are those of the candidates in their order, REJ last", (t) => {
  const reranker = Reranker.of(options);
  t.is(reranker.dimension, 2);
  t.deepEqual([...reranker.score(Float32Array.of(1, 10), ["sqrt", "add"])], [65, 21, -9.5]);
  t.is(reranker.indexOf(REJECT), 3);
  t.is(reranker.indexOf("none"), -1);
  t.true(reranker.has("mul"));
  t.false(reranker.has(REJECT));
});

test("a file gives back what was saved", async (t) => {
  const path = join(await scratchFolder(t), "reranker.safetensors");
  await Reranker.of(options).save(path);
  t.deepEqual(contents(await Reranker.load(path, { for: model, tools: ["sqrt", "add"] })), {
    ...options,
    weights: [...options.weights],
  });
  const header = (await readFile(path)).toString("latin1");
  t.regex(header, /"format":"toolken.reranker"/);
  t.regex(header, /"shape":\[4,2\]/);

  await Reranker.of({ tools: ["a"], weights: Float32Array.of(1, 2), topK: 1 }).save(path, { type: "F16" });
  t.deepEqual(contents(await Reranker.load(path)), {
    tools: ["a"],
    weights: [1, 2],
    topK: 1,
    model: undefined,
    documentation: {},
    metadata: {},
  });
});

test("the embedded reranker agrees to a call that the question asks for", async (t) => {
  await using nano = await loadModel("nano", { gpu: "cpu", threads: 1 });
  const head = await ToolHead.load("nano");
  const reranker = await Reranker.load("nano", { for: await nano.identity(), tools: head.tools });
  t.is(reranker.topK, 3);
  await using engine = await createEngine(nano, { head, tools: mathTools, reranker, parallel: 1 });
  const answer = await engine.generate({
    prompt: "A reader reads 67 pages a day for 253 days. How many pages is that?",
  });
  t.is(answer.text, " It makes 253*67=16951. So, the answer is 16951.");
  t.deepEqual(
    answer.reranks.map(({ tentative, decision, candidates }) => [tentative, decision, candidates.length]),
    [["multiply", "multiply", 3]],
  );
});

test("another model is refused, unless forced; another hidden size always", async (t) => {
  const path = join(await scratchFolder(t), "reranker.safetensors");
  await Reranker.of(options).save(path);
  const other = { ...model, fingerprint: "b".repeat(64) };
  await throwsCode(t, "MODEL_MISMATCH", /The reranker was trained on "Tiny"/, () =>
    Reranker.load(path, { for: other }),
  );
  t.is((await Reranker.load(path, { for: other, force: true })).topK, 2);
  const wider = { ...model, embeddingLength: 3 };
  await throwsCode(t, "MODEL_MISMATCH", /hidden size 3/, () =>
    Reranker.load(path, { for: wider, force: true }),
  );
  const unknown = Reranker.of({ tools: ["a"], weights: Float32Array.of(1, 2, 3, 4), topK: 1 });
  await throwsCode(t, "MODEL_MISMATCH", /rows of 2 weights.*hidden size of 3/, () => {
    unknown.assertFits(wider);
  });
});

test("tools other than the head's are refused, by name", async (t) => {
  const path = join(await scratchFolder(t), "reranker.safetensors");
  await Reranker.of(options).save(path);
  const head = ToolHead.create({ tools: ["add", "gcd", "lcm"], weights: new Float32Array(6) });
  const error = await throwsCode(t, "UNKNOWN_TOOL", /no row for "gcd", "lcm"/, () =>
    Reranker.load(path, { tools: head.tools }),
  );
  t.regex(error.hint ?? "", /add, mul, sqrt/);
  await throwsCode(t, "UNKNOWN_TOOL", /no row for "gcd"/, () =>
    Reranker.of(options).score(Float32Array.of(1, 1), ["add", "gcd"]),
  );
});

test("files that are no reranker", async (t) => {
  const folder = await scratchFolder(t);
  const head = join(folder, "head.safetensors");
  await ToolHead.create({ tools: ["a"], weights: Float32Array.of(1) }).save(head);
  await throwsCode(t, "FILE_INVALID", /expected a reranker.*found "toolken.head"/, () => Reranker.load(head));
  await Reranker.of(options).save(join(folder, "reranker.safetensors"));
  await throwsCode(t, "FILE_INVALID", /expected a tool head/, () =>
    ToolHead.load(join(folder, "reranker.safetensors")),
  );

  const damaged = join(folder, "damaged.safetensors");
  const metadata = {
    format: "toolken.reranker",
    format_version: "1",
    tools: '["add"]',
    top_k: "1",
    model: "null",
    documentation: "{}",
    training: "{}",
  };
  const cases: readonly (readonly [RegExp, Partial<typeof metadata>, number[]?])[] = [
    [/format version 1, found "2"/, { format_version: "2" }],
    [/shape \[3 rows, d\]/, { tools: '["a","b"]' }],
    [/tools other than REJ/, { tools: '["REJ"]' }],
    [/top_k of them/, { top_k: "2" }],
    [/metadata top_k/, { top_k: "0" }],
    [/finite weights/, {}, [1, NaN]],
  ];
  for (const [message, changed, data = [1, 2]] of cases) {
    await writeSafetensors(damaged, {
      tensors: { weight: { dtype: "F32", shape: [2, 1], data: Float32Array.from(data) } },
      metadata: { ...metadata, ...changed },
    });
    await throwsCode(t, "FILE_INVALID", message, () => Reranker.load(damaged));
  }
});

const refused = test.macro(async (t, changed: Partial<RerankerOptions>, message: RegExp) => {
  await throwsCode(t, "INVALID_ARGUMENT", message, () => Reranker.of({ ...options, ...changed }));
});

test("refused: top-k above K", refused, { topK: 4 }, /from 1 to 3.*topK.*received 4/);
test("refused: top-k 0", refused, { topK: 0 }, /topK/);
test("refused: no tools", refused, { tools: [] }, /at least one tool/);
test("refused: a tool named REJ", refused, { tools: ["add", "REJ", "mul"] }, /other than REJ/);
test("refused: a tool twice", refused, { tools: ["add", "mul", "add"] }, /different names.*"add"/);
test("refused: no row for REJ", refused, { weights: new Float32Array(6) }, /4 equal rows/);
test("refused: NaN", refused, { weights: Float32Array.of(1, 2, 3, 4, 5, 6, NaN, 8) }, /weight 6.*NaN/);
test(
  "refused: a model of another size",
  refused,
  { model: { ...model, embeddingLength: 3 } },
  /embeddingLength/,
);

test("scores need a hidden state of the right length, and candidates", async (t) => {
  const reranker = Reranker.of(options);
  await throwsCode(t, "INVALID_ARGUMENT", /2 values for h/, () =>
    reranker.score(new Float32Array(3), ["add"]),
  );
  await throwsCode(t, "INVALID_ARGUMENT", /at least one tool/, () => reranker.score(new Float32Array(2), []));
});
