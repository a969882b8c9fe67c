// Puts the built addon, without its symbols, where a published package carries it (npm's `prepack`).
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, renameSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
// Always the build against the prebuilt libraries: one from source runs only beside its own libllama.
const built = join(root, "build", "Release", "toolken.node");
const target = join(root, "prebuilds", `${process.platform}-${process.arch}`, "toolken.node");

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
