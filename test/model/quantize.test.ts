// Another quantization of nano: it loads and answers; what must not be written or read is refused.
import { copyFile, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import test from "ava";
import { loadModel, quantizeModel } from "../../src/index.js";
import type { Quantization } from "../../src/model/quantize.js";
import { embeddedOr } from "../../src/model/embedded.js";
import { scratchFile, scratchFolder, throwsCode } from "../utils/scratch.js";

const nano = embeddedOr("nano", "model");

test("to F32, and from there to Q8_0 and Q4_0", async (t) => {
  const folder = await scratchFolder(t);
  const [whole, eight, four] = ["F32", "Q8_0", "Q4_0"].map((type) => join(folder, `${type}.gguf`));
  const first = await quantizeModel(nano, whole!, { type: "F32", requantize: true, threads: 1 });
  t.true(first.bytes > 2 * first.bytesBefore);
  const second = await quantizeModel(whole!, eight!, { type: "Q8_0", threads: 1 });
  t.is(second.bytesBefore, first.bytes);
  await quantizeModel(whole!, four!, { threads: 1 });
  for (const [path, quantization] of [
    [eight!, "Q8_0"],
    [four!, "Q4_0"],
  ] as const) {
    await using model = await loadModel(path, { gpu: "cpu", threads: 1 });
    t.is(model.facts.quantization, quantization);
    await using context = await model.createContext({ contextSize: 64 });
    const { logits } = await context.prefill(0, model.tokenizer.encode("Q: What is"), { top: 4 });
    t.true([...logits].every(Number.isFinite));
  }
  t.deepEqual((await readdir(folder)).sort(), ["F32.gguf", "Q4_0.gguf", "Q8_0.gguf"]);
});

test("refused: quantized files, unknown types, the file itself, what is no model, no folder", async (t) => {
  const folder = await scratchFolder(t);
  const out = join(folder, "out.gguf");
  const error = await throwsCode(t, "INVALID_ARGUMENT", /requantizing from type q8_0/, () =>
    quantizeModel(nano, out, { type: "Q4_0" }),
  );
  t.regex(error.hint ?? "", /--requantize/);
  await throwsCode(t, "INVALID_ARGUMENT", /one of F32/, () =>
    quantizeModel(nano, out, { type: "Q9" as Quantization }),
  );
  const copy = join(folder, "copy.gguf");
  await copyFile(nano, copy);
  await throwsCode(t, "INVALID_ARGUMENT", /another file/, () =>
    quantizeModel(copy, copy, { requantize: true }),
  );
  t.deepEqual(await readFile(copy), await readFile(nano));
  const text = await scratchFile(t, "no model", "text.gguf");
  await throwsCode(t, "FILE_INVALID", /GGUF/, () => quantizeModel(text, out));
  await throwsCode(t, "FILE_NOT_FOUND", /file/i, () => quantizeModel(join(folder, "none"), out));
  await throwsCode(t, "FILE_NOT_FOUND", /folder/, () =>
    quantizeModel(nano, join(folder, "none", "out.gguf")),
  );
  const cut = await readFile(nano);
  await writeFile(join(folder, "cut.gguf"), cut.subarray(0, cut.length >> 1));
  await throwsCode(t, "FILE_INVALID", /Could not quantize/, () =>
    quantizeModel(join(folder, "cut.gguf"), out, { requantize: true, threads: 1 }),
  );
  t.deepEqual((await readdir(folder)).sort(), ["copy.gguf", "cut.gguf"]);
});

test("an abort ends it and leaves nothing", async (t) => {
  const folder = await scratchFolder(t);
  const controller = new AbortController();
  const running = quantizeModel(nano, join(folder, "out.gguf"), {
    type: "F32",
    requantize: true,
    signal: controller.signal,
  });
  setTimeout(() => {
    controller.abort();
  }, 5);
  await throwsCode(t, "ABORTED", /aborted/, () => running);
  t.deepEqual(await readdir(folder), []);
});
