// Where the time of decoding and of the feature pass goes, by function of llama.cpp and of this project's core.
import { join } from "node:path";
import type { BenchmarkCase, CaseResult, CaseSettings } from "../case.js";
import { measuredOf } from "../interleave.js";
import { startCore } from "../programs/core-program.js";
import { hasPerf, sampledFunctions } from "../programs/perf.js";

const SECONDS = 8;
const QUICK_SECONDS = 1;
/** Functions below this share are summed up. */
const MIN_SHARE = 0.01;

type Loop = readonly [name: string, kind: string, settings: Readonly<Record<string, string | number>>];

const LOOPS: readonly Loop[] = [
  ["no head", "toolken", {}],
  ["K = 13", "toolken", { tools: 13, type: "f32" }],
  ["K = 10,000", "toolken", { tools: 10_000, type: "f16" }],
  ["16 at once, llama.cpp", "llama", { sequences: 16 }],
  ["16 at once, llama.cpp, one pool", "llama", { sequences: 16, unified: 1 }],
  ["16 at once, K = 13", "toolken", { sequences: 16, tools: 13, type: "f32" }],
  ["feature pass", "features", { texts: 40 }],
];
const QUICK: ReadonlySet<string> = new Set(["no head", "K = 13"]);

export const profile: BenchmarkCase = async function* (settings) {
  if (!hasPerf()) {
    console.error("\nprofile: left out, it needs Linux' perf");
    return;
  }
  for (const loop of LOOPS) if (!settings.quick || QUICK.has(loop[0])) yield await profileOf(settings, loop);
};

async function profileOf(
  { model, gpu, threads, quick, scratch }: CaseSettings,
  [name, kind, shape]: Loop,
): Promise<CaseResult> {
  await using core = startCore(model.path, gpu, threads);
  await core.open("loop", kind, shape);
  // Tokens of a turn; of the feature pass: passes over all texts.
  const units = kind === "features" ? 1 : 16;
  await core.turn(`turn loop ${units}`);
  const rates: number[] = [];
  const until = performance.now() + 1000 * (quick ? QUICK_SECONDS : SECONDS);
  const shares = await sampledFunctions(core.pid!, join(scratch, "perf.data"), async () => {
    do rates.push(await core.rate(`turn loop ${units}`));
    while (performance.now() < until);
  });
  return asResult(name, rates, shares);
}

function asResult(
  name: string,
  rates: readonly number[],
  shares: Readonly<Record<string, number>>,
): CaseResult {
  const large = Object.entries(shares).filter(([, share]) => share >= MIN_SHARE);
  const rest = 1 - large.reduce((sum, [, share]) => sum + share, 0);
  return {
    name: `profile, ${name}`,
    what: "tokens per second under the profiler; facts: shares of the samples by function",
    rival: "itself",
    measured: [measuredOf(name, rates, rates)],
    facts: {
      shares: Object.fromEntries(
        [...large, ["others", rest] as const].map(([key, share]) => [key, round(share)]),
      ),
    },
  };
}

function round(value: number): number {
  return Number(value.toFixed(4));
}
