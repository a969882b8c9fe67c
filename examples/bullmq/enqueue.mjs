// Puts the shards of an evaluation into a queue, waits for them, and joins their files.
//   node enqueue.mjs --shards 8 --folder parts --out predictions.jsonl -- --data questions.jsonl --head nano
import { Queue, QueueEvents } from "bullmq";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { connection, QUEUE, toolken } from "./shared.mjs";

const { values, positionals: words } = parseArgs({
  allowPositionals: true,
  options: {
    shards: { type: "string", default: "4" },
    folder: { type: "string", default: "parts" },
    out: { type: "string", default: "predictions.jsonl" },
  },
});
const count = Number(values.shards);
await mkdir(values.folder, { recursive: true });

const queue = new Queue(QUEUE, { connection });
const events = new QueueEvents(QUEUE, { connection });
await events.waitUntilReady();
const parts = Array.from({ length: count }, (_, i) => join(values.folder, `part-${i}.jsonl`));
const jobs = await queue.addBulk(
  parts.map((out, i) => ({
    name: "eval",
    data: { words: [...words, "--out", out, "--shard", `${i}/${count}`] },
    // A shard that fails is tried again; what its file holds is not computed again.
    opts: { attempts: 3, removeOnComplete: true },
  })),
);
console.log(`${count} shards`);
await Promise.all(jobs.map((job) => job.waitUntilFinished(events)));
await toolken(["merge", ...parts, "--out", values.out]);
await events.close();
await queue.close();
