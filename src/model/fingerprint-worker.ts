// Runs in a worker thread: hashes the file named by its workerData.
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";

const hash = createHash("sha256");
for await (const chunk of createReadStream(workerData as string, { highWaterMark: 1 << 20 })) {
  hash.update(chunk as Buffer);
}
parentPort?.postMessage(hash.digest("hex"));
