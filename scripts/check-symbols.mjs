// The addon needs no newer libstdc++ or glibc than llama.cpp's prebuilt libraries, or it would not load where
// they do.
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const platform = `linux-${process.arch}`;
const libraries = join(root, "node_modules", "@node-llama-cpp", platform, "bins", platform);
const addons = [
  join(root, "build", "Release", "toolken.node"),
  join(root, "prebuilds", `${process.platform}-${process.arch}`, "toolken.node"),
].filter((file) => existsSync(file));

if (process.platform !== "linux") process.exit(0);
const allowed = highest(
  readdirSync(libraries)
    .filter((name) => /^lib(?:llama\.|ggml).*\.so$/u.test(name))
    .map((name) => join(libraries, name)),
);
for (const addon of addons) {
  const needed = highest([addon]);
  for (const [library, version] of needed) {
    console.log(`${addon}: ${library}_${version}, llama.cpp's libraries: ${allowed.get(library) ?? "none"}`);
    if (compare(version, allowed.get(library) ?? "0") > 0) process.exitCode = 1;
  }
}

/** The highest version of each versioned library that the files ask for. */
function highest(files) {
  const versions = new Map();
  for (const file of files) {
    const symbols = execFileSync("objdump", ["-T", file], { encoding: "utf8", maxBuffer: 2 ** 28 });
    for (const [, library, version] of symbols.matchAll(/\*UND\*.*\((GLIBCXX|CXXABI|GLIBC)_([\d.]+)\)/gu))
      if (compare(version, versions.get(library) ?? "0") > 0) versions.set(library, version);
  }
  return versions;
}

function compare(a, b) {
  const [left, right] = [a, b].map((version) => version.split(".").map(Number));
  for (let i = 0; i < Math.max(left.length, right.length); i++)
    if ((left[i] ?? 0) !== (right[i] ?? 0)) return (left[i] ?? 0) - (right[i] ?? 0);
  return 0;
}
