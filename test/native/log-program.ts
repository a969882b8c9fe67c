// Does what llama.cpp has something to say about; with "listen" as argument the messages go to standard output.
import { loadModel, onLog } from "../../src/index.js";

const [path, mode] = process.argv.slice(2);
if (mode === "listen") {
  onLog(({ level, message }) => process.stdout.write(`${level} ${message}\n`), { level: "info" });
}
const model = await loadModel(path!, { threads: 1, gpu: "cpu" });
// More cells than it was trained for.
const context = await model.createContext({ contextSize: 4 * model.facts.trainedContext, batchSize: 4096 });
for (const gbnf of ["root ::= (", "", "root ::= root"]) {
  try {
    model.createGrammar(gbnf);
  } catch {
    // As it should.
  }
}
const controller = new AbortController();
const prefill = context.prefill(0, new Int32Array(2048).fill(5), { top: 1 }, { signal: controller.signal });
setImmediate(() => {
  controller.abort();
});
await prefill.catch(() => undefined);
await context.dispose();
await model.dispose();
