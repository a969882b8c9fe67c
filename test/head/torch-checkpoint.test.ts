import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import test from "ava";
import type { Tensor } from "../../src/head/dtypes.js";
import { readTorchCheckpoint } from "../../src/head/torch-checkpoint.js";
import { scratchFile, scratchFolder, throwsCode } from "../utils/scratch.js";
import {
  checkpoint,
  concat,
  op,
  sound,
  stateDict,
  storages,
  tensorPickle,
  weight,
  type TensorParts,
} from "./assemble-checkpoint.js";

const reads = test.macro({
  exec: async (t, bytes: Uint8Array, value: unknown) => {
    // Through JSON, since dicts have no prototype, and tensors have typed arrays.
    const plain = (object: unknown) =>
      JSON.stringify(object, (_, item: unknown) =>
        typeof item === "bigint"
          ? `${item}n`
          : ArrayBuffer.isView(item)
            ? Object.values(item).map(String)
            : item,
      );
    t.is(plain(await readTorchCheckpoint(await scratchFile(t, bytes, "a.pth"))), plain(value));
  },
  title: (name) => `reads ${name ?? ""}`,
});

const F32 = (shape: number[], ...values: number[]) => ({
  dtype: "F32",
  shape,
  data: Float32Array.from(values),
});
const tensor = (parts: TensorParts) => checkpoint(tensorPickle(parts), storages);

test("a state dict", reads, sound(), { weight: F32([2, 3], 1, 2, 3, 4, 5, 6) });
test("a tensor alone", reads, tensor(weight), F32([2, 3], 1, 2, 3, 4, 5, 6));
test(
  "a transposed tensor",
  reads,
  tensor({ length: 6, shape: [3, 2], strides: [1, 3] }),
  F32([3, 2], 1, 4, 2, 5, 3, 6),
);
test(
  "a slice",
  reads,
  tensor({ length: 6, offset: 1, shape: [2, 2], strides: [3, 1] }),
  F32([2, 2], 2, 3, 5, 6),
);
test("a repeated row", reads, tensor({ length: 6, shape: [2, 2], strides: [0, 1] }), F32([2, 2], 1, 2, 1, 2));
test("a scalar", reads, tensor({ length: 6, offset: 5, shape: [], strides: [] }), F32([], 6));
test("an empty tensor", reads, tensor({ length: 6, offset: 6, shape: [0, 3], strides: [3, 1] }), F32([0, 3]));
test(
  "half precision",
  reads,
  checkpoint(tensorPickle({ type: "BFloat16Storage", length: 2, shape: [2], strides: [1] }), {
    "0": Uint8Array.of(0x80, 0x3f, 0, 0xc0),
  }),
  { dtype: "BF16", shape: [2], data: Uint16Array.of(0x3f80, 0xc000) },
);
test(
  "64-bit integers",
  reads,
  checkpoint(tensorPickle({ type: "LongStorage", length: 1, shape: [1], strides: [1] }), {
    "0": new Uint8Array(8).fill(0xff),
  }),
  { dtype: "I64", shape: [1], data: BigInt64Array.of(-1n) },
);
test(
  "plain values",
  reads,
  checkpoint(
    concat(
      op.dict,
      op.mark,
      ...[op.text("a"), op.float(1.5), op.text("b"), op.list, op.none, op.append, op.int(7), op.int(-7)],
      ...[
        op.text("c"),
        op.long([0, 0, 0, 0, 0, 0, 0, 0x80]),
        op.text("d"),
        op.long([0xfe]),
        op.text("e"),
        op.long([]),
      ],
      op.text("__proto__"),
      op.text("é🔧"),
      op.setItems,
    ),
  ),
  { "7": -7, a: 1.5, b: [null], c: -(2n ** 63n), d: -2, e: 0, ["__proto__"]: "é🔧" },
);
test("a value mentioned twice", reads, checkpoint(concat(op.list, op.put(0), op.get(0), op.tuple2)), [
  [],
  [],
]);
test(
  "zip64 records",
  reads,
  checkpoint(tensorPickle(weight), storages, { zip64: true }),
  F32([2, 3], 1, 2, 3, 4, 5, 6),
);
test("a zip comment", reads, checkpoint(op.none, {}, { comment: "PK\u0005\u0006 hello" }), null);

test("two tensors of one storage, one parameter", async (t) => {
  const parameter = concat(
    op.global("torch._utils", "_rebuild_parameter"),
    op.mark,
    tensorPickle({ ...weight, shape: [3], strides: [2] }),
    op.false,
    op.none,
    op.tuple,
    op.reduce,
  );
  const path = await scratchFile(
    t,
    checkpoint(stateDict({ a: tensorPickle(weight), b: parameter }), storages),
  );
  const { a, b } = (await readTorchCheckpoint(path)) as unknown as Record<string, Tensor>;
  t.deepEqual([...a!.data], [1, 2, 3, 4, 5, 6]);
  t.deepEqual([...b!.data], [1, 3, 5]);
});

test("a missing file", async (t) => {
  const path = join(await scratchFolder(t), "none.pth");
  await throwsCode(t, "FILE_NOT_FOUND", /none\.pth/, () => readTorchCheckpoint(path));
});

test("published heads are read as their raw bytes say", async (t) => {
  const folder = process.env.TOOLKEN_HEADS ?? "../shared/data/heads";
  if (!existsSync(folder)) {
    t.log("skipped: no published heads here");
    t.pass();
    return;
  }
  // First, second and last value, read with Python's zipfile and struct.
  const heads = {
    "funcqa__HuggingFaceTB__SmolLM2-1.7B__head_best.pth": [
      -0.012183456681668758, -0.008852166123688221, -0.06619733572006226,
    ],
    "funcqa__meta-llama__Llama-3.2-1B__head_best.pth": [
      0.02608412876725197, -0.011384964920580387, -0.035531919449567795,
    ],
  };
  for (const [name, values] of Object.entries(heads)) {
    const path = join(folder, name);
    const { weight } = (await readTorchCheckpoint(path)) as unknown as Record<string, Tensor>;
    t.deepEqual(weight!.shape, [13, 2048]);
    const data = weight!.data as Float32Array;
    t.true(data.every(Number.isFinite));
    t.deepEqual([data[0], data[1], data.at(-1)], values);
    // In both files the only storage starts at byte 768.
    const raw = (await readFile(path)).subarray(768, 768 + 13 * 2048 * 4);
    t.deepEqual(Buffer.from(data.buffer), Buffer.from(raw));
  }
});
