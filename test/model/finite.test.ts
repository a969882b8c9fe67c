// Numbers that are none: in rows that overflow the stored type, in a model's weights, in what both give.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import test from "ava";
import { families, randomModel } from "../families/families.js";
import { rejectsWith } from "../support/errors.js";
import { loadTestModel, models } from "../support/models.js";
import { scratchFolder } from "../utils/scratch.js";

for (const [type, large, fits] of [
  ["f16", 70_000, 65_000],
  ["bf16", 3.4e38, 3e38],
  ["q8_0", 1e38, 8e6],
] as const) {
  test(`weights that ${type} cannot hold are refused`, async (t) => {
    await using model = await loadTestModel(models.nano);
    await using context = await model.createContext({ contextSize: 256 });
    const head = model.createHead(4, type);
    const weights = new Float32Array(4 * model.facts.embeddingLength);
    weights[weights.length - 1] = large;
    await rejectsWith(t, context.updateHead(head, weights, 4), "INVALID_ARGUMENT", /row 3 are too large/);
    weights[weights.length - 1] = fits;
    await context.updateHead(head, weights, 4);
  });
}

test("a model whose weights are NaN says nothing, instead of something", async (t) => {
  const { file } = randomModel(families[0]!);
  const path = join(await scratchFolder(t), "model.gguf");
  // The last tensor's last weights.
  for (let at = file.length - 4; at > file.length - 4096; at -= 4) file.writeFloatLE(NaN, at);
  await writeFile(path, file);
  await using model = await loadTestModel(path);
  const tokens = model.tokenizer.encode("what is 12 plus 30?");
  await using plain = await model.createContext({ contextSize: 256 });
  await rejectsWith(t, plain.prefill(0, tokens, { top: 4 }), "DECODE_FAILED", /finite logits/);
  await using withHead = await model.createContext({ contextSize: 256 });
  const head = model.createHead(4);
  await withHead.updateHead(head, new Float32Array(4 * model.facts.embeddingLength), 4);
  await withHead.attachHead(head, [0], { topTokens: 4, topTools: 4, inGraph: true });
  await rejectsWith(t, withHead.prefill(0, tokens), "DECODE_FAILED", /finite logits/);
});

test("a head that can't be attached to all sequences is attached to none", async (t) => {
  await using model = await loadTestModel(models.nano);
  await using context = await model.createContext({ contextSize: 256, sequences: 2 });
  const options = { topTokens: 4, topTools: 4, inGraph: true };
  const head = model.createHead(4);
  const weights = new Float32Array(4 * model.facts.embeddingLength);
  await context.updateHead(head, weights, 4);
  await context.attachHead(head, [0, 1], options);
  const other = model.createHead(2);
  await context.updateHead(other, weights.subarray(0, 2 * model.facts.embeddingLength), 2);
  await rejectsWith(t, context.attachHead(other, [0, 2], options), "INVALID_ARGUMENT", /sequence/);
  // On the host it would need hidden states.
  const onHost = { ...options, inGraph: false };
  await rejectsWith(t, context.attachHead(other, [1, 0], onHost), "BACKEND_UNAVAILABLE");
  for (const sequence of [0, 1]) {
    await context.setBias(sequence, Float32Array.of(0, 0, 0, 50));
    const { ids } = await context.prefill(sequence, model.tokenizer.encode("Q: What is 2 plus 3?"));
    t.is(ids[0], model.facts.vocabularySize + 3);
  }
});
