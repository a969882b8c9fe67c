// Linux' sampling profiler beside a rival's process: where its time goes, by function.
import { spawn, spawnSync } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";

const FREQUENCY = 499;
/** The profiler says nothing when it has attached. */
const ATTACH_MS = 500;

export function hasPerf(): boolean {
  return process.platform === "linux" && spawnSync("perf", ["--version"]).status === 0;
}

/** Shares of a process's samples by function while `work` goes on, in descending order; `file` takes the samples. */
export async function sampledFunctions(
  pid: number,
  file: string,
  work: () => Promise<unknown>,
): Promise<Readonly<Record<string, number>>> {
  const clock = ["-e", "cpu-clock", "-F", String(FREQUENCY)];
  const perf = spawn("perf", ["record", "-q", ...clock, "-p", String(pid), "-o", file], { stdio: "ignore" });
  const ended = new Promise((resolve) => perf.once("close", resolve));
  await sleep(ATTACH_MS);
  await work();
  perf.kill("SIGINT");
  await ended;
  const report = ["report", "-i", file, "--stdio", "-q", "-F", "overhead,sym", "-t", "|"];
  const { stdout, stderr, status } = spawnSync("perf", report, { encoding: "utf8" });
  if (status !== 0) throw new Error(`perf report failed: ${stderr}`);
  const shares: Record<string, number> = {};
  for (const [, percent = "", symbol = ""] of stdout.matchAll(/^\s*([\d.]+)%\s*\|\[.\]\s+(.+?)\s*$/gmu)) {
    const name = symbol.replaceAll(/(?:\.isra|\.constprop|\.part)\.\d+/gu, "").replace(/[(<].*$/u, "");
    shares[name] = (shares[name] ?? 0) + Number(percent) / 100;
  }
  return shares;
}
