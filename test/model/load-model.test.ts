import { mkdtemp, open, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import test from "ava";
import { loadModel, type ToolkenErrorCode } from "../../src/index.js";
import { rejectsWith } from "../support/errors.js";
import { models, loadTestModel } from "../support/models.js";

let folder = "";
test.before(async () => {
  folder = await mkdtemp(join(tmpdir(), "toolken-load-"));
});
test.after.always(() => rm(folder, { recursive: true, force: true }));

/** The first bytes of a real model. */
async function head(bytes: number): Promise<Buffer> {
  const buffer = Buffer.alloc(bytes);
  const file = await open(models.nano, "r");
  await file.read(buffer, 0, bytes, 0);
  await file.close();
  return buffer;
}

const refusesFile = test.macro({
  exec: async (t, content: () => Promise<Buffer> | Buffer, code: ToolkenErrorCode, message: RegExp) => {
    const path = join(folder, `${t.title.replaceAll(/\W/gu, "-")}.gguf`);
    await writeFile(path, await content());
    await rejectsWith(t, loadModel(path, { gpu: "cpu" }), code, message);
  },
  title: (what) => `refuses ${what ?? ""}`,
});

test("an empty file", refusesFile, () => Buffer.alloc(0), "FILE_INVALID", /GGUF file/u);
test("random bytes", refusesFile, () => Buffer.alloc(4096, 0x5a), "FILE_INVALID", /"ZZZZ"/u);
test("a header alone", refusesFile, () => Buffer.from("GGUF"), "MODEL_LOAD_FAILED", /can load/u);
test("a header with nonsense after it", refusesFile, () => garbage(), "MODEL_LOAD_FAILED", /can load/u);
test("a truncated header", refusesFile, () => head(2000), "MODEL_LOAD_FAILED", /can load/u);
test("truncated tensors", refusesFile, truncated, "MODEL_LOAD_FAILED", /can load/u);
test("nonsense in the metadata", refusesFile, scrambled, "MODEL_LOAD_FAILED", /can load/u);

function garbage(): Buffer {
  const bytes = Buffer.alloc(64 * 1024);
  for (let i = 0; i < bytes.length; i++) bytes[i] = (i * 7919) % 251;
  bytes.write("GGUF");
  bytes.writeUInt32LE(3, 4);
  return bytes;
}

async function truncated(): Promise<Buffer> {
  const whole = await readFile(models.nano);
  return whole.subarray(0, Math.floor(whole.length * 0.8));
}

async function scrambled(): Promise<Buffer> {
  const bytes = await head(200_000);
  for (let i = 64; i < bytes.length; i += 97) bytes[i] = (bytes[i]! + 131) % 256;
  return bytes;
}

test("refuses a missing file with its path", async (t) => {
  await rejectsWith(t, loadModel(join(folder, "absent.gguf")), "FILE_NOT_FOUND", /absent\.gguf/u);
});

test("refuses options that it does not know what to do with", async (t) => {
  const load = (options: object): Promise<unknown> => loadModel("x.gguf", options);
  await rejectsWith(t, loadModel(7 as never), "INVALID_ARGUMENT", /path .* 7 of type number/u);
  await rejectsWith(t, load({ gpu: "quantum" }), "INVALID_ARGUMENT", /for gpu but received "quantum"/u);
  await rejectsWith(t, load({ gpuLayers: -1 }), "INVALID_ARGUMENT", /gpuLayers/u);
  await rejectsWith(t, load({ threads: 1.5 }), "INVALID_ARGUMENT", /threads/u);
});

test("refuses a GPU backend that finds no device", async (t) => {
  await rejectsWith(t, loadModel(models.nano, { gpu: "metal" }), "BACKEND_UNAVAILABLE", /metal device/u);
});

test("aborts before and while it loads", async (t) => {
  await rejectsWith(t, loadTestModel(models.nano, { signal: AbortSignal.abort() }), "ABORTED");
  const controller = new AbortController();
  const loading = loadTestModel(models.nano, { signal: controller.signal, mmap: false });
  controller.abort(new Error("enough"));
  const error = await rejectsWith(t, loading, "ABORTED");
  t.is((error?.cause as Error).message, "enough");
});

test("reports facts, progress and a fingerprint, and frees itself", async (t) => {
  const fractions: number[] = [];
  const model = await loadTestModel(models.nano, { onProgress: ({ done }) => fractions.push(done) });
  t.is(model.facts.architecture, "llama");
  t.is(model.facts.backend, "cpu");
  t.true(model.facts.embeddingLength > 0 && model.facts.vocabularySize > 0 && model.facts.layers > 0);
  t.is(model.facts.metadata["general.architecture"], "llama");
  t.is(fractions.at(-1), 1, "whoever awaits the model has heard of all progress");
  const identity = await model.identity();
  t.regex(identity.fingerprint ?? "", /^[0-9a-f]{64}$/u);
  t.is(await model.fingerprint(), identity.fingerprint ?? "");

  const context = await model.createContext({ contextSize: 64 });
  await model.dispose();
  await model.dispose();
  t.true(model.disposed);
  await rejectsWith(t, model.createContext(), "DISPOSED");
  await rejectsWith(t, context.length(0), "DISPOSED");
  t.throws(() => model.tokenizer.encode("a"), { code: "DISPOSED" });
});

test("a context that is being made when its model is disposed goes with it", async (t) => {
  const model = await loadModel(models.nano, { gpu: "cpu" });
  const making = model.createContext({ contextSize: 256 });
  // It has begun.
  await new Promise((resolve) => setImmediate(resolve));
  const disposed = model.dispose();
  await rejectsWith(t, model.createContext(), "DISPOSED");
  await disposed;
  t.true(model.disposed);
  const context = await making;
  await rejectsWith(t, context.length(0), "DISPOSED");
});

test.serial("gives its memory back", async (t) => {
  const cycle = async (): Promise<void> => {
    await using model = await loadTestModel(models.nano);
    await using context = await model.createContext({ contextSize: 512, hiddenStates: true });
    const head = model.createHead(1000);
    await context.updateHead(head, new Float32Array(1000 * model.facts.embeddingLength), 1000);
    await context.attachHead(head, [0], { topTokens: 8, topTools: 8, inGraph: true });
    await context.prefill(0, model.tokenizer.encode("What is 12 plus 30?"));
    head.dispose();
  };
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const residentAfter = async (cycles: number): Promise<number> => {
    for (let i = 0; i < cycles; i++) await cycle();
    collect();
    return process.memoryUsage().rss / 2 ** 20;
  };
  // One leaked context alone would add its compute buffers and KV cells: tens of MiB each time. What the allocator
  // keeps per thread grows too, but not for ever.
  let before = await residentAfter(6);
  let grown = Infinity;
  for (let round = 0; round < 4 && grown >= 48; round++) {
    const after = await residentAfter(6);
    grown = after - before;
    before = after;
  }
  t.true(grown < 48, `grew by ${grown.toFixed(0)} MiB`);
});

test("is freed by await using", async (t) => {
  let escaped;
  {
    await using model = await loadTestModel(models.nano);
    escaped = model;
    t.false(model.disposed);
  }
  t.true(escaped.disposed);
});
