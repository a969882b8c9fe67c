// Takes shards from the queue, one at a time; run as many workers as there are machines.
// The work is done by a process of its own, so that the worker can renew the lock of its job meanwhile. When a worker
// dies, its job's lock expires and another worker goes on with the same file.
import { Worker } from "bullmq";
import { connection, QUEUE, toolken } from "./shared.mjs";

const lockDuration = Number(process.env.LOCK_MS ?? 30_000);
const worker = new Worker(QUEUE, ({ data }) => toolken(["eval", ...data.words]), {
  connection,
  lockDuration,
  stalledInterval: lockDuration,
  // A machine may be lost more than once.
  maxStalledCount: 10,
});
worker.on("active", ({ data }) => console.log(`begins ${data.words.at(-1)}`));
worker.on("completed", ({ data }) => console.log(`ended ${data.words.at(-1)}`));
worker.on("failed", (job, error) => console.error(`failed ${job?.data.words.at(-1)}: ${error.message}`));
worker.on("error", (error) => console.error(error.message));
for (const signal of ["SIGTERM", "SIGINT"]) process.once(signal, () => void worker.close());
