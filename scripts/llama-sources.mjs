// Takes llama.cpp's headers (or all of its sources) out of node-llama-cpp's git bundle: no download.
import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

const HEADERS = ["include", "ggml/include", "LICENSE"];

/**
 * @param {{ packageFolder: string, target: string, everything: boolean }} options
 *   packageFolder: node-llama-cpp; target: the folder to (re)write; everything: sources too, patched as the
 *   prebuilt libraries are.
 * @returns {string} llama.cpp's version, e.g. "v0.5.0"
 */
export function extractLlama({ packageFolder, target, everything }) {
  const folder = join(packageFolder, "llama");
  const bundle = join(folder, "gitRelease.bundle");
  if (!existsSync(bundle))
    throw new Error(`${bundle} is missing: node-llama-cpp is installed without its sources`);
  const version = JSON.parse(readFileSync(join(folder, "llama.cpp.info.json"), "utf8")).tag;

  const parts = everything ? ["."] : HEADERS;
  const stamp = JSON.stringify({ version, size: statSync(bundle).size, parts });
  const stampFile = join(target, ".toolken-extracted");
  if (existsSync(stampFile) && readFileSync(stampFile, "utf8") === stamp) return version;

  const repository = `${target}.git`;
  const unfinished = `${target}.unfinished`;
  for (const leftover of [repository, unfinished]) rmSync(leftover, { recursive: true, force: true });
  mkdirSync(unfinished, { recursive: true });
  git(["clone", "--quiet", "--bare", bundle, repository]);
  git([`--git-dir=${repository}`, `--work-tree=${unfinished}`, "checkout", "HEAD", "--", ...parts]);
  if (everything) {
    const patches = join(folder, "patches");
    for (const patch of existsSync(patches) ? readdirSync(patches).sort() : []) {
      // A folder without .git of its own: without a ceiling git would take the checkout around it as the root.
      git(["apply", join(patches, patch)], { cwd: unfinished, ceiling: join(unfinished, "..") });
    }
  }
  writeFileSync(join(unfinished, ".toolken-extracted"), stamp);
  for (const old of [repository, target]) rmSync(old, { recursive: true, force: true });
  renameSync(unfinished, target);
  return version;
}

function git(args, { cwd, ceiling } = {}) {
  // A git hook's environment (GIT_DIR, …) would point git at the wrong repository.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("GIT_")));
  if (ceiling !== undefined) env.GIT_CEILING_DIRECTORIES = ceiling;
  try {
    execFileSync("git", args, { cwd, env, stdio: ["ignore", "ignore", "pipe"] });
  } catch (error) {
    if (error.code === "ENOENT")
      throw new Error("git is not installed (it unpacks llama.cpp's bundled sources)", { cause: error });
    throw new Error(`git ${args[0].startsWith("--") ? "checkout" : args[0]} failed: ${error.stderr}`, {
      cause: error,
    });
  }
}
