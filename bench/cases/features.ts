// The feature pass of training against llama.cpp's plain prefill of the same texts with all their logits.
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Model } from "../../src/index.js";
import type { BenchmarkCase } from "../case.js";
import { interleave } from "../interleave.js";

const BATCH = 512;

export const features: BenchmarkCase = async ({ model, quick, repetitions }) => {
  const texts = sampleTexts(model, quick ? 8 : 40);
  const tokens = texts.reduce((sum, text) => sum + text.length, 0);
  const context = await model.createContext({
    contextSize: 2 * BATCH,
    batchSize: BATCH,
    sequences: 64,
    outputs: BATCH,
  });
  const path = join(tmpdir(), `toolken-bench-${process.pid}.safetensors`);
  const pass = async (from: number): Promise<number> => {
    const start = performance.now();
    await model.extractFeatures(input(texts, path, from), {});
    return tokens / ((performance.now() - start) / 1000);
  };
  const measured = await interleave(
    { name: "prefill with all logits", measure: () => prefill(context, texts, tokens) },
    [
      { name: "feature pass, every step", measure: () => pass(0) },
      { name: "feature pass, second half of each text", measure: () => pass(0.5) },
    ],
    repetitions,
  );
  await context.dispose();
  await rm(path, { force: true });
  return [
    {
      name: "features",
      what: `text tokens per second, ${texts.length} texts, ${tokens} tokens`,
      rival: "llama_decode of the same texts in the same batches with every token's logits",
      measured,
    },
  ];
};

/** Texts of 40 to 80 tokens, as word problems are. */
function sampleTexts(model: Model, count: number): Int32Array[] {
  return Array.from({ length: count }, (_, i) =>
    model.tokenizer.encode(
      `Q: A shop sold ${17 * i + 23} pens in the morning and ${31 * i + 48} pens in the afternoon of day ${i}. ` +
        `How many pens did the shop sell on that day, and is it more than before?\n` +
        `A: The shop sold ${17 * i + 23}+${31 * i + 48}=${48 * i + 71} pens. So, the answer is ${48 * i + 71}.`,
    ),
  );
}

function input(
  texts: readonly Int32Array[],
  path: string,
  wantedFrom: number,
): Parameters<Model["extractFeatures"]>[0] {
  const tokens = Int32Array.from(texts.flatMap((text) => [...text]));
  const offsets = [0];
  const targets: number[] = [];
  for (const text of texts) {
    offsets.push(offsets.at(-1)! + text.length);
    text.forEach((_, i) => targets.push(i >= text.length * wantedFrom ? (text[i + 1] ?? text[0]!) : -1));
  }
  return {
    prefix: new Int32Array(),
    tokens,
    targets: Int32Array.from(targets),
    offsets: Int32Array.from(offsets),
    path,
    metadata: "{}",
    batchSize: BATCH,
    threads: 0,
  };
}

async function prefill(
  context: Awaited<ReturnType<Model["createContext"]>>,
  texts: readonly Int32Array[],
  tokens: number,
): Promise<number> {
  await context.clear();
  const start = performance.now();
  for (let next = 0; next < texts.length;) {
    const batch: { tokens: number[]; positions: number[]; sequences: number[] } = {
      tokens: [],
      positions: [],
      sequences: [],
    };
    for (let sequence = 0; next < texts.length && sequence < 64; sequence++) {
      const text = texts[next]!;
      if (batch.tokens.length + text.length > BATCH) break;
      text.forEach((token, position) => {
        batch.tokens.push(token);
        batch.positions.push(position);
        batch.sequences.push(sequence);
      });
      next++;
    }
    await context.decode(
      {
        tokens: Int32Array.from(batch.tokens),
        positions: Int32Array.from(batch.positions),
        sequences: Int32Array.from(batch.sequences),
      },
      batch.tokens.map((_, index) => ({ index })),
    );
    await context.clear();
  }
  return tokens / ((performance.now() - start) / 1000);
}
