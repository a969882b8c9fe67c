// A thread that takes a whole core while it is on.
import { once } from "node:events";
import { Worker } from "node:worker_threads";

const SOURCE = `
const { parentPort, workerData } = require("node:worker_threads");
const on = new Int32Array(workerData);
parentPort.postMessage("ready");
for (;;) {
  Atomics.wait(on, 0, 0);
  for (let n = 0; Atomics.load(on, 0) === 1; n++) Math.sqrt(n);
}`;

export class BusyLoop implements AsyncDisposable {
  readonly #on = new Int32Array(new SharedArrayBuffer(4));
  readonly #worker = new Worker(SOURCE, { eval: true, workerData: this.#on.buffer });
  readonly #ready = once(this.#worker, "message");

  /** Runs a function while the loop takes its core. */
  async beside<Result>(run: () => Promise<Result>): Promise<Result> {
    await this.#ready;
    Atomics.store(this.#on, 0, 1);
    Atomics.notify(this.#on, 0);
    try {
      return await run();
    } finally {
      Atomics.store(this.#on, 0, 0);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker.terminate();
  }
}
