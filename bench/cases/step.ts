// Where a step's time goes: preparing the graph, computing it, copying its outputs, choosing, and JavaScript.
import { readFileSync } from "node:fs";
import type { BenchmarkCase } from "../case.js";
import { CONTEXT_SIZE, GreedyLoop } from "../greedy-loop.js";
import { measuredOf, pause } from "../interleave.js";
import { startCore } from "../programs/core-program.js";
import { attachRandomHead } from "../synthetic-head.js";

const PARTS = ["prepare", "graph", "transfer", "choice"] as const;
const TOKENS_PER_TURN = 16;

export const step: BenchmarkCase = async ({ model, gpu, threads, quick, repetitions }) => {
  await using core = startCore(model.path, gpu, threads);
  const results = [];
  for (const tools of quick ? [0, 10_000] : [0, 13, 1000, 10_000, 50_000]) {
    const type = 4 * tools * model.facts.embeddingLength <= 4 * 2 ** 20 ? "f32" : "f16";
    await core.open("parts", "parts", { tools, type });
    await using context = await model.createContext({ contextSize: CONTEXT_SIZE });
    if (tools > 0) await attachRandomHead(model, context, { tools, type, sequences: [0], inGraph: true });
    const greedy = new GreedyLoop(model, context);
    const micros: Record<string, number[]> = {};
    const note = (name: string, seconds: number, tokens: number): void => {
      (micros[name] ??= []).push((1e6 * seconds) / tokens);
    };
    for (let turn = -1; turn < 4 * repetitions; turn++) {
      await pause();
      const parts = await core.turn(`turn parts ${TOKENS_PER_TURN}`);
      await pause();
      const before = mainThreadSeconds();
      const whole = TOKENS_PER_TURN / (await greedy.run(TOKENS_PER_TURN));
      const onMain = mainThreadSeconds() - before;
      if (turn < 0) continue;
      for (const part of PARTS) note(part, parts[part]!, TOKENS_PER_TURN);
      // What Node's loop takes beyond the step itself: arguments, the way to another thread and back, the loop.
      note("JavaScript", whole - parts.seconds, TOKENS_PER_TURN);
      note("whole", whole, TOKENS_PER_TURN);
      note("main thread, CPU", onMain, TOKENS_PER_TURN);
    }
    await core.close("parts");
    results.push({
      name: `step, K = ${tools.toLocaleString("en")}`,
      what: "microseconds per token, one sequence; ratios are shares of the whole",
      rival: "the whole step through Node",
      measured: ["whole", ...PARTS, "JavaScript", "main thread, CPU"].map((name) =>
        measuredOf(name, micros[name]!, micros.whole!),
      ),
    });
  }
  return results;
};

/** CPU time of Node's main thread; 0 on other systems than Linux. */
function mainThreadSeconds(): number {
  if (process.platform !== "linux") return 0;
  const [nanoseconds] = readFileSync(`/proc/self/task/${process.pid}/schedstat`, "utf8").split(" ");
  return Number(nanoseconds) / 1e9;
}
