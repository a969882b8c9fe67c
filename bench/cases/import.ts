// What `import "@toolken/native"` costs, in fresh processes that take turns with those of another release.
import { execFile } from "node:child_process";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import type { BenchmarkCase } from "../case.js";
import { measuredOf } from "../interleave.js";
import { root } from "../root.js";

interface ImportCost {
  readonly milliseconds: number;
  /** Resident bytes that the import adds. */
  readonly bytes: number;
}

const MIN_ROUNDS = 5;

export const importing: BenchmarkCase = async ({ baseline, repetitions }) => {
  if (baseline === undefined) return [];
  const releases = [baseline, root];
  const costs = releases.map((): ImportCost[] => []);
  // The first round reads the files into the page cache.
  for (let round = -1; round < Math.max(MIN_ROUNDS, repetitions); round++) {
    const order = round % 2 === 0 ? [0, 1] : [1, 0];
    for (const at of order) {
      const cost = await importCost(releases[at]!);
      if (round >= 0) costs[at]!.push(cost);
    }
  }
  return (["milliseconds", "bytes"] as const).map((unit) => {
    const [before, now] = costs.map((rounds) => rounds.map((cost) => cost[unit])) as [number[], number[]];
    return {
      name: `import, ${unit}`,
      what: `${unit === "bytes" ? "resident bytes added" : "milliseconds"} by importing the package; smaller is better`,
      rival: "the release in --baseline",
      measured: [measuredOf("baseline", before, before), measuredOf("this release", now, before)],
    };
  });
};

async function importCost(folder: string): Promise<ImportCost> {
  const url = pathToFileURL(join(folder, "dist", "src", "index.js")).href;
  const program = `
    const bytes = process.memoryUsage.rss(), begin = performance.now();
    await import(${JSON.stringify(url)});
    const milliseconds = performance.now() - begin;
    console.log(JSON.stringify({ milliseconds, bytes: process.memoryUsage.rss() - bytes }));`;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", program]);
  return JSON.parse(stdout) as ImportCost;
}
