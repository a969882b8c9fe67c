// Loads a model in a worker thread and posts the token that it would say next; then, when asked, decodes for ever.
import { parentPort, workerData } from "node:worker_threads";
import { loadModel } from "../../src/index.js";

const { path, forever = false } = workerData as { path: string; forever?: boolean };
await using model = await loadModel(path, { threads: 1, gpu: "cpu" });
await using context = await model.createContext({ contextSize: 128 });
const { ids } = await context.prefill(0, model.tokenizer.encode("Q: What is 2 plus 3?\nA:"), { top: 1 });
parentPort?.postMessage(ids[0]);
while (forever) {
  const position = await context.length(0);
  if (position === context.contextSize) await context.rollBack(0, 1);
  else {
    const batch = { tokens: ids, positions: Int32Array.of(position), sequences: Int32Array.of(0) };
    await context.decode(batch, [{ index: 0, top: 1, ahead: true }]);
  }
}
