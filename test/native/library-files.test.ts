import { join } from "node:path";
import test from "ava";
import { hasLlama, libraryFiles } from "../../src/native/library-files.js";
import { temporaryFolder, write } from "./sample.js";

const found = test.macro((t, names: string[], expected: string[]) => {
  const folder = temporaryFolder();
  for (const name of names) write(join(folder, name));
  t.deepEqual(
    libraryFiles(folder),
    expected.map((name) => join(folder, name)),
  );
  t.true(hasLlama(folder));
});

test(
  "on Linux",
  found,
  ["libggml-base.so", "libggml-cpu-x64.so", "libggml.v0.5.0.so", "libllama-common.so", "libllama.v0.5.0.so"],
  ["libggml-base.so", "libggml.v0.5.0.so", "libllama.v0.5.0.so"],
);
test(
  "on Apple silicon",
  found,
  ["libggml-base.dylib", "libggml-metal.so", "libggml.metal.v0.4.0.dylib", "libllama.metal.v0.4.0.dylib"],
  ["libggml-base.dylib", "libggml.metal.v0.4.0.dylib", "libllama.metal.v0.4.0.dylib"],
);
test(
  "on Windows",
  found,
  ["ggml-base.dll", "ggml.v0.4.0.dll", "llama-common.dll", "llama.v0.4.0.dll"],
  ["ggml-base.dll", "ggml.v0.4.0.dll", "llama.v0.4.0.dll"],
);
test(
  "built from source",
  found,
  ["libggml-base.so", "libggml.so", "libllama.so"],
  ["libggml-base.so", "libggml.so", "libllama.so"],
);

test("missing libraries are named", (t) => {
  const folder = temporaryFolder();
  write(join(folder, "libggml-base.so"));
  t.throws(() => libraryFiles(folder), { code: "BINARY_INCOMPATIBLE", message: /ggml, llama are missing/u });
  t.false(hasLlama(join(folder, "missing")));
});
