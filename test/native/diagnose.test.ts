import { join } from "node:path";
import test from "ava";
import { buildArguments, buildFromSource } from "../../src/native/build.js";
import { diagnose } from "../../src/native/diagnose.js";
import {
  OWN_VERSION,
  VERSION,
  fakeAddon,
  fakeLibraries,
  install,
  surroundingsIn,
  temporaryFolder,
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
