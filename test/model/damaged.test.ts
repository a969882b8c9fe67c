// Damaged files: refused with a typed error where llama.cpp would end the process. scripts/fuzz-models.mjs tries
// thousands.
import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import test from "ava";
import { families, randomModel } from "../families/families.js";
import { sentencePieces } from "../families/vocabularies.js";
import { rejectsWith } from "../support/errors.js";
import { loadTestModel, models } from "../support/models.js";
import { scratchFolder } from "../utils/scratch.js";

const MUTATIONS = 30;

test("no layers: refused, not asserted on", async (t) => {
  const file = await readFile(models.nano);
  const key = file.indexOf("llama.block_count");
  file.writeUInt32LE(0, key + "llama.block_count".length + 4);
  const path = join(await scratchFolder(t), "model.gguf");
  await writeFile(path, file);
  const error = await rejectsWith(t, loadTestModel(path), "MODEL_LOAD_FAILED", /ended a process that tried/);
  t.regex(error!.message, /n_layer/);
  t.truthy(error!.hint);
});

test("two tokens of the same text: refused, not asserted on", async (t) => {
  const vocabulary = sentencePieces({ addsSpace: true });
  const { strings } = vocabulary.metadata["tokenizer.ggml.tokens"] as { strings: string[] };
  strings[strings.length - 1] = strings.at(-2)!;
  const path = join(await scratchFolder(t), "model.gguf");
  await writeFile(path, randomModel({ ...families[1]!, vocabulary }).file);
  await rejectsWith(t, loadTestModel(path), "MODEL_LOAD_FAILED", /token/);
});

test("what was tried once is not tried again until it changes", async (t) => {
  const path = join(await scratchFolder(t), "model.gguf");
  const { file } = randomModel(families[1]!);
  await writeFile(path, file);
  for (let n = 0; n < 2; n++) await (await loadTestModel(path)).dispose();
  await writeFile(path, file.subarray(0, file.length - 100));
  await rejectsWith(t, loadTestModel(path), "MODEL_LOAD_FAILED");
});

for (const name of ["nano", "SentencePiece"]) {
  test(`${name}: ${MUTATIONS} damaged copies load or are refused`, async (t) => {
    let path = models.nano;
    if (name !== "nano") {
      path = join(await scratchFolder(t), "pieces.gguf");
      await writeFile(path, randomModel(families[1]!).file);
    }
    const program = fileURLToPath(new URL("./damaged-program.js", import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, [program, path, "0", String(MUTATIONS)]);
    const outcomes = stdout.trim().split("\n");
    t.is(outcomes.length, MUTATIONS);
    for (const outcome of outcomes) t.regex(outcome, /^\d+ (?:loaded|MODEL_LOAD_FAILED|FILE_INVALID)$/u);
  });
}
