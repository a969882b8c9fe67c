import { Worker } from "node:worker_threads";
import test from "ava";
import type { Context, Output } from "../../src/model/context.js";
import type { Model } from "../../src/index.js";
import { rejectsWith } from "../support/errors.js";
import { models, loadTestModel } from "../support/models.js";

let model: Model;
let tokens: Int32Array;
test.before(async () => {
  model = await loadTestModel(models.nano);
  tokens = model.tokenizer.encode("Q: What is 12 plus 30?\nA: The sum is 12+30=42.");
});
test.after.always(() => model.dispose());

/** Largest difference of two outputs' best logits; their order may differ in ties. */
function distance(a: Float32Array, b: Float32Array): number {
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);
}

async function logitsOf(sequenceTokens: Int32Array): Promise<Float32Array> {
  await using context = await model.createContext({ contextSize: 256 });
  const { allLogits } = await context.prefill(0, sequenceTokens, { logits: true });
  return allLogits!;
}

test("token by token gives what one batch gives", async (t) => {
  await using context = await model.createContext({ contextSize: 256 });
  let last: Output | undefined;
  for (const token of tokens) last = await context.prefill(0, [token], { logits: true });
  t.true(distance(last!.allLogits!, await logitsOf(tokens)) < 0.05);
});

test("candidates are sorted, and their probabilities are those of the whole vocabulary", async (t) => {
  await using context = await model.createContext({ contextSize: 256 });
  const { ids, logits, probs, allLogits } = await context.prefill(0, tokens, { top: 10, logits: true });
  t.is(ids.length, 10);
  const best = [...allLogits!.keys()].sort((a, b) => allLogits![b]! - allLogits![a]! || a - b).slice(0, 10);
  t.deepEqual([...ids], best);
  const high = Math.max(...allLogits!);
  const normaliser = allLogits!.reduce((sum, logit) => sum + Math.exp(logit - high), 0);
  for (const [i, id] of ids.entries()) {
    t.is(logits[i], allLogits![id]!);
    t.true(Math.abs(probs[i]! - Math.exp(allLogits![id]! - high) / normaliser) < 1e-6);
  }
});

test("rolled back and shared sequences give what fresh ones give", async (t) => {
  await using context = await model.createContext({ contextSize: 256, sequences: 2 });
  const other = model.tokenizer.encode(" 99 apples");
  const at = 6;
  await context.prefill(0, tokens);
  await context.sharePrefix(0, 1, at);
  t.is(await context.length(1), at);
  await context.rollBack(0, at);
  t.is(await context.length(0), at);
  const expected = await logitsOf(Int32Array.from([...tokens.subarray(0, at), ...other]));
  for (const sequence of [0, 1]) {
    const { allLogits } = await context.prefill(sequence, other, { logits: true });
    t.true(distance(allLogits!, expected) < 0.05);
  }
  await context.clear();
  t.is(await context.length(0), 0);
});

for (const kvUnified of [true, false]) {
  test(`states are saved and come back, ${kvUnified ? "in shared cells" : "in cells of their own"}`, async (t) => {
    await using context = await model.createContext({ contextSize: 1024, sequences: 3, kvUnified });
    const more = model.tokenizer.encode(" 99 apples");
    await context.prefill(1, tokens);
    const state = await context.saveState(1);
    const { allLogits } = await context.prefill(1, more, { logits: true });
    await context.restoreState(state, 0);
    await context.sharePrefix(0, 2, tokens.length);
    for (const sequence of [0, 2]) {
      t.is(await context.length(sequence), tokens.length);
      const again = await context.prefill(sequence, more, { logits: true });
      t.deepEqual(again.allLogits, allLogits);
    }
    await context.forgetState(state);
    await rejectsWith(t, context.restoreState(state, 0), "INVALID_ARGUMENT");
    await rejectsWith(t, context.saveState(3), "INVALID_ARGUMENT");
  });
}

test("cells of its own are all that a sequence has", async (t) => {
  await using own = await model.createContext({ contextSize: 512, sequences: 2, kvUnified: false });
  await own.prefill(0, new Int32Array(256).fill(tokens[1]!));
  await rejectsWith(t, own.prefill(0, tokens.subarray(0, 1)), "CONTEXT_FULL");
  await own.prefill(1, tokens);
  t.deepEqual([await own.length(0), await own.length(1)], [256, tokens.length]);
  const shared = { batchInvariant: true, kvUnified: true };
  await rejectsWith(t, model.createContext(shared), "INVALID_ARGUMENT", /kvUnified/u);
});

test("a state that has no room says so", async (t) => {
  await using small = await model.createContext({ contextSize: 256, sequences: 2 });
  await small.prefill(0, new Int32Array(200).fill(tokens[1]!));
  const state = await small.saveState(0);
  await rejectsWith(t, small.restoreState(state, 1), "CONTEXT_FULL");
  t.deepEqual([await small.length(0), await small.length(1)], [200, 0]);
});

test("sequences of one batch don't see each other", async (t) => {
  await using context = await model.createContext({ contextSize: 256, sequences: 2 });
  const [a, b] = [tokens.subarray(0, 8), tokens.subarray(4, 12)];
  const batch = {
    tokens: Int32Array.from([...a, ...b]),
    positions: Int32Array.from([...a.keys(), ...b.keys()]),
    sequences: Int32Array.from([...a.map(() => 0), ...b.map(() => 1)]),
  };
  const outputs = await context.decode(batch, [
    { index: a.length - 1, logits: true },
    { index: a.length + b.length - 1, logits: true },
  ]);
  t.true(distance(outputs[0]!.allLogits!, await logitsOf(a)) < 0.05);
  t.true(distance(outputs[1]!.allLogits!, await logitsOf(b)) < 0.05);
});

test("gives last hidden states, whose product with the output matrix are the logits", async (t) => {
  await using context = await model.createContext({ contextSize: 256, hiddenStates: true, outputs: 4 });
  const batch = {
    tokens: tokens.slice(0, 4),
    positions: Int32Array.of(0, 1, 2, 3),
    sequences: new Int32Array(4),
  };
  const outputs = await context.decode(
    batch,
    [0, 2, 3].map((index) => ({ index, hiddenState: true, logits: true })),
  );
  t.deepEqual(
    outputs.map(({ hiddenState }) => hiddenState!.length),
    [1, 2, 3].map(() => model.facts.embeddingLength),
  );
  // Equal hidden states give equal logits: the same position computed alone.
  const alone = await model.createContext({ contextSize: 64, hiddenStates: true });
  const { hiddenState } = await alone.prefill(0, tokens.subarray(0, 3), { hiddenState: true });
  t.true(distance(hiddenState!, outputs[1]!.hiddenState!) < 0.05);
  await alone.dispose();
});

test("refuses whatever would abort llama.cpp", async (t) => {
  await using context = await model.createContext({ contextSize: 256, batchSize: 8, sequences: 2 });
  const batch = (
    ids: number[],
    positions: number[],
    sequences: number[],
  ): Parameters<typeof context.decode>[0] => ({
    tokens: Int32Array.from(ids),
    positions: Int32Array.from(positions),
    sequences: Int32Array.from(sequences),
  });
  const V = model.facts.vocabularySize;
  const refuse = (
    parts: [number[], number[], number[]],
    requests: object[],
    message: RegExp,
  ): Promise<unknown> =>
    rejectsWith(t, context.decode(batch(...parts), requests as never), "INVALID_ARGUMENT", message);
  await refuse([[], [], []], [], /1 to 8 tokens/u);
  await refuse(
    [Array<number>(9).fill(1), [...Array(9).keys()], Array<number>(9).fill(0)],
    [],
    /1 to 8 tokens/u,
  );
  await refuse([[V], [0], [0]], [], /token from 0/u);
  await refuse([[-1], [0], [0]], [], /token from 0/u);
  await refuse([[1], [0], [2]], [], /sequence from 0 to 1/u);
  await refuse([[1], [0], [-1]], [], /sequence from 0 to 1/u);
  await refuse([[1], [3], [0]], [], /position 0 next/u);
  await refuse(
    [
      [1, 1],
      [0, 0],
      [0, 0],
    ],
    [],
    /position 1 next/u,
  );
  await refuse([[1], [0, 1], [0]], [], /as many positions/u);
  await refuse([[1], [0], [0]], [{ index: 1 }], /output indices/u);
  await refuse([[1], [0], [0]], [{ index: -1 }], /output indices/u);
  await refuse([[1], [0], [0]], [{ index: 0, hiddenState: true }], /hidden states/u);
  await refuse(
    [
      [1, 1, 1],
      [0, 1, 2],
      [0, 0, 0],
    ],
    [{ index: 0 }, { index: 1 }, { index: 2 }],
    /at most 2 outputs/u,
  );
  await rejectsWith(t, context.rollBack(5, 0), "INVALID_ARGUMENT");
  await rejectsWith(t, context.rollBack(0, -1), "INVALID_ARGUMENT");
  await rejectsWith(t, context.sharePrefix(0, 1, 3), "INVALID_ARGUMENT");
  for (const sequence of [-1, 2, 256]) {
    await rejectsWith(t, context.length(sequence), "INVALID_ARGUMENT", /sequence from 0 to 1/u);
    await rejectsWith(t, context.prefill(sequence, [1]), "INVALID_ARGUMENT", /sequence from 0 to 1/u);
  }
  const head = model.createHead(2);
  const weights = new Float32Array(2 * model.facts.embeddingLength);
  const most = { topTokens: 2 ** 31 - 1, topTools: 2, inGraph: true };
  await rejectsWith(t, context.attachHead(head, [0], most), "INVALID_ARGUMENT", /candidates/u);
  // Elements are read as they lie in memory.
  const bytes = new Uint8Array(2 * model.facts.embeddingLength) as never;
  await rejectsWith(t, context.updateHead(head, bytes, 2), "INVALID_ARGUMENT", /Float32Array for weights/u);
  await context.updateHead(head, weights, 2);
  await context.attachHead(head, [0], { topTokens: 4, topTools: 2, inGraph: true });
  await rejectsWith(
    t,
    context.setBias(0, new Uint8Array(2) as never),
    "INVALID_ARGUMENT",
    /Float32Array for bias/u,
  );
  await rejectsWith(t, context.decode({ tokens: [1] } as never), "INVALID_ARGUMENT", /Int32Array/u);
  // It still works.
  t.is((await context.prefill(1, [1], { top: 1 })).ids.length, 1);
});

test("refuses context options out of range", async (t) => {
  await rejectsWith(t, model.createContext({ sequences: 0 }), "INVALID_ARGUMENT", /sequences/u);
  await rejectsWith(t, model.createContext({ sequences: 300 }), "INVALID_ARGUMENT", /sequences/u);
  await rejectsWith(t, model.createContext({ contextSize: 0 }), "INVALID_ARGUMENT", /contextSize/u);
  await rejectsWith(t, model.createContext({ batchSize: -4 }), "INVALID_ARGUMENT", /batchSize/u);
});

test("a context of few cells takes the batches that it says it takes", async (t) => {
  for (const options of [
    { contextSize: 64, outputs: 128 },
    { contextSize: 10, sequences: 22 },
  ]) {
    await using context = await model.createContext(options);
    t.true(context.contextSize >= context.batchSize);
    const many = new Int32Array(context.batchSize).fill(tokens[3]!);
    t.is((await context.prefill(0, many, { top: 1 })).ids.length, 1);
  }
});

test("hidden states of sequences with cells of their own are those of their tokens", async (t) => {
  const shape = { contextSize: 768, sequences: 3, outputs: 3, hiddenStates: true, kvUnified: false } as const;
  const [a, b] = [tokens.slice(0, 8), tokens.slice(0, 4)];
  const batch = (ids: readonly number[][], of: readonly number[]): Parameters<Context["decode"]>[0] => ({
    tokens: Int32Array.from(ids.flat()),
    positions: Int32Array.from(ids.flatMap((each) => each.map((_, at) => at))),
    sequences: Int32Array.from(ids.flatMap((each, i) => each.map(() => of[i]!))),
  });
  const request = (index: number): object => ({ index, hiddenState: true });
  await using context = await model.createContext(shape);
  // llama.cpp would compute the shorter one first.
  const mixed = context.decode(batch([[...a], [...b]], [0, 1]), [request(7), request(11)] as never);
  await rejectsWith(t, mixed, "INVALID_ARGUMENT", /ascending order/u);
  const turned = context.decode(batch([[1], [2]], [1, 0]), [request(0), request(1)] as never);
  await rejectsWith(t, turned, "INVALID_ARGUMENT", /ascending order/u);
  const three = await context.decode(batch([[a[0]!], [a[1]!], [a[2]!]], [0, 1, 2]), [
    request(0),
    request(1),
    request(2),
  ] as never);
  for (const [i, { hiddenState }] of three.entries()) {
    await using alone = await model.createContext({ ...shape, sequences: 1, outputs: 1 });
    const own = await alone.prefill(0, [a[i]!], { hiddenState: true });
    const difference = Math.max(...hiddenState!.map((x, d) => Math.abs(x - own.hiddenState![d]!)));
    t.true(difference < 1e-2, `${i}: ${difference}`);
  }
});

test("rows that a smaller head leaves are no tools any more", async (t) => {
  const d = model.facts.embeddingLength;
  const rows = Float32Array.from({ length: 4 * d }, (_, i) => Math.sin(i));
  const probabilities = async (inGraph: boolean): Promise<[number, number][]> => {
    await using context = await model.createContext({ contextSize: 256, hiddenStates: true });
    const head = model.createHead(4, "f32");
    await context.updateHead(head, rows, 4);
    await context.attachHead(head, [0], { topTokens: 4, topTools: 4, inGraph });
    await context.setBias(0, new Float32Array(4).fill(20));
    await context.prefill(0, tokens.slice(0, 3));
    await context.updateHead(head, rows.subarray(0, 2 * d), 2);
    const { ids, probs } = await context.prefill(0, tokens.slice(3, 5));
    head.dispose();
    return [...ids]
      .map((id, i): [number, number] => [id, probs[i]!])
      .filter(([id]) => id >= model.facts.vocabularySize);
  };
  const [inGraph, onHost] = [await probabilities(true), await probabilities(false)];
  t.deepEqual(
    inGraph.map(([id]) => id),
    onHost.map(([id]) => id),
  );
  t.is(inGraph.length, 2);
  for (const [i, [, p]] of inGraph.entries()) t.true(Math.abs(p - onHost[i]![1]) < 1e-4);
});

(models.gemma === undefined ? test.skip : test)(
  "a beginning that is shared from far after it has its whole window",
  async (t) => {
    await using gemma = await loadTestModel(models.gemma!);
    const text = gemma.tokenizer.encode(
      "The sea is wide and the ship is small, so the captain waits. ".repeat(70),
    );
    const options = { contextSize: 2048, sequences: 2, kvUnified: false } as const;
    await using context = await gemma.createContext(options);
    // Windows are of 512 positions.
    await context.prefill(0, text.slice(0, 900));
    await context.sharePrefix(0, 1, 300);
    t.is(await context.length(1), 300);
    // It is copied by the next decode.
    await rejectsWith(t, context.saveState(1), "INVALID_ARGUMENT", /a decode between/u);
    const { allLogits } = await context.prefill(1, [text[300]!], { logits: true });
    await using fresh = await gemma.createContext({ ...options, sequences: 1 });
    await fresh.prefill(0, text.slice(0, 300));
    const alone = await fresh.prefill(0, [text[300]!], { logits: true });
    const difference = distance(allLogits!, alone.allLogits!);
    t.true(difference < 0.5, String(difference));
    // The other sequence goes on where it was.
    t.is(await context.length(0), 900);
    t.is((await context.prefill(0, [text[900]!], { top: 1 })).ids.length, 1);
  },
);

test("a full context says so and goes on after a roll back", async (t) => {
  await using context = await model.createContext({ contextSize: 256 });
  const many = new Int32Array(context.contextSize).fill(tokens[3]!);
  await context.prefill(0, many);
  await rejectsWith(t, context.prefill(0, [tokens[0]!]), "CONTEXT_FULL", /room for 1 more/u);
  t.is(await context.length(0), many.length);
  await context.rollBack(0, 10);
  await t.notThrowsAsync(context.prefill(0, [tokens[0]!]));
});

test("aborts a decode, and the sequence is as before", async (t) => {
  await using context = await model.createContext({ contextSize: 512 });
  await context.prefill(0, tokens);
  const controller = new AbortController();
  const long = new Int32Array(400).fill(tokens[3]!);
  const decoding = context.prefill(0, long, { top: 1 }, { signal: controller.signal });
  setTimeout(() => {
    controller.abort();
  }, 2);
  await rejectsWith(t, decoding, "ABORTED");
  t.is(await context.length(0), tokens.length);
  await t.notThrowsAsync(context.prefill(0, [tokens[0]!]));
});

test("two contexts of one model work at the same time", async (t) => {
  await using a = await model.createContext({ contextSize: 256 });
  await using b = await model.createContext({ contextSize: 256 });
  const step = async (context: typeof a): Promise<number[]> => {
    const ids = [];
    let output = await context.prefill(0, tokens, { top: 1 });
    for (let i = 0; i < 5; i++) {
      ids.push(output.ids[0]!);
      output = await context.prefill(0, [output.ids[0]!], { top: 1 });
    }
    return ids;
  };
  const [fromA, fromB] = await Promise.all([step(a), step(b)]);
  t.deepEqual(fromA, fromB);
});

/** A worker that has decoded for the first time. */
async function working(data: { path: string; forever?: boolean }): Promise<[Worker, token: number]> {
  const thread = new Worker(new URL("./context-worker.js", import.meta.url), { workerData: data });
  const token = await new Promise<number>((resolve, reject) => {
    thread.once("message", resolve);
    thread.once("error", reject);
  });
  return [thread, token];
}

test("works in worker threads beside the main thread, which may end them", async (t) => {
  const path = models.nano;
  const [[, first], [, second]] = await Promise.all([working({ path }), working({ path })]);
  t.is(first, second);
  const ended = new Worker(new URL("./context-worker.js", import.meta.url), { workerData: { path } });
  await new Promise((resolve) => setTimeout(resolve, 100));
  await ended.terminate();
  const [, third] = await working({ path });
  t.is(third, first);
});

test("a worker may be ended in the middle of a decode", async (t) => {
  for (const path of [models.nano, models.smollm2 ?? models.nano]) {
    const [thread] = await working({ path, forever: true });
    await new Promise((resolve) => setTimeout(resolve, 50));
    t.is(await thread.terminate(), 1);
  }
});

test("a grammar is parsed, followed and refused when it is wrong", async (t) => {
  t.throws(() => model.createGrammar("root ::= ("), { code: "GRAMMAR_INVALID" });
  t.throws(() => model.createGrammar(""), { code: "GRAMMAR_INVALID" });
  t.throws(() => model.createGrammar("start ::= [0-9]"), { code: "GRAMMAR_INVALID" });
  const deep = (depth: number): string => `root ::= ${"(".repeat(depth)} "(" [((] ${")".repeat(depth)}`;
  t.throws(() => model.createGrammar(deep(100_000)), { code: "GRAMMAR_INVALID", message: /parentheses/u });
  model.createGrammar(deep(100)).dispose();
  const grammar = model.createGrammar('root ::= [0-9]+ ")"');
  await using context = await model.createContext({ contextSize: 256 });
  const { ids, probs } = await context.prefill(0, tokens, { top: 32, grammar });
  t.true(ids.length > 0);
  for (const id of ids) t.regex(model.tokenizer.decode([id]), /^\d+\)?$/u);
  t.true(Math.abs(probs.reduce((sum, p) => sum + p, 0) - 1) < 1e-5);
  t.throws(
    () => {
      grammar.accept(model.tokenizer.encode("x")[0]!);
    },
    { code: "INVALID_ARGUMENT" },
  );
  grammar.accept(model.tokenizer.encode("7")[0]!);
  t.false(grammar.complete());
  const copy = grammar.clone();
  grammar.accept(model.tokenizer.encode(")")[0]!);
  t.true(grammar.complete());
  t.false(copy.complete());
  copy.dispose();
  t.throws(() => copy.complete(), { code: "DISPOSED" });
  grammar.dispose();
});
