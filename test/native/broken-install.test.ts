// Damaged files and folders: a typed error that says what to do, and the next start works.
import { cpSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { ToolkenError } from "../../src/errors.js";
import { diagnose } from "../../src/native/diagnose.js";
import { loadAddon } from "../../src/native/load.js";
import { binaryCandidates, llamaLibraries, environment } from "../../src/native/locate.js";
import { openBinary } from "../../src/native/open.js";
import { OWN_VERSION, fakeAddon, install, surroundingsIn, temporaryFolder, write } from "./sample.js";

const around = environment();
const built = binaryCandidates(around)[0]!.path;
const libraries = llamaLibraries(built, around)!.directory;

test.beforeEach(() => {
  process.env.XDG_CACHE_HOME = temporaryFolder();
  delete process.env.TOOLKEN_BINARY;
  delete process.env.TOOLKEN_LLAMA_DIR;
});

const damaged = test.macro(async (t, change: (bytes: Buffer) => Buffer) => {
  const path = join(temporaryFolder(), "toolken.node");
  writeFileSync(path, change(readFileSync(built)));
  process.env.TOOLKEN_BINARY = path;
  const error = await t.throwsAsync(loadAddon(), { instanceOf: ToolkenError, code: "BINARY_INCOMPATIBLE" });
  t.true(error.message.includes(path));
  t.regex(error.hint ?? "", /TOOLKEN_BINARY/u);
});

test.serial("a truncated binary", damaged, (bytes) => bytes.subarray(0, 4096));
test.serial("a binary for another processor", damaged, (bytes) => {
  // e_machine of an ELF file, cputype of Mach-O, the PE header's place: none is left as it was.
  bytes.fill(0x7e, 16, 64);
  return bytes;
});
test.serial("an empty binary", damaged, () => Buffer.alloc(0));

test.serial("an addon of something else", async (t) => {
  process.env.TOOLKEN_BINARY = write(
    join(temporaryFolder(), "toolken.node.cjs"),
    "exports.hello = () => {};",
  );
  const error = await t.throwsAsync(loadAddon(), { instanceOf: ToolkenError, code: "BINARY_INCOMPATIBLE" });
  t.regex(error.message, /Expected the addon of this version .* has no function init/u);
});

test.serial("a folder of libraries without libllama", async (t) => {
  const folder = temporaryFolder();
  for (const name of readdirSync(libraries).filter((entry) => /^(?:lib)?ggml/u.test(entry)))
    cpSync(join(libraries, name), join(folder, name));
  process.env.TOOLKEN_LLAMA_DIR = folder;
  const error = await t.throwsAsync(loadAddon(), { instanceOf: ToolkenError, code: "BINARY_INCOMPATIBLE" });
  t.regex(error.message, /but llama is missing/u);
  t.regex(error.hint ?? "", /Unset TOOLKEN_LLAMA_DIR/u);
});

// The system may end the process that maps it: the trial's.
test.serial("a damaged libllama", async (t) => {
  const folder = temporaryFolder();
  for (const name of readdirSync(libraries).filter((entry) => /^(?:lib)?(?:ggml|llama)\b/u.test(entry)))
    cpSync(join(libraries, name), join(folder, name));
  const libllama = readdirSync(folder).find((name) => /^(?:lib)?llama\./u.test(name))!;
  writeFileSync(join(folder, libllama), readFileSync(join(folder, libllama)).subarray(0, 4096));
  process.env.TOOLKEN_LLAMA_DIR = folder;
  const error = await t.throwsAsync(loadAddon(), { instanceOf: ToolkenError, code: "BINARY_INCOMPATIBLE" });
  t.regex(error.hint ?? "", /Unset TOOLKEN_LLAMA_DIR/u);
});

test("a platform's package without its files: reinstall it", async (t) => {
  const root = temporaryFolder();
  const folder = install(root, "@toolken/native-linux-x64", OWN_VERSION);
  fakeAddon(folder, "", "toolken.node");
  const { ok, advice } = await diagnose(surroundingsIn(root));
  t.false(ok);
  t.regex(advice[0] ?? "", /npm install --force @toolken\/native-linux-x64@/u);
});

test.serial("what was repaired loads at the next call", async (t) => {
  const path = write(join(temporaryFolder(), "toolken.node"), "cut off");
  process.env.TOOLKEN_BINARY = path;
  process.env.TOOLKEN_LLAMA_DIR = libraries;
  await t.throwsAsync(loadAddon(), { code: "BINARY_INCOMPATIBLE" });
  cpSync(built, path);
  t.truthy((await loadAddon()).llamaVersion);
});

test.serial("a cache folder that can't be written, or was cut off by a full disk", async (t) => {
  process.env.XDG_CACHE_HOME = join(write(join(temporaryFolder(), "file")), "below");
  const addon = await loadAddon();
  t.truthy(addon.llamaVersion);
});

test("two copies of the addon in one process share llama.cpp", async (t) => {
  const copy = join(temporaryFolder(), "toolken.node");
  cpSync(built, copy);
  const [first, second] = [await loadAddon(), openBinary(copy, libraries)];
  t.not(first, second);
  t.is(second.llamaVersion, first.llamaVersion);
});
