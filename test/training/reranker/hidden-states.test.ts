import test from "ava";
import { rerankPrompt } from "../../../src/reranker/prompt.js";
import { toolSet } from "../../../src/tools/index.js";
import { encodeRerankPrompt } from "../../../src/reranker/encode.js";
import { readHiddenStates } from "../../../src/training/reranker/hidden-states.js";
import type { RerankInput } from "../../../src/training/reranker/rerank-prompts.js";
import { rejectsWith } from "../../support/errors.js";
import { loadTestModel, models } from "../../support/models.js";
import { minedRows, rowTools } from "./rows.js";

const tools = toolSet(rowTools);
const model = await loadTestModel(models.nano);
test.after.always(() => model.dispose());

const inputs: RerankInput[] = minedRows(40).map((row, example) => {
  // Every fourth row has two candidates: another set, with documentation of its own.
  const candidates = row.tools.slice(0, example % 4 === 0 ? 2 : 3).map(({ tool }) => tool);
  const prompt = rerankPrompt(tools, { candidates, question: row.question, text: row.text });
  return { example, documentation: prompt.documentation, ...encodeRerankPrompt(model.tokenizer, prompt) };
});

async function read(places: readonly number[], batchSize: number) {
  const found = new Map<number, Float32Array>();
  const tokens = await readHiddenStates(model, inputs, places, {
    batchSize,
    threads: 1,
    signal: undefined,
    onRows: (rows) => {
      for (const { input, h } of rows) found.set(input, h);
    },
  });
  return { found, tokens };
}

const relativeDistance = (a: Float32Array, b: Float32Array): number =>
  Math.hypot(...a.map((value, j) => value - b[j]!)) / Math.hypot(...a);

for (const batchSize of [512, 64]) {
  test(`every prompt's last position, as alone: batches of ${batchSize}`, async (t) => {
    const { found } = await read([...inputs.keys()], batchSize);
    t.is(found.size, inputs.length);
    await using context = await model.createContext({ hiddenStates: true, threads: 1 });
    for (const [input, { tokens }] of inputs.entries()) {
      await context.clear();
      const { hiddenState } = await context.prefill(0, tokens, { hiddenState: true });
      // Kernels round in another order for other batches.
      t.true(relativeDistance(hiddenState!, found.get(input)!) < 0.02, `row ${input}`);
    }
  });
}

test("documentation is read once per set of candidates, and lines in common once", async (t) => {
  const { tokens } = await read([...inputs.keys()], 512);
  const rests = inputs.reduce((sum, { tokens: all, prefix }) => sum + all.length - prefix.length, 0);
  const sets = new Map(inputs.map(({ documentation, prefix }) => [documentation, prefix.length]));
  t.true(sets.size >= 3);
  const once = [...sets.values()].reduce((sum, length) => sum + length, 0);
  t.true(tokens < rests + once, "sets share their first lines");
  t.true(tokens > rests);
});

test("only the rows that are asked for; none costs nothing", async (t) => {
  const { found } = await read([7, 3], 512);
  t.deepEqual([...found.keys()].sort(), [3, 7]);
  t.is((await read([], 512)).tokens, 0);
});

test("abort", async (t) => {
  const stop = new AbortController();
  const reading = readHiddenStates(model, inputs, [...inputs.keys()], {
    batchSize: 64,
    threads: 1,
    signal: stop.signal,
    onRows: () => {
      stop.abort();
    },
  });
  await rejectsWith(t, reading, "ABORTED");
});
