// Decoding while another program takes a core: llama.cpp's own loop and this package, quiet and beside a busy loop.
import type { BenchmarkCase } from "../case.js";
import { CONTEXT_SIZE, GreedyLoop } from "../greedy-loop.js";
import { interleave, type Variant } from "../interleave.js";
import { BusyLoop } from "../programs/busy-loop.js";
import { startCore } from "../programs/core-program.js";

/** A turn is long enough for the number of threads to settle. */
const SECONDS_PER_TURN = 4;

export const busy: BenchmarkCase = async ({ model, gpu, threads, quick, repetitions }) => {
  await using core = startCore(model.path, gpu, threads);
  await core.open("llama", "llama", { tools: 0 });
  await core.open("core", "toolken", { tools: 0 });
  await using context = await model.createContext({ contextSize: CONTEXT_SIZE });
  await using loop = new BusyLoop();
  const greedy = new GreedyLoop(model, context);
  const inCore = (name: string) => async (tokens: number) => core.rate(`turn ${name} ${tokens}`);
  const inNode = (tokens: number): Promise<number> => greedy.run(tokens);
  const quiet = async (run: (tokens: number) => Promise<number>) => forSeconds(run, quick);
  const beside = async (run: (tokens: number) => Promise<number>) =>
    loop.beside(() => forSeconds(run, quick));
  const variant = (name: string, measure: () => Promise<number>): Variant => ({ name, measure });
  const measured = await interleave(
    variant("llama.cpp, quiet", () => quiet(inCore("llama"))),
    [
      variant("llama.cpp, beside a busy loop", () => beside(inCore("llama"))),
      variant("core in C++, quiet", () => quiet(inCore("core"))),
      variant("core in C++, beside a busy loop", () => beside(inCore("core"))),
      variant("toolken, quiet", () => quiet(inNode)),
      variant("toolken, beside a busy loop", () => beside(inNode)),
    ],
    repetitions,
  );
  return [
    {
      name: "busy machine",
      what: `tokens per second, greedy, one sequence, turns of ${SECONDS_PER_TURN} s`,
      rival: "llama.cpp's greedy loop in C++ on the quiet machine",
      measured,
    },
  ];
};

/** Tokens per second of as many short turns as fill the time. */
async function forSeconds(run: (tokens: number) => Promise<number>, quick: boolean): Promise<number> {
  const tokens = 8;
  const end = performance.now() + 1000 * (quick ? 1 : SECONDS_PER_TURN);
  let seconds = 0;
  let count = 0;
  while (performance.now() < end) {
    seconds += tokens / (await run(tokens));
    count += tokens;
  }
  return count / seconds;
}
