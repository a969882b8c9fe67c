import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import test from "ava";
import { ToolkenError } from "../../src/errors.js";
import { readTorchCheckpoint } from "../../src/head/torch-checkpoint.js";
import { mutated, scratchFile, scratchFolder, seededRandom, throwsCode } from "../utils/scratch.js";
import {
  checkpoint,
  concat,
  op,
  sound,
  stateDict,
  storages,
  tensorPickle,
  weight,
  zip,
  type Part,
  type TensorParts,
} from "./assemble-checkpoint.js";

const refused = test.macro({
  exec: async (t, bytes: Uint8Array, message: RegExp) => {
    const path = await scratchFile(t, bytes, "hostile.pth");
    const error = await throwsCode(t, "FILE_INVALID", message, () => readTorchCheckpoint(path));
    t.true(error.message.includes("hostile.pth"));
    t.true(error.message.length < 1000);
  },
  title: (name) => `refuses ${name ?? ""}`,
});

const canary = join(process.cwd(), "a-pickle-was-executed");
const command = op.text(`touch ${canary}`);
const pickle = (...parts: readonly Part[]) => checkpoint(concat(...parts));

test.after("nothing was executed", (t) => {
  t.false(existsSync(canary));
});

test(
  "os.system by GLOBAL and REDUCE",
  refused,
  pickle(op.global("os", "system"), command, op.tuple1, op.reduce),
  /the global os\.system; nothing was executed/,
);
test(
  "posix.system by STACK_GLOBAL",
  refused,
  pickle(op.text("posix"), op.text("system"), op.stackGlobal, command, op.tuple1, op.reduce),
  /posix\.system/,
);
test(
  "builtins.eval",
  refused,
  pickle(op.global("builtins", "eval"), command, op.tuple1, op.reduce),
  /builtins\.eval/,
);
test(
  "os.system hidden in a state dict",
  refused,
  checkpoint(
    stateDict({
      weight: tensorPickle(weight),
      x: concat(op.global("os", "system"), command, op.tuple1, op.reduce),
    }),
    storages,
  ),
  /os\.system/,
);
test("INST", refused, pickle(op.mark, command, op.inst("os", "system")), /os\.system \(instruction INST\)/);
test("OBJ", refused, pickle(op.mark, op.global("collections", "OrderedDict"), [0x6f]), /OBJ/);
test("NEWOBJ", refused, pickle(op.global("collections", "OrderedDict"), op.emptyTuple, [0x81]), /NEWOBJ/);
test("NEWOBJ_EX", refused, pickle(op.none, op.none, op.none, [0x92]), /NEWOBJ_EX/);
test("EXT1", refused, pickle([0x82, 7]), /extension 7/);
test("EXT2", refused, pickle([0x83, 1, 2]), /extension 513/);
test("EXT4", refused, pickle([0x84, 1, 0, 0, 0x80]), /extension 2147483649/);
test("BUILD on a list", refused, pickle(op.list, op.dict, op.build), /BUILD/);
test(
  "BUILD on a tensor",
  refused,
  checkpoint(concat(tensorPickle(weight), op.dict, op.build), storages),
  /BUILD/,
);
test("BUILD with a state that is no dict", refused, pickle(op.dict, op.none, op.build), /BUILD/);
test("a call of a text", refused, pickle(op.text("os.system"), op.emptyTuple, op.reduce), /call/);
test(
  "a call without a tuple",
  refused,
  pickle(op.global("collections", "OrderedDict"), op.none, op.reduce),
  /call/,
);
test(
  "an OrderedDict of arguments",
  refused,
  pickle(op.global("collections", "OrderedDict"), op.none, op.tuple1, op.reduce),
  /OrderedDict/,
);
test(
  "a call of a storage type",
  refused,
  pickle(op.global("torch", "FloatStorage"), op.emptyTuple, op.reduce),
  /FloatStorage/,
);
test("a global of an allowed module", refused, pickle(op.global("torch", "load")), /torch\.load/);
test(
  "a global whose name has dots",
  refused,
  pickle(op.global("torch._utils", "os.system")),
  /torch\._utils\.os\.system/,
);
test("an allowed global as a value", refused, pickle(op.global("torch", "FloatStorage")), /as a value/);
test("a global of a megabyte", refused, pickle(op.global("x".repeat(1e6), "y")), /global x{120}…;/);
test("a global without end", refused, pickle([0x63, 0x61, 0x62]), /line of text/);
test("STACK_GLOBAL of numbers", refused, pickle(op.int(1), op.int(2), op.stackGlobal), /name of a global/);
test("text protocols", refused, pickle([0x49, 0x31, 0x0a]), /0x49 at byte 2/);
test("a protocol of the future", refused, pickle([0x80, 6]), /protocol/);

test("an empty stack", refused, pickle(), /stack/);
test("a mark as value", refused, pickle(op.mark), /stack/);
test("a tuple without mark", refused, pickle(op.none, op.tuple), /stack/);
test("TUPLE3 of two", refused, pickle(op.none, op.none, [0x87]), /stack/);
test(
  "a memo that was never set",
  refused,
  pickle([0x6a, 0xff, 0xff, 0xff, 0xff]),
  /remembered value 4294967295/,
);
test("no STOP", refused, zip([["a/data.pkl", concat(op.proto, op.none)]]), /its end/);
test("an empty pickle", refused, zip([["a/data.pkl", new Uint8Array()]]), /its end/);
test("a text of 4 GB", refused, pickle([0x58, 0xff, 0xff, 0xff, 0xff, 0x61]), /4294967295 bytes/);
test("a text of 2^64 bytes", refused, pickle([0x8d, ...new Array<number>(8).fill(0xff)]), /bytes at byte/);
test("a text that is not UTF-8", refused, pickle([0x8c, 1, 0xff]), /UTF-8/);
test("an integer of a megabyte", refused, pickle([0x8b, 0, 0, 16, 0], new Uint8Array(1e6)), /integer/);
test("an item set of a list", refused, pickle(op.list, op.none, op.none, op.setItem), /dict to set/);
test("an item appended to a dict", refused, pickle(op.dict, op.none, op.append), /list to append/);
test("a key without value", refused, pickle(op.dict, op.mark, op.text("a"), op.setItems), /pairs/);
test("a list as key", refused, pickle(op.dict, op.list, op.none, op.setItem), /key of a dict/);
test(
  "keys 1 and '1'",
  refused,
  pickle(op.dict, op.mark, op.int(1), op.none, op.text("1"), op.none, op.setItems),
  /"1" twice/,
);

// Ten lists deep, each with the one below ten times: 10^10 values when written out.
const laughs = concat(
  op.list,
  op.put(0),
  ...Array.from({ length: 10 }, (_, i) =>
    concat(op.mark, ...Array.from({ length: 10 }, () => op.get(i)), op.tuple, op.put(i + 1)),
  ),
);
test("a billion laughs", refused, pickle(laughs), /at most 1000000 values/);
test("a list that contains itself", refused, pickle(op.list, op.put(0), op.get(0), op.append), /nested/);
test("deep nesting", refused, pickle(op.none, new Uint8Array(1e6).fill(0x85)), /nested/);
test("a stack of two million", refused, pickle(new Uint8Array(2e6).fill(0x4e)), /values at a time/);
test(
  "a million doublings of a text",
  refused,
  pickle(op.text("x"), new Uint8Array(2e6).fill(0x32)),
  /values at a time/,
);

const tensorRefused = (parts: Partial<TensorParts>) =>
  checkpoint(tensorPickle({ ...weight, ...parts }), storages);
test("a negative shape", refused, tensorRefused({ shape: [-2, -3] }), /counts/);
test("negative strides", refused, tensorRefused({ strides: [-3, -1] }), /counts/);
test("a negative offset", refused, tensorRefused({ offset: -1 }), /counts/);
test("strides of another length", refused, tensorRefused({ strides: [1] }), /counts/);
test(
  "17 dimensions",
  refused,
  tensorRefused({ shape: new Array<number>(17).fill(1), strides: new Array<number>(17).fill(1) }),
  /16 dimensions/,
);
test(
  "a shape beyond counting",
  refused,
  tensorRefused({ shape: new Array<number>(9).fill(2 ** 30), strides: new Array<number>(9).fill(0) }),
  /countable/,
);
test(
  "a tensor beyond its storage",
  refused,
  tensorRefused({ shape: [3, 3] }),
  /within its storage of 6 elements, found element 8/,
);
test(
  "an offset beyond the storage",
  refused,
  tensorRefused({ offset: 6, shape: [], strides: [] }),
  /within its storage/,
);
test("a storage larger than its entry", refused, tensorRefused({ length: 7 }), /28 bytes, found 24/);
test(
  "a storage smaller than its entry",
  refused,
  tensorRefused({ length: 6, type: "HalfStorage" }),
  /12 bytes, found 24/,
);
test("a storage that is not there", refused, tensorRefused({ key: "9" }), /data\/9.*found none/);
test("a storage outside of its folder", refused, tensorRefused({ key: "../version" }), /found none/);
test("a storage of unknown type", refused, tensorRefused({ type: "QInt8Storage" }), /torch\.QInt8Storage/);
test(
  "a tensor of 4 GB out of 24 bytes",
  refused,
  tensorRefused({ shape: [2 ** 30], strides: [0] }),
  /many times larger/,
);
test(
  "a thousand tensors of one storage",
  refused,
  checkpoint(
    concat(
      op.mark,
      ...new Array<Uint8Array>(200).fill(
        tensorPickle({ ...weight, length: 600, shape: [600], strides: [1] }),
      ),
      op.tuple,
    ),
    { "0": new Uint8Array(2400) },
  ),
  /many times larger/,
);
test(
  "a storage on its own",
  refused,
  pickle(
    op.mark,
    op.text("storage"),
    op.global("torch", "FloatStorage"),
    op.text("0"),
    op.text("cpu"),
    op.int(1),
    op.tuple,
    op.persistent,
  ),
  /on its own/,
);
test("a persistent id of text", refused, pickle(op.text("storage 0"), op.persistent), /storage/);
test(
  "a tensor without storage",
  refused,
  pickle(op.global("torch._utils", "_rebuild_tensor_v2"), op.none, op.tuple1, op.reduce),
  /with a storage/,
);

const whole = sound();
test("an empty file", refused, new Uint8Array(), /zip archive.*0 bytes/);
test(
  "random bytes",
  refused,
  Uint8Array.from({ length: 5000 }, (_, i) => (i * 167) % 251),
  /zip archive/,
);
test("a truncated zip", refused, whole.subarray(0, whole.length - 30), /directory at the end/);
test("a zip without its last byte", refused, whole.subarray(0, -1), /directory at the end/);
test("a zip without its start", refused, concat(whole.subarray(0, 4), whole.subarray(64)), /./);
test(
  "an entry that lies about its size",
  refused,
  zip([["a/data.pkl", concat(op.none, op.stop)]], { size: 1 }),
  /to end before/,
);
test("an entry of 4 GB", refused, checkpoint(op.none, {}, { size: 0xfffffff0 }), /to end before/);
test("an entry at another place", refused, checkpoint(op.none, {}, { headerOffset: -64 }), /to end before/);
test(
  "a pickle at another place",
  refused,
  zip([["a/data.pkl", concat(op.proto, op.none, op.stop)]], { headerOffset: 1 }),
  /./,
);
test("an encrypted entry", refused, checkpoint(op.none, {}, { flags: 0x809 }), /unencrypted/);
test("a compressed entry", refused, checkpoint(op.none, {}, { method: 8 }), /uncompressed.*method 8/);
test("another number of entries", refused, checkpoint(op.none, {}, { entries: 9 }), /9 zip entries/);
test("a directory at another place", refused, checkpoint(op.none, {}, { directoryOffset: 1e9 }), /directory/);
test(
  "an entry of another checksum",
  refused,
  zip([["a/data.pkl", concat(op.none, op.stop)]], { crc: 1 }),
  /checksum/,
);
test(
  "two entries of one name",
  refused,
  zip([
    ["a/data.pkl", concat(op.none)],
    ["a/data.pkl", concat(op.none)],
  ]),
  /twice/,
);
test("no pickle", refused, zip([["a/version", concat("3")]]), /one data\.pkl/);
test(
  "two pickles",
  refused,
  zip([
    ["a/data.pkl", concat(op.none)],
    ["b/data.pkl", concat(op.none)],
  ]),
  /one data\.pkl.*2/,
);
test(
  "big-endian numbers",
  refused,
  zip([
    ["a/data.pkl", concat(op.none, op.stop)],
    ["a/byteorder", concat("big")],
  ]),
  /"little", found "big"/,
);

const fuzzed = test.macro({
  exec: async (t, seed: number, damage: (random: () => number) => Uint8Array) => {
    const path = join(await scratchFolder(t), "damaged.pth");
    const random = seededRandom(seed);
    let refusals = 0;
    for (let i = 0; i < 500; i++) {
      await writeFile(path, damage(random));
      try {
        await readTorchCheckpoint(path);
      } catch (error) {
        if (!(error instanceof ToolkenError)) throw error;
        if (error.code !== "FILE_INVALID") t.fail(`${i}: ${error.code} ${error.message}`);
        refusals++;
      }
    }
    t.true(refusals > 100, `${refusals} of 500 refused`);
  },
  title: (name) => `500 damaged ${name ?? ""} are read or refused, nothing else`,
});

test("archives", fuzzed, 1, (random) => mutated(whole, random));
// Inside a sound archive, since checksums would stop most damage before the pickle machine sees it.
const soundPickle = stateDict({ weight: tensorPickle(weight), meta: laughs.subarray(0, 20) });
test("pickles", fuzzed, 2, (random) => checkpoint(mutated(soundPickle, random), storages));
test("pickles of random instructions", fuzzed, 3, (random) => {
  const instructions = [
    ...Object.values(op).filter((value): value is number[] => Array.isArray(value)),
    op.int(3),
    op.text("a"),
    op.put(1),
    op.get(1),
  ];
  const parts = Array.from({ length: 40 }, () => instructions[Math.floor(random() * instructions.length)]!);
  return checkpoint(concat(op.none, ...parts), storages);
});
