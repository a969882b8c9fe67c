// The head in the graph and on the host, checked against a double-precision reference on one backend.
import test, { type ExecutionContext } from "ava";
import type { Context, Output } from "../../src/model/context.js";
import type { HeadType } from "../../src/model/model.js";
import type { Model } from "../../src/index.js";
import { loadAddon } from "../../src/native/load.js";
import { rejectsWith } from "../support/errors.js";
import { models, loadTestModel } from "../support/models.js";

const K = 300;
const TOP_TOKENS = 20;
const TOP_TOOLS = 6;

/** Deterministic weights in -scale…scale. */
function weights(rows: number, dimension: number, scale: number): Float32Array {
  let state = 12345;
  return Float32Array.from({ length: rows * dimension }, () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return ((state >>> 8) / 2 ** 23 - 1) * scale;
  });
}

/** The slow, obvious joint distribution: softmax([z_V ; W h + b]) in double precision. */
function reference(
  output: Output,
  W: Float32Array,
  bias: ArrayLike<number>,
): Map<number, { z: number; p: number }> {
  const h = output.hiddenState!;
  const tools = Array.from({ length: bias.length }, (_, k) =>
    h.reduce((sum, value, i) => sum + value * W[k * h.length + i]!, bias[k]!),
  );
  const all = [...output.allLogits!, ...tools];
  const high = all.reduce((most, z) => Math.max(most, z), -Infinity);
  const normaliser = all.reduce((sum, z) => sum + Math.exp(z - high), 0);
  return new Map(all.map((z, id) => [id, { z, p: Math.exp(z - high) / normaliser }]));
}

/** Declares the tests for a backend; they are skipped where it has no device. */
export async function testHeadOn(gpu: "cpu" | "vulkan"): Promise<void> {
  const devices = (await loadAddon()).devices();
  const check = devices.some(({ backend }) => backend === gpu) ? test : test.skip;
  let model: Model;
  let tokens: Int32Array;
  let W: Float32Array;
  if (check === test) {
    test.before(async () => {
      model = await loadTestModel(models.nano, { gpu });
      tokens = model.tokenizer.encode("Q: What is 12 plus 30?\nA: The sum is 12+30=");
      W = weights(K, model.facts.embeddingLength, 0.2);
    });
    test.after.always(() => model.dispose());
  }

  /** What a step of the joint distribution should be, from the raw logits and the hidden state. */
  const expectedStep = async (bias: ArrayLike<number>): Promise<Map<number, { z: number; p: number }>> => {
    await using context = await model.createContext({ contextSize: 256, hiddenStates: true });
    const output = await context.prefill(0, tokens, { logits: true, hiddenState: true });
    return reference(output, W, bias);
  };

  const attach = async (
    context: Context,
    options: { type?: HeadType; inGraph?: boolean; sequences?: number[]; capacity?: number } = {},
  ): Promise<ReturnType<Model["createHead"]>> => {
    const head = model.createHead(options.capacity ?? K + 20, options.type ?? "f32");
    await context.updateHead(head, W, K);
    const { inGraph } = await context.attachHead(head, options.sequences ?? [0], {
      topTokens: TOP_TOKENS,
      topTools: TOP_TOOLS,
      inGraph: options.inGraph ?? true,
    });
    if (inGraph !== (options.inGraph ?? true)) throw new Error("The head is not where it was asked to be");
    return head;
  };

  const agrees = (
    t: ExecutionContext,
    output: Output,
    expected: Map<number, { z: number; p: number }>,
    tolerance: number,
  ): void => {
    const V = model.facts.vocabularySize;
    t.is(output.ids.length, TOP_TOKENS + TOP_TOOLS);
    const isTool = (id: number): boolean => id >= V;
    t.is([...output.ids].filter(isTool).length, TOP_TOOLS);
    for (const [i, id] of output.ids.entries()) {
      const { z, p } = expected.get(id)!;
      t.true(Math.abs(output.logits[i]! - z) < tolerance, `logit of ${id}: ${output.logits[i]!} and ${z}`);
      t.true(Math.abs(output.probs[i]! - p) < tolerance * Math.max(p, 1e-3), `probability of ${id}`);
      if (i > 0) t.true(output.logits[i]! <= output.logits[i - 1]!);
    }
    // The best tool is the best of all tools, not only of those that came back.
    const bestTool = [...expected].filter(([id]) => isTool(id)).sort((a, b) => b[1].z - a[1].z)[0]![0];
    t.is([...output.ids].find(isTool), bestTool);
  };

  for (const inGraph of [true, false]) {
    const where = inGraph ? "in the graph" : "on the host";

    check(`${gpu}: ${where}, the joint distribution is the reference's`, async (t) => {
      await using context = await model.createContext({ contextSize: 256, hiddenStates: !inGraph });
      const head = await attach(context, { inGraph });
      const bias = new Float32Array(K).map((_, k) => (k % 3) - 1);
      await context.setBias(0, bias);
      const output = await context.prefill(0, tokens);
      agrees(t, output, await expectedStep(bias), gpu === "cpu" ? 0.02 : 0.2);
      head.dispose();
    });

    check(`${gpu}: ${where}, a bias of -Infinity switches a tool off`, async (t) => {
      await using context = await model.createContext({ contextSize: 256, hiddenStates: !inGraph });
      await attach(context, { inGraph });
      const off = new Float32Array(K).fill(-Infinity);
      await context.setBias(0, off);
      const V = model.facts.vocabularySize;
      const none = await context.prefill(0, tokens);
      t.true(none.ids.every((id) => id < V));
      off[7] = 500;
      await context.setBias(0, off);
      const one = await context.prefill(0, [tokens[0]!]);
      t.is(one.ids[0], V + 7);
      t.is([...one.ids].filter((id) => id >= V).length, 1);
      t.true(Math.abs(one.probs[0]! - 1) < (gpu === "cpu" ? 1e-6 : 1e-2));
    });
  }

  check(`${gpu}: rows change between decodes without a new context`, async (t) => {
    await using context = await model.createContext({ contextSize: 256 });
    const head = await attach(context);
    await context.setBias(0, new Float32Array(K));
    await context.prefill(0, tokens.subarray(0, 3));
    const fewer = W.slice(0, 2 * model.facts.embeddingLength).map((w) => 3 * w);
    await context.updateHead(head, fewer, 2);
    await context.setBias(0, new Float32Array(2));
    const output = await context.prefill(0, tokens.subarray(3));
    const V = model.facts.vocabularySize;
    t.deepEqual([...output.ids].filter((id) => id >= V).sort(), [V, V + 1]);
    await using plain = await model.createContext({ contextSize: 256, hiddenStates: true });
    const expected = reference(
      await plain.prefill(0, tokens, { logits: true, hiddenState: true }),
      fewer,
      [0, 0],
    );
    for (const [i, id] of output.ids.entries()) {
      t.true(Math.abs(output.logits[i]! - expected.get(id)!.z) < (gpu === "cpu" ? 0.05 : 0.3));
    }
    await rejectsWith(t, context.setBias(0, new Float32Array(K)), "INVALID_ARGUMENT", /each of 2 tools/u);
  });

  for (const type of ["f16", "bf16", "q8_0"] as const) {
    check(`${gpu}: ${type} rows are close to F32 rows and equal in both places`, async (t) => {
      const outputs: Output[] = [];
      for (const inGraph of [true, false]) {
        await using context = await model.createContext({ contextSize: 256, hiddenStates: !inGraph });
        await attach(context, { type, inGraph });
        await context.setBias(0, new Float32Array(K));
        outputs.push(await context.prefill(0, tokens));
      }
      const V = model.facts.vocabularySize;
      const best = outputs.map(({ ids, logits }) => {
        const at = ids.findIndex((id) => id >= V);
        return { id: ids[at]!, logit: logits[at]! };
      });
      t.is(best[0]!.id, best[1]!.id);
      // Graph kernels may round the hidden state too (q8_0, bf16); the host does not.
      t.true(Math.abs(best[0]!.logit - best[1]!.logit) < 0.02 * Math.abs(best[0]!.logit) + 0.1);
      const exact = (await expectedStep(new Float32Array(K))).get(best[1]!.id)!.z;
      t.true(Math.abs(best[1]!.logit - exact) < 0.03 * Math.abs(exact) + 0.1);
    });
  }

  check(`${gpu}: several sequences with one head give what each gives alone`, async (t) => {
    const texts = ["12+30=", "Paris is", "The 7 dwarfs"].map((text) => model.tokenizer.encode(text));
    const alone: Output[] = [];
    for (const text of texts) {
      await using context = await model.createContext({ contextSize: 256 });
      await attach(context);
      await context.setBias(0, new Float32Array(K));
      alone.push(await context.prefill(0, text));
    }
    await using context = await model.createContext({ contextSize: 256, sequences: 3 });
    await attach(context, { sequences: [0, 1, 2] });
    for (const sequence of [0, 1, 2]) await context.setBias(sequence, new Float32Array(K));
    const together = await context.decode(
      {
        tokens: Int32Array.from(texts.flatMap((text) => [...text])),
        positions: Int32Array.from(texts.flatMap((text) => [...text.keys()])),
        sequences: Int32Array.from(texts.flatMap((text, sequence) => [...text].map(() => sequence))),
      },
      texts.map((_, i) => ({ index: texts.slice(0, i + 1).flatMap((text) => [...text]).length - 1 })),
    );
    for (const [i, output] of together.entries()) {
      t.is(output.ids[0], alone[i]!.ids[0]);
      t.true(Math.abs(output.logits[0]! - alone[i]!.logits[0]!) < (gpu === "cpu" ? 0.05 : 0.3));
    }
  });

  check(`${gpu}: two heads and no head share a batch`, async (t) => {
    const V = model.facts.vocabularySize;
    const d = model.facts.embeddingLength;
    const few = W.subarray(7 * d, 10 * d);
    const step = await expectedStep(new Float32Array(K));
    await using context = await model.createContext({ contextSize: 256, sequences: 4 });
    await attach(context, { sequences: [0, 3] });
    const second = model.createHead(3, "f32");
    await context.updateHead(second, few, 3);
    await context.attachHead(second, [2], { topTokens: 1, topTools: 2, inGraph: true });
    for (const sequence of [0, 3]) await context.setBias(sequence, new Float32Array(K));
    // Of the second head's rows the middle one is off.
    await context.setBias(2, Float32Array.of(0, -Infinity, 0));
    for (const active of [[0, 1, 2], [2], [1, 2], [0], [0, 1, 2, 3]]) {
      for (const sequence of active) await context.rollBack(sequence, 0);
      const outputs = await context.decode(
        {
          tokens: Int32Array.from(active.flatMap(() => [...tokens])),
          positions: Int32Array.from(active.flatMap(() => [...tokens.keys()])),
          sequences: Int32Array.from(active.flatMap((sequence) => [...tokens].map(() => sequence))),
        },
        active.map((sequence, i) => ({
          index: (i + 1) * tokens.length - 1,
          ...(sequence === 1 ? { top: 5 } : {}),
        })),
      );
      for (const [i, { ids, logits }] of outputs.entries()) {
        const at = active[i]!;
        const tools = [...ids].filter((id) => id >= V);
        if (at === 1) t.deepEqual(tools, []);
        else if (at === 2) t.deepEqual(tools.sort(), [V, V + 2]);
        else t.is(tools.length, TOP_TOOLS);
        // Three texts in a batch are rounded otherwise than one.
        const tolerance = gpu === "cpu" ? 0.15 : 0.4;
        ids.forEach((id, place) => {
          const known = at === 2 && id >= V ? id + 7 : id;
          t.true(
            Math.abs(logits[place]! - step.get(known)!.z) < tolerance,
            `${active.join()}: ${id}: ${logits[place]!} and ${step.get(known)!.z}`,
          );
        });
      }
    }
  });

  check(`${gpu}: refuses heads that do not fit`, async (t) => {
    await using context = await model.createContext({ contextSize: 256 });
    const d = model.facts.embeddingLength;
    const options = { topTokens: 5, topTools: 5, inGraph: true };
    const head = model.createHead(4);
    await rejectsWith(
      t,
      context.updateHead(head, new Float32Array(5 * d), 5),
      "INVALID_ARGUMENT",
      /at most 4 rows/u,
    );
    await rejectsWith(t, context.updateHead(head, new Float32Array(d), 2), "INVALID_ARGUMENT", /n × d/u);
    await rejectsWith(
      t,
      context.updateHead(head, new Float32Array(d).fill(Number.NaN), 1),
      "INVALID_ARGUMENT",
      /finite/u,
    );
    await rejectsWith(t, context.attachHead(head, [3], options), "INVALID_ARGUMENT", /sequence/u);
    await rejectsWith(
      t,
      context.attachHead(head, [0], { ...options, topTokens: 1 << 30 }),
      "INVALID_ARGUMENT",
    );
    await rejectsWith(
      t,
      context.attachHead(head, [0], { ...options, inGraph: false }),
      "BACKEND_UNAVAILABLE",
    );
    await rejectsWith(t, context.setBias(0, new Float32Array(4)), "INVALID_ARGUMENT", /with a head/u);
    t.throws(() => model.createHead(0), { code: "INVALID_ARGUMENT" });
    t.throws(() => model.createHead(4, "q3" as never), { code: "INVALID_ARGUMENT" });
  });
}
