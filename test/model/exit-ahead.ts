// Ends its process in the middle of what is computed ahead, without disposing anything.
import { loadModel } from "../../src/index.js";

const model = await loadModel(process.argv[2]!, { threads: 1, gpu: "cpu" });
const context = await model.createContext({ contextSize: 256 });
let { ids } = await context.prefill(0, model.tokenizer.encode("Q: What is 2 plus 3?\nA:"), { top: 1 });
for (let n = 0; n < 4; n++) {
  const batch = {
    tokens: ids.slice(0, 1),
    positions: Int32Array.of(await context.length(0)),
    sequences: Int32Array.of(0),
  };
  ids = (await context.decode(batch, [{ index: 0, top: 1, ahead: true }]))[0]!.ids;
}
process.exit(7);
