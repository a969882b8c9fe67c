// Begins work of minutes and ends in the middle of it: as a process with code 7, or as a worker thread that says when
// it has begun.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isMainThread, parentPort, workerData } from "node:worker_threads";
import { loadModel, quantizeModel } from "../../src/index.js";
import { loadAddon } from "../../src/native/load.js";

const [kind, path, folder] = (isMainThread ? process.argv.slice(2) : (workerData as string[])) as [
  string,
  string,
  string,
];

function begun(): void {
  if (isMainThread) process.exit(7);
  parentPort?.postMessage("begun");
}

/** The work never settles: the process or thread is gone by then. */
const kinds: Record<string, () => Promise<unknown>> = {
  async prefill() {
    const model = await loadModel(path, { threads: 1, gpu: "cpu" });
    const size = 60_000;
    const context = await model.createContext({ contextSize: size, batchSize: size });
    setTimeout(begun, 300);
    return context.prefill(0, new Int32Array(size).fill(5), { top: 1 });
  },
  async features() {
    const model = await loadModel(path, { threads: 1, gpu: "cpu" });
    const length = 200;
    const texts = 20_000;
    return model.extractFeatures(
      {
        prefix: new Int32Array(),
        tokens: new Int32Array(texts * length).fill(5),
        targets: new Int32Array(texts * length),
        offsets: Int32Array.from({ length: texts + 1 }, (_, i) => i * length),
        path: join(folder, "features.safetensors"),
        metadata: "{}",
        batchSize: 512,
        threads: 1,
      },
      {
        onProgress: (done) => {
          if (done > 2) begun();
        },
      },
    );
  },
  async solve() {
    const addon = await loadAddon();
    const [steps, dimension, tools] = [20_000, 256, 2000];
    const problem = {
      h: Float32Array.from({ length: steps * dimension }, (_, i) => Math.sin(i)),
      lse: new Float32Array(steps).fill(1),
      target: Int32Array.from({ length: steps }, (_, i) => i % tools),
      dimension,
      tools,
    };
    const options = { method: "lbfgs", l2: 1e-9, threads: 1, maxIterations: 100_000, tolerance: 0 } as const;
    const adam = { learningRate: 0, epochs: 0, batchSize: 0, seed: 0, weightDecay: 0 };
    setTimeout(begun, 300);
    return addon.solve(problem, { ...options, ...adam }, new addon.Cancel());
  },
  async quantize() {
    const large = join(folder, "large.gguf");
    setTimeout(begun, 500);
    return quantizeModel(path, large, { type: "Q2_K", requantize: true, threads: 1 });
  },
  async load() {
    begunSoon(20);
    for (;;) await (await loadModel(path, { threads: 1, gpu: "cpu" })).dispose();
  },
  async tokenize() {
    const model = await loadModel(path, { threads: 1, gpu: "cpu" });
    begunSoon(50);
    return model.tokenizer.encodeAsync("what is ".repeat(30_000_000));
  },
};

function begunSoon(milliseconds: number): void {
  setTimeout(begun, milliseconds);
}

await writeFile(join(folder, "begun"), "");
await kinds[kind]!();
