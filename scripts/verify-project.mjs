// Projects that install a release's tarballs as npm would from the registry, and the Nodes that run them.
import { spawnSync } from "node:child_process";
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { PLATFORMS, pack, readManifest } from "./release-packages.mjs";

export const root = fileURLToPath(new URL("..", import.meta.url));
const { name: LIBRARY, version: VERSION } = readManifest(root);

/** What a verification came to: it passed, or it could not be done here and this is why. */
export class Skipped extends Error {}

/** Tarballs of a release by package; platforms that were not built get an empty package of the same name. */
export function tarballs(release, work) {
  const files = { [LIBRARY]: join(release, `toolken-native-${VERSION}.tgz`) };
  if (!existsSync(files[LIBRARY])) throw new Error(`${files[LIBRARY]} is missing: run scripts/release.mjs`);
  for (const [platform, { os, cpu, libc }] of Object.entries(PLATFORMS)) {
    const name = `@toolken/native-${platform}`;
    const file = join(release, `toolken-native-${platform}-${VERSION}.tgz`);
    if (existsSync(file)) {
      files[name] = file;
      continue;
    }
    const folder = join(work, "empty", platform);
    mkdirSync(folder, { recursive: true });
    const manifest = { name, version: VERSION, os: [os], cpu: [cpu], ...(libc ? { libc: [libc] } : {}) };
    writeFileSync(join(folder, "package.json"), JSON.stringify(manifest));
    files[name] = pack(folder, join(work, "empty"));
  }
  return files;
}

/** An empty project that gets the tarballs under every package manager. */
export function writeProject(folder, files) {
  mkdirSync(folder, { recursive: true });
  const { [LIBRARY]: library, ...platforms } = Object.fromEntries(
    Object.entries(files).map(([name, file]) => [name, `file:${file}`]),
  );
  const manifest = {
    name: "verify",
    private: true,
    type: "module",
    dependencies: { [LIBRARY]: library },
    overrides: platforms,
    pnpm: { overrides: platforms },
  };
  writeFileSync(join(folder, "package.json"), JSON.stringify(manifest, undefined, 2));
  const lines = Object.entries(platforms).map(([name, file]) => `  "${name}": "${file}"\n`);
  writeFileSync(join(folder, "pnpm-workspace.yaml"), `overrides:\n${lines.join("")}`);
  copyFileSync(join(root, "scripts", "verify-use.mjs"), join(folder, "use.mjs"));
}

/** An empty home, and nothing of this checkout's npm run in the environment. */
export function cleanEnvironment(home) {
  mkdirSync(home, { recursive: true });
  const env = Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^(?:npm_|INIT_CWD|TOOLKEN_|NODE_OPTIONS|XDG_)/u.test(name),
    ),
  );
  // The user's registry and cache of packages.
  for (const key of ["registry", "cache"]) {
    const value = spawnSync("npm", ["config", "get", key], {
      encoding: "utf8",
      shell: process.platform === "win32",
    }).stdout.trim();
    if (value !== "" && value !== "undefined") env[`npm_config_${key}`] = value;
  }
  return { ...env, HOME: home, USERPROFILE: home, XDG_CACHE_HOME: join(home, ".cache") };
}

/** Installs packages into a folder of tools; throws Skipped when the registry has none. */
export function installTools(folder, packages, flags = []) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), '{ "private": true }');
  const args = ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", "--force"];
  const { status, stderr } = spawnSync("npm", [...args, ...flags, ...packages], {
    cwd: folder,
    encoding: "utf8",
  });
  if (status !== 0) throw new Skipped(`${packages.join(", ")} can't be installed: ${lastLine(stderr)}`);
  return join(folder, "node_modules");
}

/** Stands for the Node that runs this script, where npm has no package with a Node for the platform. */
export const THIS_NODE = "this";

/** Node of a platform, e.g. nodeOf(tools, "linux-arm64", "22"), from npm's packages of Node. */
export function nodeOf(tools, platform, major) {
  if (major === THIS_NODE) return process.execPath;
  const folder = join(tools, `node-${platform}-${major}`);
  const binaries = join(folder, "node_modules", `node-${platform}`, "bin");
  if (!existsSync(binaries)) installTools(folder, [`node-${platform}@${major}`]);
  const file = readdirSync(binaries).find((name) => /^node(?:\.exe)?$/u.test(name));
  if (file === undefined) throw new Skipped(`node-${platform}@${major} has no program`);
  return join(binaries, file);
}

/**
 * Runs a program; throws with what it said when it fails.
 *
 * @param {{ outputFolder?: string }} [options] spawnSync's; outputFolder: output goes through files there
 * @returns {string} standard output
 */
export function run(program, args, { outputFolder, ...options } = {}) {
  const files = ["stdout", "stderr"].map((name) => outputFolder && join(outputFolder, name));
  const [out, err] = files.map((file) => (file === undefined ? "pipe" : openSync(file, "w")));
  const result = spawnSync(program, args, {
    encoding: "utf8",
    maxBuffer: 2 ** 26,
    shell: process.platform === "win32" && program === "npm",
    stdio: ["ignore", out, err],
    ...options,
  });
  const { error, status, signal } = result;
  for (const opened of [out, err]) if (typeof opened === "number") closeSync(opened);
  const [stdout, stderr] = files.map((file, index) =>
    file === undefined ? result.output?.[index + 1] : readFileSync(file, "utf8"),
  );
  if (error) throw error;
  if (status !== 0) {
    throw new Error(
      `${program} ${args.join(" ")} ended with ${signal ?? status}:\n${`${stdout}${stderr}`.slice(-4000)}`,
    );
  }
  return stdout;
}

export function lastLine(text) {
  return (text ?? "").trim().split("\n").at(-1) ?? "";
}
