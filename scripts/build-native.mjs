// Builds the addon with CMake: in a checkout (npm's `prepare`) and for `toolken build` in an installed package.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, join, parse, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { missingBuildTools } from "./build-tools.mjs";
import { extractLlama } from "./llama-sources.mjs";
import { writeLookupTables } from "./lookup-tables.mjs";

const HELP = `Usage: node scripts/build-native.mjs [options] [-- CMake arguments]

  --source    build llama.cpp from the bundled sources instead of using the prebuilt libraries
  --cuda      with --source: include the CUDA backend (needs the CUDA toolkit)
  --vulkan    with --source: include the Vulkan backend (needs the Vulkan SDK)
  --portable  with --source: CPU code for every machine, not only for this one (builds longer)
  --debug     debug symbols, no optimisation
  --headers   only take llama.cpp's headers out of the bundle
  --install   install missing build tools from npm into build/tools
  --verbose   show the compiler's commands
`;

const root = fileURLToPath(new URL("..", import.meta.url));
const build = join(root, "build");
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const TOOLS = ["cmake-js", "node-addon-api", "node-api-headers", "node-llama-cpp"];

try {
  main();
} catch (error) {
  console.error(`\ntoolken: the addon was not built.\n${error.message}\n`);
  process.exitCode = 1;
}

function main() {
  const { values: options, positionals } = parseArgs({
    allowPositionals: true,
    options: Object.fromEntries(
      ["source", "cuda", "vulkan", "portable", "debug", "headers", "install", "verbose", "help"].map(
        (name) => [name, { type: "boolean", default: false }],
      ),
    ),
  });
  if (options.help) {
    console.log(HELP);
    return;
  }
  const source = options.source || options.cuda || options.vulkan || options.portable;
  if (options.install) installTools();

  const packageFolder = needPackage("node-llama-cpp");
  const llama = join(build, source ? "llama.cpp-source" : "llama.cpp");
  const version = extractLlama({ packageFolder, target: llama, everything: source });
  if (options.headers) return;
  checkTools();

  const lookup = join(build, "lookup");
  writeLookupTables({ root, llama, nodeApi: needPackage("node-api-headers"), target: lookup });

  const folder = join(build, ...[source ? "source" : "", options.debug ? "debug" : ""].filter(Boolean));
  dropMovedCache(folder);
  const settings = {
    TOOLKEN_LLAMA_SOURCE: source ? "ON" : "OFF",
    TOOLKEN_LLAMA_SOURCE_DIR: llama,
    TOOLKEN_LOOKUP_DIR: lookup,
    TOOLKEN_NODE_INCLUDE: [
      join(needPackage("node-api-headers"), "include"),
      needPackage("node-addon-api"),
    ].join(";"),
    ...(source
      ? {
          GGML_CUDA: options.cuda ? "ON" : "OFF",
          GGML_VULKAN: options.vulkan ? "ON" : "OFF",
          GGML_NATIVE: options.portable ? "OFF" : "ON",
        }
      : { TOOLKEN_LLAMA_DIR: prebuiltFolder() }),
    ...Object.fromEntries(
      positionals.map((argument) => argument.replace(/^-D/u, "").split(/=(.*)/su).slice(0, 2)),
    ),
  };
  const shared = [
    `--directory=${root}`,
    `--out=${folder}`,
    "--log-level=error",
    ...(options.debug ? ["--debug"] : []),
    ...Object.entries(settings).map(([name, value]) => `--CD${name}=${value}`),
  ];
  cmakeJs(["configure", ...shared]);
  cmakeJs([
    "build",
    ...shared,
    `--parallel=${process.env.CMAKE_BUILD_PARALLEL_LEVEL ?? availableParallelism()}`,
    ...(options.verbose ? ["--verbose"] : []),
  ]);

  const binary = join(folder, options.debug ? "Debug" : "Release", "toolken.node");
  if (!existsSync(binary)) throw new Error(`CMake finished, but ${binary} is not there`);
  writeCurrent({ binary: relative(build, binary), llama: version, source, debug: options.debug });
  console.log(
    `toolken: built ${relative(root, binary)} with llama.cpp ${version}${source ? " from source" : ""}`,
  );
}

/** Which build counts when several lie side by side: the one made last. Read by src/native/locate.ts. */
function writeCurrent(current) {
  const file = join(build, "current.json");
  const unfinished = `${file}.${process.pid}`;
  writeFileSync(unfinished, `${JSON.stringify(current, undefined, 2)}\n`);
  renameSync(unfinished, file);
}

function cmakeJs(args) {
  const program = join(needPackage("cmake-js"), "bin", "cmake-js");
  const { status, error } = spawnSync(process.execPath, [program, ...args], { cwd: root, stdio: "inherit" });
  if (error) throw error;
  if (status !== 0)
    throw new Error(`cmake-js ${args[0]} ended with exit code ${status}; see the messages above.`);
}

/** CMake refuses a cache that was made elsewhere (a copied or moved checkout). */
function dropMovedCache(folder) {
  const cache = join(folder, "CMakeCache.txt");
  if (!existsSync(cache)) return;
  const home = /^CMAKE_HOME_DIRECTORY:INTERNAL=(.*)$/mu.exec(readFileSync(cache, "utf8"))?.[1];
  if (home !== undefined && join(home, ".") === join(root, ".")) return;
  for (const part of ["CMakeCache.txt", "CMakeFiles"])
    rmSync(join(folder, part), { recursive: true, force: true });
}

/** The folder with this platform's prebuilt libllama and libggml. */
function prebuiltFolder() {
  if (process.env.TOOLKEN_LLAMA_DIR) return process.env.TOOLKEN_LLAMA_DIR;
  const system = { linux: "linux", darwin: "mac", win32: "win" }[process.platform] ?? process.platform;
  const platform = `${system}-${process.arch}${process.platform === "darwin" && process.arch === "arm64" ? "-metal" : ""}`;
  const found = findPackage(`@node-llama-cpp/${platform}`);
  const folder = found === undefined ? undefined : join(found, "bins", platform);
  if (folder === undefined || !existsSync(folder)) {
    throw new Error(
      `llama.cpp's prebuilt libraries are missing: run \`npm install @node-llama-cpp/${platform}@${llamaPackageVersion()}\`,\n` +
        "set TOOLKEN_LLAMA_DIR to a folder with libllama and libggml, or build llama.cpp too: `npx toolken build --source`.",
    );
  }
  return folder;
}

/** node_modules of the package root and of every folder above it, then build/tools. */
function findPackage(name) {
  const folders = [];
  for (let folder = root; ; folder = dirname(folder)) {
    folders.push(join(folder, "node_modules", name));
    if (folder === parse(folder).root) break;
  }
  folders.push(join(build, "tools", "node_modules", name));
  return folders.find((folder) => existsSync(join(folder, "package.json")));
}

function needPackage(name) {
  const folder = findPackage(name);
  if (folder === undefined) {
    throw new Error(
      `${name} is missing. In a checkout: \`npm ci\`. In an installed package: \`npx toolken build\`,\n` +
        "which installs the build tools from npm into the package's own build folder.",
    );
  }
  return folder;
}

/** Build tools are development dependencies: an installed package gets them only when somebody compiles. */
function installTools() {
  const missing = TOOLS.filter((name) => findPackage(name) === undefined);
  if (missing.length === 0) return;
  const prefix = join(build, "tools");
  mkdirSync(prefix, { recursive: true });
  const packages = missing.map((name) => `${name}@${manifest.devDependencies?.[name] ?? "latest"}`);
  console.log(`toolken: installing ${packages.join(", ")} into ${prefix}`);
  // Without optional packages: node-llama-cpp's are 700 MB of GPU libraries.
  const args = [
    "install",
    `--prefix=${prefix}`,
    "--no-save",
    "--ignore-scripts",
    "--omit=optional",
    ...packages,
  ];
  const { status, error } = spawnSync("npm", args, { stdio: "inherit", shell: process.platform === "win32" });
  if (error ?? status !== 0) throw new Error("npm could not install the build tools.", { cause: error });
}

function checkTools() {
  const message = missingBuildTools();
  if (message !== undefined) throw new Error(message);
}

function llamaPackageVersion() {
  return manifest.peerDependencies["node-llama-cpp"];
}
