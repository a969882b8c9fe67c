import { chmodSync, utimesSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { tryWithAndWithoutGpu } from "../../src/native/load.js";
import { rememberTrial, rememberedTrial } from "../../src/native/trial-memory.js";
import { cacheFolder } from "../../src/utils/cache-folder.js";
import { type TrialRequest, tryBinary } from "../../src/native/trial.js";
import { fakeAddon, temporaryFolder, write } from "./sample.js";

function request(binary: string, ...backendDirectories: string[]): TrialRequest {
  return { binary, llamaDirectory: undefined, backendDirectories };
}

test("a binary that loads is fit, whatever a driver prints", async (t) => {
  const binary = fakeAddon(temporaryFolder(), `console.log("driver says hello");`);
  const result = await tryBinary(request(binary, "cpu"));
  t.true(result.fit);
  if (result.fit !== true) return;
  t.deepEqual(
    result.report.devices.map(({ name }) => name),
    ["CPU"],
  );
  t.is(result.report.llamaVersion, "v0");
});

const unfit = test.macro(async (t, init: string, reason: RegExp) => {
  const result = await tryBinary(request(fakeAddon(temporaryFolder(), init), "cpu"));
  t.false(result.fit);
  if (result.fit === false) t.regex(result.reason, reason);
});
test(
  "an error while loading is the reason",
  unfit,
  `throw new Error("no CPU backend");`,
  /^no CPU backend$/u,
);
test("an early end is told with its code", unfit, `process.exit(3);`, /exit code 3/u);
test(
  "what a process said last before it ended is told",
  unfit,
  `console.error("first\\nGGML_ASSERT failed"); process.exit(1);`,
  /GGML_ASSERT failed$/u,
);

// Windows knows no signals.
const onPosix = process.platform === "win32" ? test.skip : test;
onPosix(
  "a crash is told with its signal",
  unfit,
  `process.kill(process.pid, "SIGSEGV");`,
  /crashed .*SIGSEGV/u,
);
onPosix("a missing instruction is told", unfit, `process.kill(process.pid, "SIGILL");`, /CPU instructions/u);

test("a binary that hangs is given up", async (t) => {
  const result = await tryBinary(request(fakeAddon(temporaryFolder(), "for (;;);"), "cpu"), 400);
  t.false(result.fit);
  if (result.fit === false) t.regex(result.reason, /did not answer within 0\.4 s/u);
});

test("a file that is no binary is unfit", async (t) => {
  const result = await tryBinary(
    request(write(join(temporaryFolder(), "toolken.node"), "not a binary"), "cpu"),
  );
  t.false(result.fit);
});

test("GPU backends that crash are left out, the CPU stays", async (t) => {
  const binary = fakeAddon(temporaryFolder(), "if (backendDirectories.length > 1) process.exit(9);");
  const { result, directories, gpuReason } = await tryWithAndWithoutGpu(request(binary, "cpu", "vulkan"));
  t.true(result.fit);
  t.deepEqual(directories, ["cpu"]);
  t.regex(gpuReason ?? "", /exit code 9/u);
});

test("a passed trial is remembered until the binary changes", (t) => {
  const folder = temporaryFolder();
  const asked = request(fakeAddon(folder), "cpu", "vulkan");
  t.is(rememberedTrial(asked, folder), undefined);
  rememberTrial(asked, ["cpu"], folder);
  t.deepEqual(rememberedTrial(asked, folder), ["cpu"]);
  t.is(rememberedTrial({ ...asked, backendDirectories: ["cpu"] }, folder), undefined);
  utimesSync(asked.binary, 1, 1);
  t.is(rememberedTrial(asked, folder), undefined);
});

test("a passed trial is forgotten when a library is damaged in its place", (t) => {
  const folder = temporaryFolder();
  const libraries = join(folder, "libraries");
  const library = write(join(libraries, "libllama.so"), "whole");
  const asked = request(fakeAddon(folder), libraries);
  rememberTrial(asked, [libraries], folder);
  t.deepEqual(rememberedTrial(asked, folder), [libraries]);
  write(library, "cut");
  t.is(rememberedTrial(asked, folder), undefined);
});

test("a cache that can't be written is no error", (t) => {
  const folder = temporaryFolder();
  const asked = request(fakeAddon(folder), "cpu");
  const file = write(join(folder, "file"));
  t.notThrows(() => {
    rememberTrial(asked, ["cpu"], file);
  });
  chmodSync(file, 0o400);
  t.is(rememberedTrial(asked, file), undefined);
});

test("the cache lies where the system keeps caches", (t) => {
  t.is(cacheFolder({ XDG_CACHE_HOME: "/cache" }, "linux"), join("/cache", "toolken"));
  t.regex(cacheFolder({}, "linux"), /\.cache.toolken$/u);
  t.regex(cacheFolder({}, "darwin"), /Library.Caches.toolken$/u);
  t.is(cacheFolder({ LOCALAPPDATA: "/local" }, "win32"), join("/local", "toolken"));
});
