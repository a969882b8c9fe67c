// What looking at a call again costs: questions up to their first call, with and without the reranker.
import {
  createEngine,
  defineTool,
  Reranker,
  ToolHead,
  type Model,
  type Engine,
  type Usage,
} from "../../src/index.js";
import type { BenchmarkCase } from "../case.js";
import { interleave, median, type Measured, type Variant } from "../interleave.js";

const TOP_K = 3;
/** More sets of three neighbours than documentations are kept: when a set comes again, its own is gone. */
const TOOLS = 60;
const QUESTIONS_PER_TURN = 4;
const TURNS_PER_REPETITION = 4;

export const rerank: BenchmarkCase = async ({ model, quick, repetitions }) => {
  await using engine = await toolkenWithReranker(model);
  let asked = 0;
  let set = 0;
  const decoded: Record<string, number[]> = {};
  const variant = (name: string, isReranked: boolean, nextSet: () => number): Variant => ({
    name,
    measure: async () => {
      const start = performance.now();
      for (let n = 0; n < QUESTIONS_PER_TURN; n++) {
        const { rerankTokens } = (await askUpToCall(engine, { asked: asked++, set: nextSet(), isReranked }))
          .details;
        (decoded[name] ??= []).push(rerankTokens);
      }
      return QUESTIONS_PER_TURN / ((performance.now() - start) / 1000);
    },
  });
  const measured = await interleave(
    variant("not reranked", false, () => 0),
    [
      variant("documentation kept", true, () => 0),
      variant("documentation computed again", true, () => 1 + (set++ % (TOOLS - TOP_K))),
    ],
    quick ? repetitions : TURNS_PER_REPETITION * repetitions,
  );
  return [
    {
      name: "rerank",
      what: `questions per second up to their first call, of ${TOP_K} candidates`,
      rival: "the same questions, their calls taken as they are",
      measured,
      facts: {
        addedMilliseconds: byName(measured, ({ rates }) =>
          median(rates.map((rate, i) => 1000 / rate - 1000 / measured[0]!.rates[i]!)),
        ),
        rerankTokensDecoded: byName(measured, ({ name }) => median(decoded[name]!)),
      },
    },
  ];
};

function byName(measured: readonly Measured[], value: (of: Measured) => number): Record<string, number> {
  return Object.fromEntries(measured.map((of) => [of.name, Number(value(of).toPrecision(4))]));
}

/** A run that ends where its first call would begin: the bias makes the tools of a set fire at the first step. */
async function askUpToCall(
  engine: Engine,
  { asked, set, isReranked }: { asked: number; set: number; isReranked: boolean },
): Promise<Usage> {
  const bias = Object.fromEntries(
    Array.from({ length: TOP_K }, (_, i) => [`tool_${set + i}`, 1000 - 10 * i] as const),
  );
  // Different from its first token on: nothing of the last question's prompt is left to use.
  const question = `${asked} pens a day are sold in a shop. How many pens does it sell in ${asked % 89} days?`;
  const { usage, finishReason } = await engine.generate({
    prompt: question,
    toolBias: bias,
    maxToolCalls: 0,
    rerank: isReranked,
  });
  if (finishReason !== "tool-calls")
    throw new Error(`Expected a run that ends at its call, not with ${finishReason}`);
  return usage;
}

async function toolkenWithReranker(model: Model): Promise<Engine> {
  const d = model.facts.embeddingLength;
  const names = Array.from({ length: TOOLS }, (_, k) => `tool_${k}`);
  const head = ToolHead.create({ tools: names, dimension: d, weights: new Float32Array(TOOLS * d) });
  // Nothing but zeros: of equal scores the head's choice stays, and the product costs what any other does.
  const weights = new Float32Array((TOOLS + 1) * d);
  const reranker = Reranker.of({ tools: names, weights, topK: TOP_K });
  const tools = names.map((name, k) =>
    defineTool({
      name,
      description: `Works out the ${k + 1}th figure of a shop's day from two of its numbers, such as pens and days.`,
      parameters: { positional: ["a", "b"] },
      execute: ([a, b]) => a! * b!,
    }),
  );
  return createEngine(model, {
    head,
    tools,
    reranker,
    prompts: { general: "Q: [QUESTION]\nA:" },
    parallel: 1,
  });
}
