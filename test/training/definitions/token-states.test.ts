import { readdir } from "node:fs/promises";
import { join } from "node:path";
import test from "ava";
import type { Model } from "../../../src/index.js";
import { tokenStates } from "../../../src/training/definitions/token-states.js";
import { rejectsWith } from "../../support/errors.js";
import { loadTestModel, models } from "../../support/models.js";
import { scratchFolder } from "../../utils/scratch.js";

let model: Model;
let sequences: Int32Array[];
test.before(async () => {
  model = await loadTestModel(models.nano);
  sequences = ["Tom has 3 apples", "Tom has 4 pears and more", "Tom runs", "Tom has 3 apples"].map((text) =>
    model.tokenizer.encode(text, { addSpecial: true }),
  );
});
test.after.always(async () => {
  await model.dispose();
});

test("states are those of the sequences' last tokens", async (t) => {
  const { states } = await tokenStates(model, sequences, { threads: 1 });
  const d = model.facts.embeddingLength;
  await using context = await model.createContext({ hiddenStates: true, threads: 1 });
  for (const [i, tokens] of sequences.entries()) {
    await context.rollBack(0, 0);
    const { hiddenState } = await context.prefill(0, tokens, { hiddenState: true });
    hiddenState!.forEach((h, j) => t.true(Math.abs(h - states[i * d + j]!) < 0.02 * (1 + Math.abs(h))));
  }
});

test("a cache computes every sequence once", async (t) => {
  const cache = await scratchFolder(t);
  const first = await tokenStates(model, sequences.slice(0, 2), { cache, threads: 1 });
  t.true(first.decodedTokens > 0);
  const again = await tokenStates(model, sequences.slice(0, 2), { cache, threads: 1 });
  t.is(again.decodedTokens, 0);
  t.deepEqual(again.states, first.states);
  const more = await tokenStates(model, sequences, { cache, threads: 1, textsPerFile: 1 });
  t.true(more.decodedTokens > 0 && more.decodedTokens <= sequences[2]!.length);
  t.is((await readdir(cache)).length, 2);
});

test("an aborted pass leaves whole files", async (t) => {
  const cache = join(await scratchFolder(t), "states");
  const abort = new AbortController();
  const onProgress = (done: number): void => {
    if (done > 0) abort.abort();
  };
  const pass = tokenStates(model, sequences, {
    cache,
    threads: 1,
    textsPerFile: 1,
    signal: abort.signal,
    onProgress,
  });
  await rejectsWith(t, pass, "ABORTED");
  t.true((await readdir(cache)).every((name) => name.endsWith(".safetensors")));
});

test("a sequence longer than the context is refused", async (t) => {
  const long = new Int32Array(model.facts.trainedContext + 1).fill(5);
  await rejectsWith(t, tokenStates(model, [long], { threads: 1 }), "CONTEXT_FULL");
});
