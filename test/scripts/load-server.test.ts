// The load test in short: `node scripts/load-server.mjs` runs it for two minutes with 200 clients.
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import test from "ava";

const script = fileURLToPath(new URL("../../../scripts/load-server.mjs", import.meta.url));

test("under load no answer is lost, all places are given back, and a killed server comes back", async (t) => {
  const words = [script, "--clients", "24", "--aborting", "6", "--seconds", "4", "--threads", "1"];
  const { stdout } = await promisify(execFile)(process.execPath, words);
  const [load, restart] = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, number>);
  t.like(load, { lost: 0, running: 0, waiting: 0 });
  t.true(load!.answered! > 0);
  t.deepEqual(restart as unknown, { restarted: 200, whole: true });
});
