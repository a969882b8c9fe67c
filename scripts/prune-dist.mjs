// Removes from dist/src what no file of src compiles to any more: tsc leaves the outputs of moved and deleted
// files, and npm would pack them. Everything that is current stays, so that tests can run beside it.
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** @returns {string[]} what was removed, relative to dist/src */
export function pruneDist(root) {
  const dist = join(root, "dist", "src");
  if (!existsSync(dist)) return [];
  const stale = readdirSync(dist, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(dist.length + 1))
    .filter((file) => !existsSync(join(root, "src", sourceOf(file))));
  for (const file of stale) rmSync(join(dist, file), { force: true });
  return stale;
}

function sourceOf(file) {
  return file.replace(/(?:\.js|\.js\.map|\.d\.ts)$/u, ".ts");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const count = pruneDist(fileURLToPath(new URL("..", import.meta.url))).length;
  if (count > 0) console.error(`removed ${count} stale files of dist/src`);
}
