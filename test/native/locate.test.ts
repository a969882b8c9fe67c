import { delimiter, join } from "node:path";
import test from "ava";
import { binaryCandidates, gpuLibraries, llamaLibraries } from "../../src/native/locate.js";
import { platformPackages } from "../../src/native/platform.js";
import { packageFacts } from "../../src/native/root.js";
import { OWN_VERSION, VERSION, install, surroundingsIn, temporaryFolder, write } from "./sample.js";

test("the package's root is found from the compiled code", (t) => {
  const { root, llamaPackageVersion } = packageFacts();
  t.is(root, process.cwd());
  t.is(llamaPackageVersion, VERSION);
});

const platformNames = test.macro(
  (t, platform: NodeJS.Platform, arch: string, llama: string, gpu: string[]) => {
    const names = platformPackages(platform, arch);
    t.is(names.llama, llama);
    t.deepEqual(
      names.gpu.map(({ name }) => name),
      gpu,
    );
  },
);
test("names on linux-x64", platformNames, "linux", "x64", "linux-x64", [
  "linux-x64-cuda",
  "linux-x64-cuda-ext",
  "linux-x64-vulkan",
]);
test("names on Apple silicon", platformNames, "darwin", "arm64", "mac-arm64-metal", []);
test("names on 32-bit ARM", platformNames, "linux", "arm", "linux-armv7l", []);
test("names on Windows", platformNames, "win32", "x64", "win-x64", [
  "win-x64-cuda",
  "win-x64-cuda-ext",
  "win-x64-vulkan",
]);

test("a binary is looked for in the build, the prebuilds, then the platform package", (t) => {
  const root = temporaryFolder();
  const addonPackage = install(root, "@toolken/native-linux-x64", OWN_VERSION);
  t.deepEqual(
    binaryCandidates(surroundingsIn(root)).map(({ path }) => path),
    [
      join(root, "build", "Release", "toolken.node"),
      join(root, "prebuilds", "linux-x64", "toolken.node"),
      join(addonPackage, "toolken.node"),
    ],
  );
});

test("the platform's package must have the version of the library", (t) => {
  const root = temporaryFolder();
  install(root, "@toolken/native-linux-x64", "0.0.9");
  t.is(
    binaryCandidates(surroundingsIn(root)).at(-1)?.unfit,
    `@toolken/native-linux-x64 has version 0.0.9, expected ${OWN_VERSION}`,
  );
});

test("llama.cpp's libraries lie in the platform's package; GPU packages must be of their version", (t) => {
  const root = temporaryFolder();
  const folder = install(root, "@toolken/native-linux-x64", OWN_VERSION, ["libllama.v0.4.0.so"], {
    llamaPackageVersion: "3.21.1",
  });
  install(root, "@node-llama-cpp/linux-x64-vulkan", VERSION, ["bins/linux-x64-vulkan/libggml-vulkan.so"]);
  for (const binary of [join(folder, "toolken.node"), join(root, "build", "Release", "toolken.node")]) {
    t.deepEqual(llamaLibraries(binary, surroundingsIn(root)), {
      directory: folder,
      origin: "@toolken/native-linux-x64",
      packageVersion: "3.21.1",
    });
  }
  t.is(gpuLibraries(surroundingsIn(root))[0]?.unfit, `version ${VERSION}, expected 3.21.1`);
});

test("the build made last counts", (t) => {
  const root = temporaryFolder();
  write(join(root, "build", "current.json"), '{ "binary": "source/Release/toolken.node" }');
  t.is(
    binaryCandidates(surroundingsIn(root))[0]?.path,
    join(root, "build", "source", "Release", "toolken.node"),
  );
});

test("TOOLKEN_BINARY is the only candidate", (t) => {
  const root = temporaryFolder();
  const named = join(root, "elsewhere.node");
  t.deepEqual(binaryCandidates(surroundingsIn(root, { TOOLKEN_BINARY: named })), [
    { path: named, origin: "TOOLKEN_BINARY" },
  ]);
});

test("llama.cpp is that of TOOLKEN_LLAMA_DIR, then the one built with the addon, then the platform's package", (t) => {
  const root = temporaryFolder();
  const binary = join(root, "build", "source", "Release", "toolken.node");
  t.is(llamaLibraries(binary, surroundingsIn(root)), undefined);

  const folder = install(root, "@node-llama-cpp/linux-x64", VERSION, ["bins/linux-x64/libllama.v0.5.0.so"]);
  t.deepEqual(llamaLibraries(binary, surroundingsIn(root)), {
    directory: join(folder, "bins", "linux-x64"),
    origin: "@node-llama-cpp/linux-x64",
    packageVersion: VERSION,
  });

  write(join(root, "build", "source", "bin", "libllama-common.so"));
  t.is(llamaLibraries(binary, surroundingsIn(root))?.origin, "@node-llama-cpp/linux-x64");
  write(join(root, "build", "source", "bin", "libllama.so"));
  t.is(llamaLibraries(binary, surroundingsIn(root))?.directory, join(root, "build", "source", "bin"));

  t.is(
    llamaLibraries(binary, surroundingsIn(root, { TOOLKEN_LLAMA_DIR: "/opt/llama" }))?.directory,
    "/opt/llama",
  );
});

test("an empty package that stands in for the platform's package does not count", (t) => {
  const root = temporaryFolder();
  write(
    join(root, "node_modules", "@node-llama-cpp", "linux-x64", "package.json"),
    '{ "name": "empty-npm-package", "version": "1.0.0" }',
  );
  t.is(llamaLibraries(join(root, "toolken.node"), surroundingsIn(root)), undefined);
});

test("installed GPU packages are found; those of another version are marked", (t) => {
  const root = temporaryFolder();
  const vulkan = install(root, "@node-llama-cpp/linux-x64-vulkan", VERSION, [
    "bins/linux-x64-vulkan/libggml-vulkan.so",
  ]);
  install(root, "@node-llama-cpp/linux-x64-cuda", "3.0.0", ["bins/linux-x64-cuda/libggml-cuda.so"]);
  const [cuda, second, ...rest] = gpuLibraries(surroundingsIn(root));
  t.is(cuda?.unfit, `version 3.0.0, expected ${VERSION}`);
  t.deepEqual(second, {
    directory: join(vulkan, "bins", "linux-x64-vulkan"),
    origin: "@node-llama-cpp/linux-x64-vulkan",
  });
  t.deepEqual(rest, []);
});

test("TOOLKEN_BACKEND_DIRS is a path list", (t) => {
  const root = temporaryFolder();
  const missing = join(root, "missing");
  const found = gpuLibraries(surroundingsIn(root, { TOOLKEN_BACKEND_DIRS: [root, missing].join(delimiter) }));
  t.deepEqual(
    found.map(({ directory, unfit }) => [directory, unfit]),
    [
      [root, undefined],
      [missing, "the folder does not exist"],
    ],
  );
});
