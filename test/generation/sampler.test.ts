import test from "ava";
import { Sampler, type SamplingOptions } from "../../src/generation/sampler.js";
import { seededRandom } from "../../src/utils/random.js";

const defaults: SamplingOptions = {
  temperature: 0,
  topK: 40,
  topP: 1,
  minP: 0,
  repeatPenalty: 1,
  repeatLastTokens: 64,
  seed: 1,
};

const logits = [4, 3, 2, 1, -1];
const total = logits.reduce((sum, logit) => sum + Math.exp(logit), 0);
const output = {
  ids: Int32Array.of(10, 20, 30, 40, 50),
  logits: Float32Array.from(logits),
  probs: Float32Array.from(logits, (logit) => Math.exp(logit) / total),
};
const all = (): boolean => true;

/** How often each id is drawn. */
function shares(options: Partial<SamplingOptions>, draws = 20_000): Map<number, number> {
  const sampler = new Sampler({ ...defaults, ...options });
  const counts = new Map<number, number>();
  for (let i = 0; i < draws; i++) {
    const { id } = sampler.choose(output, all, [])!;
    counts.set(id, (counts.get(id) ?? 0) + 1 / draws);
  }
  return counts;
}

test("temperature 0 takes the best allowed outcome", (t) => {
  const sampler = new Sampler(defaults);
  t.is(sampler.choose(output, all, [])?.id, 10);
  t.is(sampler.choose(output, (id) => id > 20, [])?.id, 30);
  t.is(
    sampler.choose(output, () => false, []),
    undefined,
  );
});

test("draws follow the softmax at the temperature", (t) => {
  for (const temperature of [0.5, 1, 2]) {
    const weights = logits.map((logit) => Math.exp(logit / temperature));
    const sum = weights.reduce((a, b) => a + b, 0);
    const drawn = shares({ temperature });
    for (const [i, id] of output.ids.entries()) {
      t.true(Math.abs((drawn.get(id) ?? 0) - weights[i]! / sum) < 0.02);
    }
  }
});

test("top-k, nucleus and min-p leave out what they should", (t) => {
  t.deepEqual([...shares({ temperature: 1, topK: 2 }).keys()].sort(), [10, 20]);
  // Probabilities: 0.64, 0.24, 0.09, 0.03, 0.004.
  t.deepEqual([...shares({ temperature: 1, topP: 0.7 }).keys()].sort(), [10, 20]);
  t.deepEqual([...shares({ temperature: 1, topP: 0.95 }).keys()].sort(), [10, 20, 30]);
  t.deepEqual([...shares({ temperature: 1, topP: 0 }).keys()], [10]);
  t.deepEqual([...shares({ temperature: 1, minP: 0.1 }).keys()].sort(), [10, 20, 30]);
  t.deepEqual([...shares({ temperature: 1, minP: 1 }).keys()], [10]);
});

test("the repeat penalty lowers recent tokens, positive or negative", (t) => {
  const sampler = new Sampler({ ...defaults, repeatPenalty: 2, repeatLastTokens: 2 });
  t.is(sampler.choose(output, all, [10])?.id, 20);
  t.is(sampler.choose(output, all, [10, 20, 30])?.id, 10);
  const negative = { ...output, logits: Float32Array.of(-1, -1.5, -4, -5, -6) };
  t.is(sampler.choose(negative, all, [10])?.id, 20);
});

test("a seed gives the same draws, another seed others", (t) => {
  const draw = (seed: number): number[] => {
    const sampler = new Sampler({ ...defaults, temperature: 1, seed });
    return Array.from({ length: 50 }, () => sampler.choose(output, all, [])!.id);
  };
  t.deepEqual(draw(7), draw(7));
  t.notDeepEqual(draw(7), draw(8));
});

test("random numbers are spread evenly over [0, 1)", (t) => {
  const random = seededRandom(3);
  const buckets = new Array<number>(10).fill(0);
  for (let i = 0; i < 10_000; i++) {
    const value = random();
    t.true(value >= 0 && value < 1);
    buckets[Math.floor(value * 10)]!++;
  }
  t.true(buckets.every((count) => count > 850 && count < 1150));
  t.notDeepEqual(seededRandom(2 ** 40)(), seededRandom(0)());
});
