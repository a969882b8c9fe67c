// Loads a model in a worker thread and posts the token that it would say next.
import { parentPort, workerData } from "node:worker_threads";
import { loadModel } from "../../src/index.js";

await using model = await loadModel(workerData as string, { threads: 1, gpu: "cpu" });
await using context = await model.createContext({ contextSize: 128 });
const { ids } = await context.prefill(0, model.tokenizer.encode("Q: What is 2 plus 3?\nA:"), { top: 1 });
parentPort?.postMessage(ids[0]);
