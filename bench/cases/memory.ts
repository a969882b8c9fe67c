// What a head costs in memory: resident bytes of a fresh process with and without it.
import type { BenchmarkCase } from "../case.js";
import { measuredOf } from "../interleave.js";
import { startCore } from "../programs/core-program.js";

const BYTES: Readonly<Record<string, number>> = { f32: 4, f16: 2, q8_0: 34 / 32 };

export const memory: BenchmarkCase = async ({ model, gpu, threads, quick, repetitions }) => {
  const d = model.facts.embeddingLength;
  const resident = async (tools: number, type: string): Promise<number> => {
    await using core = startCore(model.path, gpu, threads);
    await core.open("loop", "toolken", { tools, type });
    await core.turn("turn loop 8");
    return core.residentBytes();
  };
  const sizes = [
    [10_000, "f16"],
    [50_000, "f16"],
    ...(quick ? [] : [[10_000, "f32"] as const, [50_000, "q8_0"] as const]),
  ] as const;
  const without: number[] = [];
  const grown = sizes.map((): number[] => []);
  for (let round = 0; round < Math.max(3, repetitions); round++) {
    without.push(await resident(0, "f32"));
    for (const [at, [tools, type]] of sizes.entries()) {
      grown[at]!.push((await resident(tools, type)) - without.at(-1)!);
    }
  }
  return [
    {
      name: "memory",
      what: "bytes by which a process grows with a head in the graph (CPU: the device is this memory)",
      rival: "the head's weights as they are stored",
      measured: sizes.map(([tools, type], at) => {
        const weights = tools * d * BYTES[type]!;
        return measuredOf(
          `K = ${tools.toLocaleString("en")}, ${type.toUpperCase()}`,
          grown[at]!,
          grown[at]!.map(() => weights),
        );
      }),
      facts: { residentWithoutHead: without },
    },
  ];
};
