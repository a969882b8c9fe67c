// Chat templates of published models, as llama.cpp's sources hold them (models/templates).
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const bundle = fileURLToPath(
  new URL("../../../node_modules/node-llama-cpp/llama/gitRelease.bundle", import.meta.url),
);
const run = promisify(execFile);

/** Sources by file name without `.jinja`; empty where the bundle or git is missing. */
export async function llamaTemplates(folder: string): Promise<ReadonlyMap<string, string>> {
  if (!existsSync(bundle)) return new Map();
  // A git hook's environment would point git at another repository.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("GIT_")));
  const repository = join(folder, "llama.git");
  const git = async (...args: string[]): Promise<string> =>
    (await run("git", args, { env, maxBuffer: 2 ** 24 })).stdout;
  try {
    await git("clone", "--quiet", "--bare", bundle, repository);
  } catch (error) {
    if ((error as { code?: unknown }).code === "ENOENT") return new Map();
    throw error;
  }
  const listed = await git("--git-dir", repository, "ls-tree", "--name-only", "HEAD", "models/templates/");
  const paths = listed.split("\n").filter((path) => path.endsWith(".jinja"));
  const sources = await Promise.all(
    paths.map((path) => git("--git-dir", repository, "show", `HEAD:${path}`)),
  );
  return new Map(paths.map((path, i) => [path.replace(/^.*\/|\.jinja$/gu, ""), sources[i]!]));
}
