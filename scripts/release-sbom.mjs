// A CycloneDX bill of materials of one release: npm dependencies, llama.cpp, and what zig links in.
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { PLATFORMS, llamaVersion, readManifest } from "./release-packages.mjs";

/**
 * @param {{ root: string, stage: string, names: string[], llama: Record<string, string>, zig?: string }} options
 *   stage: the staged packages; llama: llama.cpp's version by platform
 */
export function bill({ root, stage, names, zig }) {
  const manifest = readManifest(root);
  const { packages } = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));
  const components = Object.keys(manifest.dependencies)
    .flatMap((name) => closure(name, "", packages))
    .filter((entry, index, all) => all.findIndex(({ purl }) => purl === entry.purl) === index)
    .sort((a, b) => (a.purl < b.purl ? -1 : 1));
  const platforms = names.map((name) => {
    const folder = join(stage, `native-${name}`);
    const version = llamaVersion(manifest, name);
    return {
      type: "library",
      name: `@toolken/native-${name}`,
      version: manifest.version,
      purl: npmUrl(`@toolken/native-${name}`, manifest.version),
      components: [
        ...readdirSync(folder)
          .filter((file) => /\.(?:node|so|dylib|dll)$/u.test(file))
          .sort()
          .map((file) => ({
            type: "file",
            name: file,
            hashes: [{ alg: "SHA-256", content: sha256(join(folder, file)) }],
          })),
        {
          type: "library",
          name: "llama.cpp",
          licenses: [{ license: { id: "MIT" } }],
          purl: npmUrl(`@node-llama-cpp/${PLATFORMS[name].llama}`, version),
        },
        ...(zig === undefined
          ? []
          : [
              {
                type: "library",
                name: "libc++ (static)",
                version: `zig ${zig}`,
                licenses: [{ expression: "Apache-2.0 WITH LLVM-exception" }],
              },
            ]),
      ],
    };
  });
  return {
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    version: 1,
    metadata: {
      component: {
        type: "library",
        name: manifest.name,
        version: manifest.version,
        purl: npmUrl(manifest.name, manifest.version),
        licenses: [{ license: { id: manifest.license } }],
      },
    },
    components: [...components, ...platforms],
  };
}

/** A package and all that it needs, as the lock file resolves them. */
function closure(name, from, packages, seen = new Set()) {
  const path = resolve(name, from, packages);
  if (path === undefined || seen.has(path)) return [];
  seen.add(path);
  const { version, license, integrity, dependencies = {} } = packages[path];
  const [algorithm, digest] = (integrity ?? "").split(/-(.*)/su);
  return [
    {
      type: "library",
      name,
      version,
      purl: npmUrl(name, version),
      ...(license === undefined ? {} : { licenses: [{ expression: license }] }),
      ...(algorithm === "sha512"
        ? { hashes: [{ alg: "SHA-512", content: Buffer.from(digest, "base64").toString("hex") }] }
        : {}),
    },
    ...Object.keys(dependencies).flatMap((needed) => closure(needed, path, packages, seen)),
  ];
}

/** node_modules of the package that asks, then those above it. */
function resolve(name, from, packages) {
  for (let folder = from; ; folder = folder.slice(0, Math.max(folder.lastIndexOf("/node_modules/"), 0))) {
    const path = `${folder === "" ? "" : `${folder}/`}node_modules/${name}`;
    if (path in packages) return path;
    if (folder === "") return undefined;
  }
}

function npmUrl(name, version) {
  return `pkg:npm/${name.replace("@", "%40")}@${version}`;
}

export function sha256(file) {
  return createHash("sha256").update(readFileSync(file)).digest("hex");
}
