// macOS can't be run here: checks that everything that the binary needs is there. The result is labelled so.
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { readMachO } from "./mach-o.mjs";
import { Skipped, root } from "./verify-project.mjs";

/** @param {{ release: string, platform: "darwin-arm64" | "darwin-x64" }} options */
export function verifyMac({ release, platform }) {
  const folder = join(release, "stage", `native-${platform}`);
  if (!existsSync(folder)) throw new Skipped(`the release has no binary for ${platform}`);
  const addon = readMachO(join(folder, "toolken.node"));
  const problems = [];
  const cpu = platform.split("-")[1];
  if (addon.cpu !== cpu) problems.push(`made for ${addon.cpu}`);
  if (addon.signature !== "valid" && (cpu === "arm64" || addon.signature !== "missing"))
    problems.push(`signature: ${addon.signature}`);
  if (addon.rpaths.length > 0) problems.push(`search paths: ${addon.rpaths.join(", ")}`);
  for (const library of addon.libraries)
    if (!/^\/usr\/lib\/lib(?:System\.B|c\+\+\.1)\.dylib$/u.test(library)) problems.push(`needs ${library}`);
  if (!addon.exported.has("_napi_register_module_v1")) problems.push("does not register a module");
  problems.push(
    ...missing(
      "Node",
      addon.undefinedSymbols.filter(({ from }) => from === "dynamic lookup").map(({ name }) => name),
      nodeSymbols(),
    ),
  );

  const names = readdirSync(folder).filter((name) =>
    /^lib(?:llama|ggml|ggml-base)\.(?:.+\.)?dylib$/u.test(name),
  );
  const exported = new Set();
  for (const name of names) {
    const library = readMachO(join(folder, name));
    if (library.cpu !== cpu) problems.push(`${name} is made for ${library.cpu}`);
    for (const needed of library.libraries) {
      const own = /^@rpath\/(.+)$/u.exec(needed)?.[1];
      if (own !== undefined && !existsSync(join(folder, own))) problems.push(`${name} needs ${own}`);
    }
    if (!library.rpaths.includes("@loader_path")) problems.push(`${name} does not look beside itself`);
    for (const symbol of library.exported) exported.add(symbol);
  }
  const functions = [
    ...readFileSync(join(root, "build", "lookup", "llama_functions.inc"), "utf8").matchAll(/, (\w+)\)/gu),
  ].map(([, name]) => `_${name}`);
  problems.push(...missing("llama.cpp", functions, exported));
  if (problems.length > 0) throw new Error(`${platform}: ${problems.join("; ")}`);
  return `built and verified, not run: macOS ${addon.minimum}, signature ${addon.signature}, ${addon.undefinedSymbols.length} system and Node functions, ${functions.length} of llama.cpp`;
}

function missing(where, names, exported) {
  const absent = names.filter((name) => !exported.has(name));
  return absent.length === 0 ? [] : [`not exported by ${where}: ${absent.join(", ")}`];
}

function nodeSymbols() {
  const folder = join(root, "node_modules", "node-api-headers", "def");
  const text = ["js_native_api.def", "node_api.def"]
    .map((name) => readFileSync(join(folder, name), "utf8"))
    .join("\n");
  return new Set(text.split(/\s+/u).map((name) => `_${name}`));
}
