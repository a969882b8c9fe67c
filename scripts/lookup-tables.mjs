// Writes the lists of functions that native/lookup finds at run time: those of llama.cpp that native/ uses, and
// Node-API's (for Windows).
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

// Without ggml-cpu.h: those functions are in the CPU backends, which libggml loads itself.
const HEADERS = [
  "include/llama.h",
  ...["ggml", "ggml-alloc", "ggml-backend", "gguf"].map((name) => `ggml/include/${name}.h`),
];

/**
 * @param {{ root: string, llama: string, nodeApi: string, target: string }} folders
 *   root: the package; llama: llama.cpp's headers; nodeApi: node-api-headers; target: where the lists go
 */
export function writeLookupTables({ root, llama, nodeApi, target }) {
  mkdirSync(target, { recursive: true });
  writeList(join(target, "llama_functions.inc"), usedFunctions(join(root, "native"), llama));
  writeList(join(target, "node_functions.inc"), nodeFunctions(nodeApi));
}

/** Names that llama.cpp's headers declare and our sources mention. */
function usedFunctions(native, llama) {
  const declared = new Set();
  for (const name of HEADERS) {
    const text = readFileSync(join(llama, name), "utf8").replace(/\/\/.*|\/\*[\s\S]*?\*\//gu, "");
    const declarations =
      /\b(?:LLAMA_API|GGML_API|GGML_BACKEND_API)\b[^;{()]*?\b((?:llama|ggml|gguf)_\w+)\s*\(/gu;
    for (const [, found] of text.matchAll(declarations)) declared.add(found);
  }
  const used = new Set();
  for (const file of [...sources(native), join(llama, "include", "llama-cpp.h")]) {
    for (const [name] of readFileSync(file, "utf8").matchAll(/\b(?:llama|ggml|gguf)_\w+\b/gu)) {
      if (declared.has(name)) used.add(name);
    }
  }
  return [...used].sort();
}

/** Files of the addon: not those of native/test and native/bench. */
export function sources(native) {
  return ["", "binding", "core", "lookup"].flatMap((folder) =>
    readdirSync(join(native, folder))
      .filter((name) => /\.(?:cpp|h|inc)$/u.test(name))
      .sort()
      .map((name) => join(native, folder, name)),
  );
}

function nodeFunctions(nodeApi) {
  const names = ["js_native_api", "node_api"].flatMap((name) =>
    readFileSync(join(nodeApi, "def", `${name}.def`), "utf8")
      .split(/\s+/u)
      .filter((word) => /^n(?:ode_)?api_\w+$/u.test(word)),
  );
  return [...new Set(names)].sort();
}

/** Written only when it changes: its time decides what is compiled again. */
function writeList(file, names) {
  const text = names.map((name, index) => `TOOLKEN_FUNCTION(${index}, ${name})\n`).join("");
  let before;
  try {
    before = readFileSync(file, "utf8");
  } catch {
    // The first time.
  }
  if (text !== before) writeFileSync(file, text);
}
