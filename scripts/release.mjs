// Makes a release in one folder: build, test, pack, limits, checksums, bill of materials. It publishes nothing.
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { PLATFORMS, pack, stageLibrary, stagePlatform } from "./release-packages.mjs";
import { bill, sha256 } from "./release-sbom.mjs";
import { findZig, versionOf } from "./zig.mjs";

const HELP = `Usage: node scripts/release.mjs [--out=build/release] [--platforms=linux-x64,…] [--skip-tests] [--skip-build]

  --skip-build   prebuilds/ and dist/ are there already
  --local-build  this platform's addon as CMake built it, instead of cross compiling
`;
const MAX_TARBALL_MB = 12;

const root = fileURLToPath(new URL("..", import.meta.url));
const { values: options } = parseArgs({
  options: {
    out: { type: "string", default: join(root, "build", "release") },
    platforms: { type: "string", default: Object.keys(PLATFORMS).join(",") },
    "skip-tests": { type: "boolean", default: false },
    "local-build": { type: "boolean", default: false },
    "skip-build": { type: "boolean", default: false },
    refuse: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

if (options.help) console.log(HELP);
// npm's prepublishOnly in a checkout: what is published are the tarballs.
else if (options.refuse)
  throw new Error("Publish the tarballs that scripts/release.mjs makes, not the checkout");
else main();

function main() {
  const names = options.platforms.split(",");
  if (!options["skip-build"]) {
    run("npm", ["run", "build:ts"]);
    const target = options["local-build"] ? [] : [`--target=${names.join(",")}`];
    run(process.execPath, [join(root, "scripts", "prebuild.mjs"), ...target]);
  }
  if (!options["skip-tests"]) run("npm", ["test"]);

  rmSync(options.out, { recursive: true, force: true });
  mkdirSync(options.out, { recursive: true });
  const stage = join(options.out, "stage");
  stageLibrary({ root, target: join(stage, "native") });
  for (const name of names) {
    stagePlatform({
      root,
      name,
      addon: join(root, "prebuilds", name, "toolken.node"),
      cache: join(root, "build", "llama-packages"),
      target: join(stage, `native-${name}`),
    });
  }
  const tarballs = ["native", ...names.map((name) => `native-${name}`)].map((folder) =>
    pack(join(stage, folder), options.out),
  );

  const materials = join(options.out, "sbom.cdx.json");
  const zig = options["local-build"] ? undefined : versionOf(findZig(join(root, "build", "zig")));
  writeFileSync(materials, `${JSON.stringify(bill({ root, stage, names, zig }), undefined, 2)}\n`);
  const sums = [...tarballs, materials].map((file) => `${sha256(file)}  ${basename(file)}\n`).join("");
  writeFileSync(join(options.out, "SHA256SUMS"), sums);
  for (const file of tarballs) {
    const megabytes = statSync(file).size / 1e6;
    console.log(`${basename(file).padEnd(40)} ${megabytes.toFixed(2)} MB`);
    if (megabytes > MAX_TARBALL_MB)
      throw new Error(
        `Expected at most ${MAX_TARBALL_MB} MB but ${basename(file)} has ${megabytes.toFixed(2)}`,
      );
  }
  console.log(sums);
}

function run(program, args) {
  const { error, status } = spawnSync(program, args, {
    cwd: root,
    stdio: "inherit",
    shell: process.platform === "win32" && program === "npm",
  });
  if (error ?? status !== 0)
    throw new Error(`${program} ${args.join(" ")} ended with exit code ${status}`, { cause: error });
}
