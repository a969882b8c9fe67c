// Compares a GGUF of nano with PyTorch's token ids and logits (reference.py wrote them).
// node scripts/nano/check-gguf.mjs FILE.gguf WORK_FOLDER/reference.json
import { readFileSync } from "node:fs";

import { loadModel } from "../../dist/src/index.js";

const [file, referenceFile] = process.argv.slice(2);
const references = JSON.parse(readFileSync(referenceFile, "utf8"));
const model = await loadModel(file, { gpu: "cpu" });
const context = await model.createContext({ contextSize: 2048 });
// F32 differs by the order of sums, Q8_0 by its rounding as well.
const tolerance = file.includes("F32") ? 0.02 : 0.6;
let largest = 0;
let sameChoice = 0;
for (const { text, ids, logits } of references) {
  const ours = [...model.tokenizer.encode(text, { addSpecial: true })];
  if (JSON.stringify(ours) !== JSON.stringify(ids)) {
    throw new Error(`Other token ids for ${JSON.stringify(text)}:\n${ours}\n${ids}`);
  }
  await context.clear();
  const { allLogits } = await context.prefill(0, ids, { logits: true });
  for (let i = 0; i < logits.length; i++) largest = Math.max(largest, Math.abs(allLogits[i] - logits[i]));
  sameChoice += argmax(allLogits) === argmax(logits) ? 1 : 0;
}
await model.dispose();
console.log(
  `${references.length} texts: same token ids; largest difference of a logit ${largest.toFixed(4)};`,
);
console.log(`same first choice in ${sameChoice}`);
if (largest > tolerance) {
  console.error(`The difference is above ${tolerance}`);
  process.exit(1);
}

function argmax(values) {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i] > values[best]) best = i;
  return best;
}
