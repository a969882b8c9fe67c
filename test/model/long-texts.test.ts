// Long runs of one kind of character under every pre-tokenizer: some of llama.cpp's recurse once per character.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import test from "ava";
import { families, randomModel } from "../families/families.js";
import { bytePairs } from "../families/vocabularies.js";
import { loadTestModel, models } from "../support/models.js";
import { scratchFolder } from "../utils/scratch.js";

const CHARACTERS = ["a", " ", "1", "!", "\u00e9", "\u4e2d"];
/** One of each kind of pattern: with a reader of its own, by `std::regex`, one that looks ahead, one that is refused. */
const PRE_TOKENIZERS = [
  ...["default", "llama-bpe", "qwen2", "gpt-2", "gemma4", "kimi-k2"],
  ...["deepseek-llm", "deepseek-coder", "deepseek-v3", "falcon", "bloom", "chatglm-bpe", "viking", "tekken"],
  ...["superbpe", "tiny_aya", "whitespace"],
];

for (const pre of PRE_TOKENIZERS) {
  test(`${pre}: 300,000 characters of one class`, async (t) => {
    const path = join(await scratchFolder(t), "model.gguf");
    const vocabulary = bytePairs({ pre, bos: "<s>", eos: "</s>" });
    await writeFile(path, randomModel({ ...families[0]!, vocabulary }).file);
    const model = await loadTestModel(path).catch((error: unknown) => {
      // Some need tokens of their own; what matters is how they say so.
      t.is((error as { code?: string }).code, "MODEL_LOAD_FAILED");
    });
    if (model === undefined) return;
    for (const character of CHARACTERS) {
      const text = `the ${character.repeat(300_000)} is`;
      const tokens = await model.tokenizer.encodeAsync(text).catch((error: unknown) => {
        t.true(["INVALID_ARGUMENT", "RESOURCE_EXHAUSTED"].includes((error as { code: string }).code));
      });
      if (tokens !== undefined) t.true(tokens.length > 1);
    }
    await model.dispose();
  });
}

test("encodeAsync gives what encode gives", async (t) => {
  await using model = await loadTestModel(models.nano);
  const texts = ["", "Q: What is 12 plus 30?", "the gene " + "acgt".repeat(10_000), "\u{1F600}\ud800"];
  for (const text of texts) {
    for (const options of [{}, { addSpecial: true }, { parseSpecial: true }]) {
      t.deepEqual(await model.tokenizer.encodeAsync(text, options), model.tokenizer.encode(text, options));
    }
  }
});
