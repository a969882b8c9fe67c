// Puts the addon where a published package carries it, prebuilds/<platform>/toolken.node.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { availableParallelism } from "node:os";
import { basename, dirname, join, relative } from "node:path";
import { performance } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { extractLlama } from "./llama-sources.mjs";
import { sources, writeLookupTables } from "./lookup-tables.mjs";
import { TARGETS, compile, findZig, versionOf } from "./zig.mjs";

const HELP = `Usage: node scripts/prebuild.mjs [--all | --target=linux-x64,win32-x64] [--out=folder]

Without options (npm's prepack): the addon that \`npm run build:native\` made, for this platform alone. With --all or --target: cross compiled with zig, the same bytes on every machine.
`;

const root = fileURLToPath(new URL("..", import.meta.url));
const build = join(root, "build");
const { values: options } = parseArgs({
  options: {
    all: { type: "boolean", default: false },
    target: { type: "string" },
    out: { type: "string", default: join(root, "prebuilds") },
    help: { type: "boolean", default: false },
  },
});

if (options.help) console.log(HELP);
else if (options.all) await crossCompile(Object.keys(TARGETS));
else if (options.target !== undefined) await crossCompile(options.target.split(","));
else copyBuilt();

function binaryOf(name) {
  return join(options.out, name, "toolken.node");
}

async function crossCompile(names) {
  const unknown = names.find((name) => !(name in TARGETS));
  if (unknown !== undefined)
    throw new Error(`Expected one of ${Object.keys(TARGETS).join(", ")} but received ${unknown}`);

  const zig = findZig(join(build, "zig"));
  const llama = join(build, "llama.cpp");
  extractLlama({ packageFolder: packageFolder("node-llama-cpp"), target: llama, everything: false });
  const lookup = join(build, "lookup");
  writeLookupTables({ root, llama, nodeApi: packageFolder("node-api-headers"), target: lookup });
  const env = {
    ...process.env,
    ZIG_GLOBAL_CACHE_DIR: process.env.ZIG_GLOBAL_CACHE_DIR ?? join(build, "zig-cache"),
    ZIG_LOCAL_CACHE_DIR: join(build, "zig-cache", "local"),
  };
  for (const name of names) {
    const started = performance.now();
    await crossCompileOne(name, { zig, llama, lookup, env });
    const file = binaryOf(name);
    const seconds = ((performance.now() - started) / 1000).toFixed(0);
    console.log(
      `${name.padEnd(13)} ${(statSync(file).size / 1e6).toFixed(2)} MB  sha256 ${sha256(file)}  ${seconds} s`,
    );
  }
  if (process.platform === "linux" && names.length > 0) console.log(`zig ${versionOf(zig)}`);
}

async function crossCompileOne(name, { zig, llama, lookup, env }) {
  const { zig: target, link } = TARGETS[name];
  const objects = join(build, "prebuild", name);
  rmSync(objects, { recursive: true, force: true });
  mkdirSync(objects, { recursive: true });
  // Paths relative to the root: none of this machine's gets into the binary.
  const here = (path) => relative(root, path).replaceAll("\\", "/");
  const flags = [
    ...[
      "-target",
      target,
      "-std=c++20",
      "-O3",
      "-g0",
      "-DNDEBUG",
      "-fPIC",
      "-Wall",
      "-Wextra",
      "-Wpedantic",
      "-Werror",
    ],
    ...["-fvisibility=hidden", "-fvisibility-inlines-hidden", "-ffunction-sections", "-fdata-sections"],
    ...["-DTOOLKEN_LLAMA_LOOKUP", "-DTOOLKEN_NODE_LOOKUP", "-DNAPI_VERSION=8", "-DNAPI_CPP_EXCEPTIONS"],
    ...["-DNODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS", "-DBUILDING_NODE_EXTENSION"],
    ...["-Inative", `-I${here(lookup)}`],
    ...[
      join(llama, "include"),
      join(llama, "ggml", "include"),
      join(packageFolder("node-api-headers"), "include"),
    ]
      .concat(packageFolder("node-addon-api"))
      .flatMap((folder) => ["-isystem", here(folder)]),
  ];
  const files = sources(join(root, "native")).filter((file) => file.endsWith(".cpp"));
  const object = (file) => here(join(objects, `${basename(dirname(file))}-${basename(file)}.o`));
  const settings = { zig, cwd: root, env, jobs: availableParallelism() };
  await compile(
    files.map((file) => [...flags, "-c", here(file), "-o", object(file)]),
    settings,
  );

  const unfinished = join(objects, "toolken.node");
  await compile(
    [
      [
        "-target",
        target,
        "-shared",
        "-s",
        "-o",
        here(unfinished),
        ...files.map(object),
        ...linkFlags(link, objects, here),
      ],
    ],
    settings,
  );
  if (link === "pe") removeLinkTime(unfinished);
  mkdirSync(dirname(binaryOf(name)), { recursive: true });
  renameSync(unfinished, binaryOf(name));
}

/** The linker writes the time into the PE header, 8 bytes after its signature: the bytes must not depend on it. */
function removeLinkTime(file) {
  const bytes = readFileSync(file);
  bytes.writeUInt32LE(0, bytes.readUInt32LE(0x3c) + 8);
  writeFileSync(file, bytes);
}

function linkFlags(link, folder, here) {
  if (link === "macho") return ["-Wl,-undefined,dynamic_lookup", "-Wl,-dead_strip"];
  if (link === "pe") return ["-Wl,--gc-sections"];
  // Of libc++, which is linked in, nothing may be visible to other libraries.
  const exported = join(folder, "exported.map");
  writeFileSync(
    exported,
    "{ global: napi_register_module_v1; node_api_module_get_api_version_v1; local: *; };\n",
  );
  return [`-Wl,--version-script=${here(exported)}`, "-Wl,--gc-sections", "-Wl,-z,relro", "-Wl,-z,now"];
}

/** Without its symbols. Always the build against the prebuilt libraries: one from source runs beside its own libllama. */
function copyBuilt() {
  const built = join(build, "Release", "toolken.node");
  const target = binaryOf(`${process.platform}-${process.arch}`);
  if (!existsSync(built)) throw new Error(`${built} is missing: run \`npm run build:native\` first`);
  mkdirSync(dirname(target), { recursive: true });
  const unfinished = `${target}.unfinished`;
  copyFileSync(built, unfinished);
  if (process.platform !== "win32") {
    const { error, status } = spawnSync("strip", [
      process.platform === "darwin" ? "-x" : "--strip-unneeded",
      unfinished,
    ]);
    if (error ?? status !== 0) console.warn("strip is not available: the binary keeps its symbols");
  }
  renameSync(unfinished, target);
  console.log(`prebuilt ${target} (${Math.round(statSync(target).size / 1024)} kB)`);
}

function packageFolder(name) {
  const folder = join(root, "node_modules", name);
  if (!existsSync(folder)) throw new Error(`${name} is missing: run \`npm ci\``);
  return folder;
}

function sha256(file) {
  return createHash("sha256").update(readFileSync(file)).digest("hex");
}
