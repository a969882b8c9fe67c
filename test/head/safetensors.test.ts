import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import test from "ava";
import { ToolkenError } from "../../src/errors.js";
import { SafetensorsFile, writeSafetensors } from "../../src/head/safetensors.js";
import { mutated, scratchFile, scratchFolder, seededRandom, throwsCode } from "../utils/scratch.js";

/** A safetensors file written by hand, so that it can be wrong. */
function assemble(header: unknown, tensorBytes: number, lengthLie = 0): Uint8Array {
  const json = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + json.length + tensorBytes);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length + lengthLie), true);
  bytes.set(json, 8);
  return bytes;
}

const F32 = (shape: unknown, start: unknown, end: unknown) => ({
  dtype: "F32",
  shape,
  data_offsets: [start, end],
});

test("each dtype comes back as it was written, and so does the metadata", async (t) => {
  const path = join(await scratchFolder(t), "all.safetensors");
  const tensors = {
    byte: { dtype: "U8", shape: [3], data: Uint8Array.of(1, 2, 255) },
    half: { dtype: "F16", shape: [1, 1], data: Uint16Array.of(0x3c00) },
    brain: { dtype: "BF16", shape: [2], data: Uint16Array.of(0x3f80, 0xc000) },
    float: { dtype: "F32", shape: [2, 2], data: Float32Array.of(1.5, -0, NaN, Infinity) },
    double: { dtype: "F64", shape: [], data: Float64Array.of(Math.PI) },
    int: { dtype: "I32", shape: [2], data: Int32Array.of(-1, 7) },
    long: { dtype: "I64", shape: [1], data: BigInt64Array.of(-(2n ** 60n)) },
    empty: { dtype: "F32", shape: [0, 5], data: new Float32Array() },
    ["__proto__"]: { dtype: "I8", shape: [1], data: Int8Array.of(-3) },
  } as const;
  const metadata = { "schlüssel 🗝": "wért", constructor: "c" };
  await writeSafetensors(path, { tensors, metadata });
  await using file = await SafetensorsFile.open(path);
  t.is(file.tensors.size, 9);
  for (const [name, tensor] of Object.entries(tensors)) t.deepEqual(await file.read(name), tensor, name);
  t.deepEqual({ ...file.metadata }, metadata);
  t.false("toString" in file.metadata);
  t.deepEqual([...(await file.readFloat32("brain"))], [1, -2]);
  t.deepEqual([...(await file.readFloat32("half"))], [1]);
  t.deepEqual([...(await file.readFloat32("long"))], [-(2 ** 60)]);
  await throwsCode(t, "FILE_INVALID", /tensor "none".*found/, () => file.read("none"));
});

test("writing is repeatable, and each tensor is aligned to its element", async (t) => {
  const folder = await scratchFolder(t);
  const byte = { dtype: "U8", shape: [1], data: Uint8Array.of(1) } as const;
  const float = { dtype: "F32", shape: [1], data: Float32Array.of(1) } as const;
  const double = { dtype: "F64", shape: [1], data: Float64Array.of(1) } as const;
  await writeSafetensors(join(folder, "a"), { tensors: { byte, float, double } });
  await writeSafetensors(join(folder, "b"), { tensors: { double, float, byte } });
  t.deepEqual(await readFile(join(folder, "a")), await readFile(join(folder, "b")));
  const bytes = await readFile(join(folder, "a"));
  const headerLength = Number(bytes.readBigUInt64LE(0));
  t.is(headerLength % 8, 0);
  await using file = await SafetensorsFile.open(join(folder, "a"));
  t.deepEqual(
    ["double", "float", "byte"].map((name) => file.facts(name).start),
    [0, 8, 12],
  );
});

test("rows are read without the rest", async (t) => {
  const path = join(await scratchFolder(t), "rows");
  const data = Float32Array.from({ length: 12 }, (_, i) => i);
  await writeSafetensors(path, { tensors: { m: { dtype: "F32", shape: [4, 3], data } } });
  await using file = await SafetensorsFile.open(path);
  t.deepEqual(await file.readRows("m", 1, 3), { dtype: "F32", shape: [2, 3], data: data.slice(3, 9) });
  t.deepEqual((await file.readRows("m", 4, 4)).data, new Float32Array());
  await throwsCode(t, "INVALID_ARGUMENT", /rows within 0 to 4/, () => file.readRows("m", 2, 5));
  await throwsCode(t, "INVALID_ARGUMENT", /rows/, () => file.readRows("m", 0.5, 1));
});

test("a tensor can be read though another lies about nothing but is damaged after opening", async (t) => {
  const path = join(await scratchFolder(t), "cut");
  const tensor = { dtype: "F32", shape: [2], data: Float32Array.of(1, 2) } as const;
  await writeSafetensors(path, { tensors: { a: tensor, b: tensor } });
  await using file = await SafetensorsFile.open(path);
  await writeFile(path, (await readFile(path)).subarray(0, -4));
  t.deepEqual((await file.read("a")).data, tensor.data);
  await throwsCode(t, "FILE_INVALID", /cut short/, () => file.read("b"));
});

test("values that do not fit are not written", async (t) => {
  const path = join(await scratchFolder(t), "no");
  const write = (tensor: unknown, name = "m") =>
    writeSafetensors(path, { tensors: { [name]: tensor as never } });
  const data = Float32Array.of(1, 2);
  await throwsCode(t, "INVALID_ARGUMENT", /shape of 2 values/, () =>
    write({ dtype: "F32", shape: [3], data }),
  );
  await throwsCode(t, "INVALID_ARGUMENT", /shape/, () => write({ dtype: "F32", shape: [-1, -2], data }));
  await throwsCode(t, "INVALID_ARGUMENT", /array of F16/, () => write({ dtype: "F16", shape: [2], data }));
  await throwsCode(t, "INVALID_ARGUMENT", /dtype/, () => write({ dtype: "F4", shape: [2], data }));
  await throwsCode(t, "INVALID_ARGUMENT", /another name/, () =>
    write({ dtype: "F32", shape: [2], data }, "__metadata__"),
  );
  await t.throwsAsync(readFile(path), { code: "ENOENT" });
});

const refused = test.macro({
  exec: async (t, bytes: Uint8Array, message: RegExp) => {
    const path = await scratchFile(t, bytes, "hostile.safetensors");
    const error = await throwsCode(t, "FILE_INVALID", message, () => SafetensorsFile.open(path));
    t.true(error.message.includes("hostile.safetensors"));
  },
  title: (name) => `refused: ${name ?? ""}`,
});

const huge = new Uint8Array(16).fill(0xff);
const beyondLimit = assemble("{}", 0, 100_000_000);
test("an empty file", refused, new Uint8Array(), /at least 8 bytes, found 0 bytes/);
test("seven bytes", refused, new Uint8Array(7), /found 7 bytes/);
test("a header length of 2^64-1", refused, huge, /at most 100000000 bytes, found 18446744073709551615/);
test("a header over 100 MB", refused, beyondLimit, /at most 100000000/);
test("a header beyond the file", refused, assemble("{}", 0, 1), /header of 3 bytes, found 2 bytes/);
test("no header", refused, assemble("", 0), /JSON/);
test("no JSON", refused, assemble("{'a':1}", 0), /JSON/);
test("binary garbage", refused, assemble("\u0000\u0001ÿ{}", 0), /JSON/);
test("not UTF-8", refused, Uint8Array.of(3, 0, 0, 0, 0, 0, 0, 0, 0x22, 0xff, 0x22), /JSON/);
test("a JSON array", refused, assemble([1], 0), /JSON object.*\[1\]/);
test("null", refused, assemble("null", 0), /JSON object/);
test("deep nesting", refused, assemble("[".repeat(200_000), 0), /JSON/);
test("metadata that is no object", refused, assemble({ __metadata__: "x" }, 0), /__metadata__/);
test(
  "metadata that is no string",
  refused,
  assemble({ __metadata__: { a: 1 } }, 0),
  /string for the metadata key "a"/,
);
test(
  "a duplicate tensor",
  refused,
  assemble('{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"a":1}', 0),
  /twice/,
);
test("a duplicate metadata key", refused, assemble('{"__metadata__":{"k":"1","k":"2"}}', 0), /"k" twice/);
test("a tensor that is no object", refused, assemble({ a: 3 }, 0), /object for tensor "a"/);
test("an unknown dtype", refused, assemble({ a: { ...F32([1], 0, 4), dtype: "F8" } }, 4), /dtype.*"F8"/);
test("dtype toString", refused, assemble({ a: { ...F32([1], 0, 4), dtype: "toString" } }, 4), /dtype/);
test("no shape", refused, assemble({ a: F32(undefined, 0, 4) }, 4), /shape/);
test("a negative length", refused, assemble({ a: F32([-1, -1], 0, 4) }, 4), /shape.*\[-1,-1\]/);
test("a fraction as length", refused, assemble({ a: F32([0.5, 2], 0, 4) }, 4), /shape/);
test("an overflowing shape", refused, assemble({ a: F32([2 ** 40, 2 ** 40], 0, 4) }, 4), /counted/);
test("offsets in reverse", refused, assemble({ a: F32([1], 4, 0) }, 4), /data_offsets/);
test("negative offsets", refused, assemble({ a: F32([1], -4, 0) }, 4), /data_offsets/);
test("offsets as text", refused, assemble({ a: F32([1], "0", "4") }, 4), /data_offsets/);
test(
  "three offsets",
  refused,
  assemble({ a: { ...F32([1], 0, 4), data_offsets: [0, 4, 4] } }, 4),
  /data_offsets/,
);
test("shape and size apart", refused, assemble({ a: F32([2], 0, 4) }, 4), /8 bytes for tensor "a".*found 4/);
test(
  "a tensor beyond the file",
  refused,
  assemble({ a: F32([4], 0, 16) }, 8),
  /16 bytes of tensors, found 8/,
);
test("bytes of no tensor", refused, assemble({ a: F32([1], 0, 4) }, 8), /4 bytes of tensors, found 8/);
test("an overlap", refused, assemble({ a: F32([2], 0, 8), b: F32([1], 4, 8) }, 8), /overlap/);
test("a tensor twice", refused, assemble({ a: F32([1], 0, 4), b: F32([1], 0, 4) }, 4), /overlap/);
test("a gap", refused, assemble({ a: F32([1], 0, 4), b: F32([1], 8, 12) }, 12), /gap/);

test("a header padded with spaces, and a file without tensors, are fine", async (t) => {
  const path = await scratchFile(t, assemble("{}        ", 0));
  await using file = await SafetensorsFile.open(path);
  t.is(file.tensors.size, 0);
});

test("missing files, folders", async (t) => {
  const folder = await scratchFolder(t);
  await throwsCode(t, "FILE_NOT_FOUND", /none/, () => SafetensorsFile.open(join(folder, "none")));
  await throwsCode(t, "FILE_INVALID", /regular file/, () => SafetensorsFile.open(folder));
});

test("500 damaged files are read or refused, nothing else", async (t) => {
  const folder = await scratchFolder(t);
  const sound = join(folder, "sound");
  await writeSafetensors(sound, {
    tensors: {
      weight: { dtype: "F32", shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) },
      more: { dtype: "I64", shape: [1], data: BigInt64Array.of(1n) },
    },
    metadata: { a: "b" },
  });
  const bytes = await readFile(sound);
  const path = join(folder, "damaged");
  const random = seededRandom(7);
  let refusals = 0;
  for (let i = 0; i < 500; i++) {
    await writeFile(path, mutated(bytes, random));
    try {
      await using file = await SafetensorsFile.open(path);
      for (const name of file.tensors.keys()) await file.readFloat32(name);
    } catch (error) {
      if (!(error instanceof ToolkenError)) throw error;
      if (error.code !== "FILE_INVALID") t.fail(`${i}: ${error.code} ${error.message}`);
      refusals++;
    }
  }
  t.true(refusals > 250, `${refusals} of 500 refused`);
});
