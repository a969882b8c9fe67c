import { copyFileSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { ToolkenError } from "../../src/errors.js";
import { loadAddon } from "../../src/native/load.js";
import { binaryCandidates, llamaLibraries, environment } from "../../src/native/locate.js";
import { tryBinary } from "../../src/native/trial.js";
import { fakeAddon, temporaryFolder, write } from "./sample.js";

test.beforeEach(() => {
  process.env.XDG_CACHE_HOME = temporaryFolder();
  delete process.env.TOOLKEN_BINARY;
});

test.serial("a missing binary: what was tried, what to do", async (t) => {
  process.env.TOOLKEN_BINARY = join(temporaryFolder(), "missing.node");
  const error = await t.throwsAsync(loadAddon(), { instanceOf: ToolkenError });
  t.like(error, { code: "BINARY_NOT_FOUND" });
  t.regex(error.message, /missing\.node \(TOOLKEN_BINARY\): no such file/u);
  t.regex(error.hint ?? "", /TOOLKEN_BINARY/u);
});

test.serial("an unfit binary: why", async (t) => {
  process.env.TOOLKEN_BINARY = write(join(temporaryFolder(), "toolken.node"), "not a binary");
  const error = await t.throwsAsync(loadAddon(), { instanceOf: ToolkenError });
  t.like(error, { code: "BINARY_INCOMPATIBLE" });
  t.regex(error.message, /toolken\.node \(TOOLKEN_BINARY\): \S/u);
});

test.serial("a binary that crashes in its trial never reaches this process", async (t) => {
  process.env.TOOLKEN_BINARY = fakeAddon(temporaryFolder(), "process.exit(4);");
  await t.throwsAsync(loadAddon(), { code: "BINARY_INCOMPATIBLE", message: /exit code 4/u });
});

test.serial("the built addon loads, once, with the CPU backend; the trial is remembered", async (t) => {
  const [first, second] = await Promise.all([loadAddon(), loadAddon()]);
  t.is(first, second);
  t.true(first.devices().some(({ backend }) => backend === "cpu"));
  t.true(first.physicalCores >= 1);
  t.is(readdirSync(join(process.env.XDG_CACHE_HOME!, "toolken", "trials")).length, 1);
});

test.serial("the CPU backend is loaded once, however many folders hold it", async (t) => {
  const addon = await loadAddon();
  t.is(addon.devices().filter(({ backend }) => backend === "cpu").length, 1);
});

test("a binary finds llama.cpp's libraries wherever they lie", async (t) => {
  const around = environment();
  const [built] = binaryCandidates(around);
  const llama = llamaLibraries(built!.path, around);
  const folder = temporaryFolder();
  mkdirSync(folder, { recursive: true });
  const moved = join(folder, "toolken.node");
  copyFileSync(built!.path, moved);
  const trial = { binary: moved, backendDirectories: [llama!.directory] };
  t.true((await tryBinary({ ...trial, llamaDirectory: llama!.directory })).fit);
  const without = await tryBinary({ ...trial, llamaDirectory: undefined });
  t.false(without.fit);
  if (without.fit === false) t.regex(without.reason, /libraries to be open/u);
});
