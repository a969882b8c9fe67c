// What a head costs in memory: resident bytes of a fresh process with and without it.
import type { BenchmarkCase } from "../case.js";
import { type Measured, measuredOf } from "../interleave.js";
import { startCore } from "../programs/core-program.js";

/** Tools of the smallest head: what comes with any head is there, its rows hardly count. */
const SMALL = 13;
const BYTES: Readonly<Record<string, number>> = { f32: 4, f16: 2, q8_0: 34 / 32 };

export const memory: BenchmarkCase = async ({ model, gpu, threads, quick, repetitions }) => {
  const d = model.facts.embeddingLength;
  const resident = async (tools: number, type: string): Promise<number> => {
    await using core = startCore(model.path, gpu, threads);
    await core.open("loop", "toolken", { tools, type });
    await core.turn("turn loop 8");
    return await core.residentBytes();
  };
  const sizes = [
    [10_000, "f16"],
    [50_000, "f16"],
    ...(quick ? [] : [[10_000, "f32"] as const, [50_000, "q8_0"] as const]),
  ] as const;
  const plain: number[] = [];
  const small: number[] = [];
  const grown = sizes.map((): number[] => []);
  for (let round = 0; round < Math.max(3, repetitions); round++) {
    plain.push(await resident(0, "f32"));
    small.push(await resident(SMALL, "f32"));
    for (const [at, [tools, type]] of sizes.entries()) grown[at]!.push(await resident(tools, type));
  }
  const nameOf = (tools: number, type: string): string =>
    `K = ${tools.toLocaleString("en")}, ${type.toUpperCase()}`;
  const against = (baseline: readonly number[]): Measured[] =>
    sizes.map(([tools, type], at) => {
      const growth = grown[at]!.map((bytes, round) => bytes - baseline[round]!);
      return measuredOf(
        nameOf(tools, type),
        growth,
        growth.map(() => tools * d * BYTES[type]!),
      );
    });
  const what = "bytes by which a process grows with a head in the graph (CPU: the device is this memory)";
  const rival = "the head's weights as they are stored";
  return [
    {
      name: "memory",
      what: `${what}, beyond a process with ${SMALL} tools`,
      rival,
      measured: against(small),
      facts: { residentWithoutHead: plain, residentWithSmallHead: small },
    },
    {
      name: "memory, beyond no head",
      what: `${what}; llama.cpp's arrays for outputs that are chosen in the graph are part of it`,
      rival,
      measured: against(plain),
    },
  ];
};
