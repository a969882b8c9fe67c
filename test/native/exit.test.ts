// A process or worker thread may end in the middle of any native work. Each work here takes minutes when it is not
// stopped; the limits only tell that from an end within moments, on a machine that does other things too.
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import test from "ava";
import { models } from "../support/models.js";
import { scratchFolder } from "../utils/scratch.js";

const program = fileURLToPath(new URL("./work-program.js", import.meta.url));
const KINDS = ["prefill", "features", "solve", "load", "tokenize", "quantize"];
const LIMIT_MS = 60_000;

for (const kind of KINDS) {
  const path = kind === "quantize" ? (models.smollm2 ?? models.nano) : models.nano;

  test.serial(`process.exit() during ${kind}`, async (t) => {
    const folder = await scratchFolder(t);
    const code = await new Promise((resolve) => {
      const options = { timeout: LIMIT_MS, killSignal: "SIGKILL" } as const;
      execFile(process.execPath, [program, kind, path, folder], options, (error) => {
        resolve(error?.code ?? error?.signal ?? 0);
      });
    });
    t.is(code, 7);
  });

  test.serial(`worker.terminate() during ${kind}`, async (t) => {
    const folder = await scratchFolder(t);
    const worker = new Worker(program, { workerData: [kind, path, folder] });
    await new Promise((resolve, reject) => {
      worker.once("message", resolve);
      worker.once("error", reject);
    });
    const limit = new Promise((resolve) => setTimeout(resolve, LIMIT_MS, "late").unref());
    t.is(await Promise.race([worker.terminate().then(() => "ended"), limit]), "ended");
  });
}
