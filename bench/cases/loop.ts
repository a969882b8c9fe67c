// What the layers cost: llama.cpp's own greedy loop in C++, this project's core in C++, and the same through Node.
import type { BenchmarkCase, CaseSettings } from "../case.js";
import { CONTEXT_SIZE, GreedyLoop } from "../greedy-loop.js";
import { interleave, type Variant } from "../interleave.js";
import { startCore } from "../programs/core-program.js";
import { attachRandomHead } from "../synthetic-head.js";

const TOKENS_PER_TURN = 16;
const TURNS_PER_REPETITION = 6;

export const loop: BenchmarkCase = async (settings) => {
  const { model, gpu, threads, quick, repetitions } = settings;
  await using core = startCore(model.path, gpu, threads);
  const turns = TURNS_PER_REPETITION * (quick ? 1 : repetitions);
  const inCore = async (name: string, kind: string, tools: number): Promise<Variant> => {
    const key = `${kind}${tools}`;
    await core.open(key, kind, { tools, type: "f32" });
    return { name, measure: () => core.rate(`turn ${key} ${TOKENS_PER_TURN}`) };
  };
  const llama = await inCore("llama.cpp in C++", "llama", 0);
  const corePlain = await inCore("core in C++, no head", "toolken", 0);
  const coreHead = await inCore("core in C++, K = 13", "toolken", 13);
  const nodePlain = await inNode(settings, "Node, no head", 0);
  const nodeHead = await inNode(settings, "Node, K = 13", 13);
  const measured = await interleave(llama, [corePlain, coreHead, nodePlain, nodeHead], turns);
  const layer = await interleave(corePlain, [nodePlain], turns);
  const layerWithHead = await interleave(coreHead, [nodeHead], turns);
  for (const { dispose } of [nodePlain, nodeHead]) await dispose();
  const what = `tokens per second, greedy, one sequence, turns of ${TOKENS_PER_TURN} tokens`;
  return [
    { name: "loop", what, rival: "llama.cpp's greedy loop in C++, sampler on the host", measured },
    {
      name: "node layer",
      what,
      rival: "the same decoding in C++ without Node",
      measured: [...layer, ...layerWithHead],
    },
  ];
};

async function inNode(
  { model }: CaseSettings,
  name: string,
  tools: number,
): Promise<Variant & { dispose: () => Promise<void> }> {
  const context = await model.createContext({ contextSize: CONTEXT_SIZE });
  if (tools > 0) {
    await attachRandomHead(model, context, { tools, type: "f32", sequences: [0], inGraph: true });
  }
  const greedy = new GreedyLoop(model, context);
  return {
    name,
    measure: () => greedy.run(TOKENS_PER_TURN),
    dispose: () => context.dispose(),
  };
}
