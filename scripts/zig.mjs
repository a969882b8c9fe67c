// Cross compiling with zig's clang, libc++ and system stubs: one pinned version, so that every machine makes the
// same bytes.
import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ZIG_VERSION = "0.17.1";

/** Our name of a platform → zig's target and how its linker makes a library that Node loads. */
export const TARGETS = {
  // 2.28: RHEL 8's glibc. llama.cpp's own libraries need 2.34.
  "linux-x64": { zig: "x86_64-linux-gnu.2.28", link: "elf" },
  "linux-arm64": { zig: "aarch64-linux-gnu.2.28", link: "elf" },
  // Node 20's oldest macOS. llama.cpp's own libraries need 14.0 on arm64.
  "darwin-arm64": { zig: "aarch64-macos.11.0", link: "macho" },
  "darwin-x64": { zig: "x86_64-macos.11.0", link: "macho" },
  "win32-x64": { zig: "x86_64-windows-gnu", link: "pe" },
};

/**
 * The path of zig: $ZIG, or the one in `folder`, installed there from PyPI when it is missing.
 *
 * @param {string} folder e.g. build/zig
 */
export function findZig(folder) {
  if (process.env.ZIG) return process.env.ZIG;
  const windows = process.platform === "win32";
  const zig = join(folder, "ziglang", windows ? "zig.exe" : "zig");
  if (!existsSync(zig) || versionOf(zig) !== ZIG_VERSION) {
    console.log(`installing zig ${ZIG_VERSION} into ${folder}`);
    const python = process.env.PYTHON ?? (windows ? "python" : "python3");
    const args = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--upgrade"];
    const { error, status } = spawnSync(python, [...args, "--target", folder, `ziglang==${ZIG_VERSION}`], {
      stdio: "inherit",
    });
    if (error ?? status !== 0)
      throw new Error(`zig ${ZIG_VERSION} could not be installed with pip; name another in ZIG`, {
        cause: error,
      });
  }
  return zig;
}

export function versionOf(zig) {
  return spawnSync(zig, ["version"], { encoding: "utf8" }).stdout?.trim();
}

/**
 * Runs `zig c++` with each list of arguments, `jobs` at a time; rejects with the compiler's messages.
 *
 * @param {{ zig: string, cwd: string, env: NodeJS.ProcessEnv, jobs: number }} options
 */
export async function compile(commands, { zig, cwd, env, jobs }) {
  const waiting = [...commands];
  const work = async () => {
    for (let args = waiting.shift(); args !== undefined; args = waiting.shift()) await one(args);
  };
  const one = (args) =>
    new Promise((resolve, reject) => {
      const child = spawn(zig, ["c++", ...args], { cwd, env, stdio: ["ignore", "ignore", "pipe"] });
      let messages = "";
      child.stderr.setEncoding("utf8").on("data", (text) => (messages += text));
      child.on("error", reject);
      child.on("close", (status) => {
        if (status === 0) resolve();
        else reject(new Error(`zig c++ ${args.join(" ")} failed:\n${messages}`));
      });
    });
  await Promise.all(Array.from({ length: jobs }, work));
}

// As a program: installs zig where the build looks for it.
if (process.argv[1] === fileURLToPath(import.meta.url))
  console.log(findZig(fileURLToPath(new URL("../build/zig", import.meta.url))));
