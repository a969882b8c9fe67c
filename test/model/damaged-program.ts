// Loads damaged models one after the other, as a user does, and says what became of each: `path from to`, a mutation
// per number.
import { readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadModel, ToolkenError } from "../../src/index.js";
import { damager } from "../support/damaged-gguf.js";
import { seededRandom } from "../utils/scratch.js";

const [source, from, to] = process.argv.slice(2) as [string, string, string];
const damage = damager(await readFile(source));
const path = join(tmpdir(), `toolken-damaged-${process.pid}.gguf`);

async function attempt(): Promise<string> {
  try {
    await using model = await loadModel(path, { gpu: "cpu", threads: 1 });
    const tokens = model.tokenizer.encode("Q: What is 12 plus 30?\nA:");
    await using context = await model.createContext({ contextSize: 256 });
    if (tokens.length > 0) await context.prefill(0, tokens.subarray(0, 200), { top: 4 });
    return "loaded";
  } catch (error) {
    if (error instanceof ToolkenError) return error.code;
    throw error;
  }
}

for (let seed = Number(from); seed < Number(to); seed++) {
  await writeFile(path, damage(seededRandom(seed)));
  process.stdout.write(`${seed} `);
  process.stdout.write(`${await attempt()}\n`);
}
