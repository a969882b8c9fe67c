// What the head costs while decoding: the same greedy loop through the same API, with and without it.
import type { HeadType } from "../../src/model/model.js";
import type { BenchmarkCase } from "../case.js";
import { CONTEXT_SIZE, GreedyLoop } from "../greedy-loop.js";
import { interleave, type Variant } from "../interleave.js";
import { attachRandomHead } from "../synthetic-head.js";

const TOKENS_PER_TURN = 8;
const TURNS_PER_REPETITION = 8;

/** As `type: "auto"` chooses: F32 up to here, F16 above. */
const MAX_F32_HEAD = 4 * 2 ** 20;

const SIZES: readonly (readonly [name: string, tools: number, type: HeadType, inGraph: boolean])[] = [
  ["in the graph, K = 13", 13, "auto", true],
  ["in the graph, K = 234", 234, "auto", true],
  ["in the graph, K = 1,000", 1000, "auto", true],
  ["in the graph, K = 10,000", 10_000, "auto", true],
  ["in the graph, K = 10,000, Q8_0", 10_000, "q8_0", true],
  ["in the graph, K = 50,000", 50_000, "auto", true],
  ["on the host, K = 13", 13, "auto", false],
  ["on the host, K = 1,000", 1000, "auto", false],
  ["on the host, K = 10,000", 10_000, "auto", false],
];
const QUICK: ReadonlySet<string> = new Set([
  "in the graph, K = 13",
  "in the graph, K = 10,000",
  "on the host, K = 13",
]);

export const decode: BenchmarkCase = async ({ model, quick, repetitions }) => {
  const loops: GreedyLoop[] = [];
  const variant = async (name: string, tools: number, type: HeadType, inGraph: boolean): Promise<Variant> => {
    const context = await model.createContext({
      contextSize: CONTEXT_SIZE,
      hiddenStates: tools > 0 && !inGraph,
    });
    if (tools > 0) await attachRandomHead(model, context, { tools, type, sequences: [0], inGraph });
    const loop = new GreedyLoop(model, context);
    loops.push(loop);
    return { name, measure: () => loop.run(TOKENS_PER_TURN) };
  };
  const d = model.facts.embeddingLength;
  const rowBytes = Object.fromEntries(SIZES.map(([name, tools, type]) => [name, bytesOf(tools, d, type)]));
  const rival = await variant("plain", 0, "f32", true);
  const variants: Variant[] = [];
  for (const size of SIZES) if (!quick || QUICK.has(size[0])) variants.push(await variant(...size));
  // Short turns, many of them: the machine's speed drifts over seconds, and each ratio is of one round.
  const measured = await interleave(rival, variants, TURNS_PER_REPETITION * repetitions);
  for (const loop of loops) await loop.context.dispose();
  return [
    {
      name: "decode",
      what: `tokens per second, greedy, one sequence, turns of ${TOKENS_PER_TURN} tokens`,
      rival: "the same loop without a head",
      measured,
      // What a step reads at least: all weights once, and the rows.
      facts: { modelBytes: model.facts.size, rowBytes },
    },
  ];
};

function bytesOf(tools: number, d: number, type: HeadType): number {
  const values = tools * d;
  if (type === "q8_0") return (values * 34) / 32;
  return 4 * values <= MAX_F32_HEAD ? 4 * values : 2 * values;
}
