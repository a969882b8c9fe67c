// The packages of a release, staged as folders: the library, and for each platform one with the addon and
// llama.cpp's libraries. node-llama-cpp's packages would do for the libraries, but they carry 7 MB that only
// node-llama-cpp needs, and on x64 npm would install the arm64 ones too (their `cpu` lists both).
import { execFileSync, spawnSync } from "node:child_process";
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { pruneDist } from "./prune-dist.mjs";

const BUILD_TOOLS = ["cmake-js", "node-addon-api", "node-api-headers", "node-llama-cpp"];
const ONLY_IN_CHECKOUT = new Set(["scripts", "overrides", "ava", "config", "binary"]);
// llama-common and llama-addon are node-llama-cpp's own; nothing here is linked with them. Processors of three rare
// kinds run the code of the next older one: Cannon Lake Skylake-X's, Cooper Lake Cascade Lake's, Piledriver Sandy
// Bridge's.
const NOT_NEEDED = /^(?:lib)?(?:llama-(?:common|addon)|ggml-cpu-(?:cannonlake|cooperlake|piledriver))\b/u;

const STRIP = { "linux-x64": "x86_64-linux-gnu-strip", "linux-arm64": "aarch64-linux-gnu-strip" };

/** Our platform → npm's fields, and node-llama-cpp's package with the libraries. */
export const PLATFORMS = {
  "linux-x64": { os: "linux", cpu: "x64", libc: "glibc", llama: "linux-x64" },
  "linux-arm64": { os: "linux", cpu: "arm64", libc: "glibc", llama: "linux-arm64" },
  "darwin-arm64": { os: "darwin", cpu: "arm64", llama: "mac-arm64-metal" },
  "darwin-x64": { os: "darwin", cpu: "x64", llama: "mac-x64" },
  "win32-x64": { os: "win32", cpu: "x64", llama: "win-x64" },
};

/** The version of node-llama-cpp's package for a platform; docs/install.md says why they differ. */
export function llamaVersion(manifest, name) {
  return (
    manifest.optionalDependencies?.[`@node-llama-cpp/${PLATFORMS[name].llama}`] ??
    manifest.peerDependencies["node-llama-cpp"]
  );
}

/**
 * @param {{ root: string, target: string }} options target: the folder to write
 * @returns the package's manifest
 */
export function stageLibrary({ root, target }) {
  const manifest = readManifest(root);
  rmSync(target, { recursive: true, force: true });
  pruneDist(root);
  const listing = execFileSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 2 ** 26,
    shell: process.platform === "win32",
  });
  const [{ files }] = [JSON.parse(listing)].flat();
  for (const { path } of files) {
    // The binaries have packages of their own.
    if (path.startsWith("prebuilds/")) continue;
    mkdirSync(dirname(join(target, path)), { recursive: true });
    if (path.startsWith("dist/") && path.endsWith(".json")) minify(join(root, path), join(target, path));
    else copyFileSync(join(root, path), join(target, path));
  }
  const published = Object.fromEntries(
    Object.entries(manifest).filter(([name]) => !ONLY_IN_CHECKOUT.has(name)),
  );
  const staged = {
    ...published,
    ...repository(manifest),
    optionalDependencies: Object.fromEntries(
      Object.keys(PLATFORMS).map((name) => [`@toolken/native-${name}`, manifest.version]),
    ),
    // `toolken build` reads the versions of its tools here.
    devDependencies: Object.fromEntries(BUILD_TOOLS.map((name) => [name, manifest.devDependencies[name]])),
  };
  writeManifest(target, staged);
  return staged;
}

/**
 * @param {{ root: string, name: string, addon: string, cache: string, target: string }} options
 *   addon: the built toolken.node; cache: where node-llama-cpp's packages are unpacked
 * @returns the package's manifest
 */
export function stagePlatform({ root, name, addon, cache, target }) {
  const manifest = readManifest(root);
  const { os, cpu, libc, llama } = PLATFORMS[name];
  const version = llamaVersion(manifest, name);
  const source = fetchPackage(`@node-llama-cpp/${llama}`, version, cache, root);
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  const libraries = join(source, "bins", llama);
  const wanted = readdirSync(libraries).filter(
    (file) => /\.(?:so|dylib|dll)$/u.test(file) && !NOT_NEEDED.test(file),
  );
  for (const file of wanted) copyFileSync(join(libraries, file), join(target, file));
  stripLibraries(name, target, wanted);
  copyFileSync(addon, join(target, "toolken.node"));
  copyFileSync(join(root, "LICENSE"), join(target, "LICENSE"));
  copyFileSync(join(root, "build", "llama.cpp", "LICENSE"), join(target, "LICENSE-llama.cpp"));
  writeFileSync(
    join(target, "README.md"),
    `# @toolken/native-${name}\n\nThe binary of [@toolken/native](${homepage(manifest)}) and llama.cpp's libraries (MIT, from @node-llama-cpp/${llama} ${version}) for ${os} ${cpu}. npm installs it with @toolken/native.\n`,
  );
  const staged = {
    name: `@toolken/native-${name}`,
    version: manifest.version,
    description: `Binary of @toolken/native for ${os} ${cpu}`,
    license: "MIT",
    ...repository(manifest),
    ...pick(manifest, ["homepage", "bugs", "author", "publishConfig"]),
    os: [os],
    cpu: [cpu],
    ...(libc === undefined ? {} : { libc: [libc] }),
    engines: manifest.engines,
    preferUnplugged: true,
    llamaPackageVersion: version,
  };
  writeManifest(target, staged);
  return staged;
}

/** Without the symbols that only a debugger reads: 1.7 MB on Linux x64. Where binutils are missing they stay. */
function stripLibraries(name, folder, files) {
  const program = STRIP[name];
  if (program === undefined || spawnSync(program, ["--version"]).error) return;
  execFileSync(program, ["--strip-unneeded", ...files], { cwd: folder });
}

/** A package of the registry, unpacked once; npm checks its integrity. */
export function fetchPackage(name, version, cache, root) {
  const installed = join(root, "node_modules", name);
  if (existsSync(join(installed, "package.json")) && readManifest(installed).version === version) {
    if (readManifest(installed).name === name) return installed;
  }
  const folder = join(cache, `${name.replace(/[@/]/gu, "_")}-${version}`);
  if (existsSync(join(folder, "package.json"))) return folder;
  const unfinished = `${folder}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { recursive: true });
  const options = {
    encoding: "utf8",
    shell: process.platform === "win32",
    stdio: ["ignore", "pipe", "inherit"],
  };
  execFileSync("npm", ["pack", "--silent", "--pack-destination", unfinished, `${name}@${version}`], options);
  const tarball = readdirSync(unfinished).find((file) => file.endsWith(".tgz"));
  execFileSync("tar", ["-xzf", tarball], { cwd: unfinished });
  cpSync(join(unfinished, "package"), folder, { recursive: true });
  rmSync(unfinished, { recursive: true, force: true });
  return folder;
}

/** @returns {string} the path of the tarball; the same bytes for the same content */
export function pack(folder, destination) {
  mkdirSync(destination, { recursive: true });
  const output = execFileSync(
    "npm",
    ["pack", "--json", "--ignore-scripts", "--pack-destination", destination],
    {
      cwd: folder,
      encoding: "utf8",
      maxBuffer: 2 ** 26,
      shell: process.platform === "win32",
    },
  );
  const { filename } =
    Object.values([JSON.parse(output)].flat()[0] ?? {}).find((entry) => entry?.filename) ??
    [JSON.parse(output)].flat()[0];
  return join(destination, filename.replace(/^@/u, "").replaceAll("/", "-"));
}

export function readManifest(folder) {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
}

function minify(from, to) {
  writeFileSync(to, JSON.stringify(JSON.parse(readFileSync(from, "utf8"))));
}

function writeManifest(folder, manifest) {
  writeFileSync(join(folder, "package.json"), `${JSON.stringify(manifest, undefined, 2)}\n`);
}

/** npm's provenance is refused when the manifest does not name the repository that the workflow runs in. */
function repository(manifest) {
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: name } = process.env;
  if (manifest.repository !== undefined) return { repository: manifest.repository };
  return server && name ? { repository: { type: "git", url: `git+${server}/${name}.git` } } : {};
}

function homepage(manifest) {
  return manifest.homepage ?? `https://www.npmjs.com/package/${manifest.name}`;
}

function pick(object, names) {
  return Object.fromEntries(names.filter((name) => name in object).map((name) => [name, object[name]]));
}
