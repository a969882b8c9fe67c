import { cpSync, readdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { buildArguments, buildFromSource } from "../../src/native/build.js";
import { diagnose } from "../../src/native/diagnose.js";
import { binaryCandidates, llamaLibraries, environment } from "../../src/native/locate.js";
import { type PlatformPackages, platformPackages } from "../../src/native/platform.js";
import {
  OWN_VERSION,
  VERSION,
  fakeAddon,
  fakeLibraries,
  install,
  surroundingsIn,
  temporaryFolder,
  write,
} from "./sample.js";

test("without a binary the doctor tells where it looked and how to build", async (t) => {
  const root = temporaryFolder();
  const found = await diagnose(surroundingsIn(root));
  t.false(found.ok);
  t.deepEqual(
    found.binaries.map(({ result }) => result),
    ["missing", "missing"],
  );
  t.regex(found.advice[0] ?? "", /toolken build/u);
  t.deepEqual(found.devices, []);
});

test("without llama.cpp's libraries the doctor names the package to install", async (t) => {
  const root = temporaryFolder();
  fakeAddon(root);
  const found = await diagnose(surroundingsIn(root, { TOOLKEN_BINARY: join(root, "fake.cjs") }));
  t.false(found.ok);
  t.is(found.binaries[0]?.result, "unfit");
  t.regex(found.binaries[0]?.reason ?? "", /@toolken\/native-linux-x64 nor @node-llama-cpp\/linux-x64/u);
});

test("llama.cpp's libraries of another version are refused", async (t) => {
  const root = temporaryFolder();
  install(root, "@node-llama-cpp/linux-x64", "3.0.0", ["bins/linux-x64/libllama.v0.so"]);
  fakeAddon(join(root, "build", "Release"), "", "toolken.node");
  const found = await diagnose(surroundingsIn(root));
  t.is(found.binaries[0]?.reason, "@node-llama-cpp/linux-x64 has version 3.0.0, expected 3.21.1 or 3.22.1");
});

test("a fit binary: versions, devices, and the GPU packages that could be added", async (t) => {
  const root = temporaryFolder();
  fakeAddon(root);
  const env = { TOOLKEN_BINARY: join(root, "fake.cjs"), TOOLKEN_LLAMA_DIR: fakeLibraries(root) };
  const found = await diagnose(surroundingsIn(root, env));
  t.true(found.ok);
  t.is(found.versions.llama, "v0");
  t.is(found.machine.physicalCores, 1);
  t.is(found.llama?.origin, "TOOLKEN_LLAMA_DIR");
  t.is(found.devices[0]?.name, "CPU");
  t.regex(found.advice.join("\n"), /linux-x64-vulkan@/u);
});

test("packages of the platform: usable, missing, of another version, each with the command", async (t) => {
  const root = temporaryFolder();
  const addon = install(root, "@toolken/native-linux-x64", OWN_VERSION, ["libllama.v0.5.0.so"], {
    llamaPackageVersion: VERSION,
  });
  fakeAddon(addon, "", "toolken.node");
  install(root, "@node-llama-cpp/linux-x64-cuda", "3.0.0", ["bins/linux-x64-cuda/libggml-cuda.so"]);
  const { packages } = await diagnose(surroundingsIn(root));
  t.deepEqual(
    packages.map(({ name, state, reason, install: command }) => [name, state, reason, command]),
    [
      [
        "@toolken/native-linux-x64",
        "unfit",
        undefined,
        `npm install --force @toolken/native-linux-x64@${OWN_VERSION}`,
      ],
      [
        "@node-llama-cpp/linux-x64-cuda",
        "unfit",
        `version 3.0.0, expected ${VERSION}`,
        `npm install @node-llama-cpp/linux-x64-cuda@${VERSION}`,
      ],
      [
        "@node-llama-cpp/linux-x64-cuda-ext",
        "missing",
        undefined,
        `npm install @node-llama-cpp/linux-x64-cuda-ext@${VERSION}`,
      ],
      [
        "@node-llama-cpp/linux-x64-vulkan",
        "missing",
        undefined,
        `npm install @node-llama-cpp/linux-x64-vulkan@${VERSION}`,
      ],
    ],
  );
});

test("the platform's package is usable beside a binary that was built here", async (t) => {
  const root = temporaryFolder();
  const here = environment();
  const built = binaryCandidates(here)[0]!.path;
  const folder = install(root, here.platform.addon, OWN_VERSION, [], { llamaPackageVersion: "3.21.1" });
  const libraries = llamaLibraries(built, here)!.directory;
  for (const name of readdirSync(libraries)) symlinkSync(join(libraries, name), join(folder, name));
  for (const target of [write(join(root, "build", "Release", "toolken.node")), join(folder, "toolken.node")])
    cpSync(built, target);
  const { packages, advice, binaries } = await diagnose(surroundingsIn(root, {}, here.platform));
  t.deepEqual(
    binaries.map(({ result }) => result),
    ["fit", "missing", "fit"],
  );
  t.like(packages[0], { name: here.platform.addon, state: "usable" });
  // GPU packages in the version of the libraries that are in use.
  if (here.platform.gpu.length > 0) t.regex(advice.join("\n"), /-vulkan@3\.21\.1/u);
});

const platforms: [NodeJS.Platform, string, string[]][] = [
  ["linux", "x64", ["linux-x64-cuda", "linux-x64-cuda-ext", "linux-x64-vulkan"]],
  ["win32", "x64", ["win-x64-cuda", "win-x64-cuda-ext", "win-x64-vulkan"]],
  ["linux", "arm64", []],
  ["darwin", "arm64", []],
  ["darwin", "x64", []],
];
for (const [system, arch, expected] of platforms) {
  test(`GPU packages that were installed on ${system}-${arch} are found and passed to the binary`, async (t) => {
    const root = temporaryFolder();
    const platform = platformPackages(system, arch);
    const folder = install(root, platform.addon, OWN_VERSION, [], { llamaPackageVersion: VERSION });
    const TOOLKEN_BINARY = fakeAddon(
      root,
      `if (backendDirectories.length !== ${1 + expected.length}) throw new Error("others");`,
    );
    fakeLibraries(folder);
    for (const { name, directory } of platform.gpu)
      install(root, `@node-llama-cpp/${name}`, VERSION, [`${directory}/a-library`]);
    const { ok, packages, gpu } = await diagnose(surroundingsIn(root, { TOOLKEN_BINARY }, platform));
    t.true(ok);
    const own = system === "darwin" && arch === "arm64" ? "binary, CPU and Metal" : "binary and CPU";
    t.like(packages[0], { name: platform.addon, purpose: own, state: "usable" });
    t.deepEqual(
      packages.slice(1).map(({ name, state }) => [name, state]),
      expected.map((name) => [`@node-llama-cpp/${name}`, "usable"]),
    );
    t.deepEqual(
      gpu.map(({ origin, unfit }) => [origin, unfit]),
      expected.map((name) => [`@node-llama-cpp/${name}`, undefined]),
    );
  });
}

test.serial("where no process can be started, a binary is loaded without a trial", async (t) => {
  const root = temporaryFolder();
  fakeAddon(root);
  const { execPath } = process;
  t.teardown(() => {
    process.execPath = execPath;
  });
  process.execPath = join(root, "missing");
  const env = { TOOLKEN_BINARY: join(root, "fake.cjs"), TOOLKEN_LLAMA_DIR: fakeLibraries(root) };
  const { ok, devices } = await diagnose(surroundingsIn(root, env));
  t.true(ok);
  t.is(devices[0]?.name, "CPU");
});

const unsupported = test.macro(async (t, platform: PlatformPackages, expected: RegExp) => {
  const { ok, advice, binaries } = await diagnose(surroundingsIn(temporaryFolder(), {}, platform));
  t.false(ok);
  t.true(binaries.length > 0);
  t.regex(advice[0] ?? "", expected);
  t.regex(advice[0] ?? "", /toolken build --source/u);
});
test(
  "a system without binaries",
  unsupported,
  platformPackages("freebsd", "x64"),
  /published for freebsd-x64/u,
);
test(
  "a processor without binaries",
  unsupported,
  platformPackages("win32", "arm64"),
  /published for win32-arm64/u,
);
test(
  "a Linux with musl",
  unsupported,
  { ...platformPackages("linux", "x64"), musl: true },
  /this system has musl: use a glibc image/u,
);

test("installed GPU backends without a device: look at the driver", async (t) => {
  const root = temporaryFolder();
  fakeAddon(root);
  const env = {
    TOOLKEN_BINARY: join(root, "fake.cjs"),
    TOOLKEN_LLAMA_DIR: fakeLibraries(root),
    TOOLKEN_BACKEND_DIRS: root,
  };
  const found = await diagnose(surroundingsIn(root, env));
  t.true(found.ok);
  t.regex(found.advice.join("\n"), /driver/u);
});

test("build options become arguments of the build script", (t) => {
  t.deepEqual(buildArguments({}), ["--install"]);
  t.deepEqual(
    buildArguments({ cuda: true, debug: true, source: false, cmake: { CMAKE_CUDA_ARCHITECTURES: "90" } }),
    ["--install", "--cuda", "--debug", "--", "-DCMAKE_CUDA_ARCHITECTURES=90"],
  );
});

test("an aborted build does not start", async (t) => {
  await t.throwsAsync(buildFromSource({ signal: AbortSignal.abort() }), { code: "ABORTED" });
});
