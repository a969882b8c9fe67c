// Verifies a release by running it, as far as this machine can: what is missing is skipped with the reason.
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { spawnSync } from "node:child_process";
import { parseArgs } from "node:util";
import { verifyArm64, verifyWindows } from "./verify-foreign.mjs";
import { verifyInstall } from "./verify-install.mjs";
import { verifyMac } from "./verify-mac.mjs";
import { Skipped, THIS_NODE, root, tarballs } from "./verify-project.mjs";

const HELP = `Usage: node scripts/verify.mjs [--quick] [--this-node] [--only=install,arm64,windows,mac] [--release=FOLDER] [--keep]

  --quick      npm alone, under the oldest and the newest Node
  --this-node  under the Node that runs this script
  --release    a folder that scripts/release.mjs made; without it one is made
`;
const NODES = ["20", "22", "24", "26"];

const { values: options } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    "this-node": { type: "boolean", default: false },
    only: { type: "string", default: "install,arm64,windows,mac" },
    release: { type: "string" },
    keep: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
if (options.help) console.log(HELP);
else main();

function main() {
  const wanted = options.only.split(",");
  const release = options.release ?? makeRelease(wanted);
  const work = mkdtempSync(join(tmpdir(), "toolken-verify-"));
  const tools = join(root, "build", "verify-tools");
  mkdirSync(tools, { recursive: true });
  try {
    const files = tarballs(release, work);
    if (wanted.includes("install")) {
      const some = {
        ...(options.quick ? { managers: ["npm"] } : {}),
        nodes: options["this-node"] ? [THIS_NODE] : options.quick ? [NODES[0], NODES.at(-1)] : NODES,
      };
      for (const { name, result } of verifyInstall({ files, work, tools, ...some })) report(name, result);
    }
    const foreign = { files, work, tools, major: "22" };
    if (wanted.includes("arm64")) attempt("linux-arm64 under qemu", () => verifyArm64(foreign));
    if (wanted.includes("windows")) attempt("win32-x64 under wine", () => verifyWindows(foreign));
    if (wanted.includes("mac"))
      for (const platform of ["darwin-arm64", "darwin-x64"])
        attempt(platform, () => verifyMac({ release, platform }));
  } finally {
    if (options.keep) console.log(`kept ${work}`);
    else rmSync(work, { recursive: true, force: true });
  }
}

/** A release of what the verifications asked for need; a quick one takes the addon that CMake built. */
function makeRelease(wanted) {
  const out = join(root, "build", "release");
  const needed = {
    install: `linux-${process.arch}`,
    arm64: "linux-arm64",
    windows: "win32-x64",
    mac: "darwin-arm64,darwin-x64",
  };
  const platforms = [...new Set(wanted.map((name) => needed[name]))].join(",");
  const args = ["--skip-tests", `--platforms=${platforms}`, `--out=${out}`];
  if (options.quick) args.push("--local-build");
  const script = join(root, "scripts", "release.mjs");
  if (spawnSync(process.execPath, [script, ...args], { cwd: root, stdio: "inherit" }).status !== 0)
    throw new Error("The release was not made");
  return out;
}

function attempt(name, verify) {
  try {
    report(name, verify());
  } catch (error) {
    if (!(error instanceof Skipped)) throw error;
    report(name, `skipped: ${error.message}`);
  }
}

function report(name, result) {
  console.log(`${name.padEnd(24)} ${result}`);
}
