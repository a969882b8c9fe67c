// Builds native/core with sanitizers and runs the C++ tests of native/test: memory errors show there, not in Node.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = join(root, "build", "sanitize");
const jobs = process.env.CMAKE_BUILD_PARALLEL_LEVEL ?? String(availableParallelism());

run(process.execPath, [join(root, "scripts", "build-native.mjs"), "--headers"]);
run("cmake", [
  ...["-S", root, "-B", folder, "-DCMAKE_BUILD_TYPE=Debug", "-DTOOLKEN_ADDON=OFF"],
  ...["-DTOOLKEN_TESTS=ON", "-DTOOLKEN_SANITIZE=ON", "-DTOOLKEN_CLI=ON"],
  "-DTOOLKEN_WARNINGS_AS_ERRORS=ON",
]);
run("cmake", ["--build", folder, "--parallel", jobs]);
// What the tests on a model need: one, and the folder of ggml's CPU backends.
const library = join(root, "node_modules", "@node-llama-cpp", `${process.platform}-${process.arch}`);
const models = ["models/nano/nano-Q8_0.gguf", ".models/SmolLM2-135M-Instruct.Q4_1.gguf"];
const model = models.map((path) => join(root, path)).find((path) => existsSync(path));
if (model !== undefined) process.env.TOOLKEN_TEST_MODEL ??= model;
process.env.TOOLKEN_TEST_BACKENDS ??= join(library, "bins", `${process.platform}-${process.arch}`);
run("ctest", ["--test-dir", folder, "--output-on-failure", ...process.argv.slice(2)]);

function run(command, args) {
  const { error, status } = spawnSync(command, args, { cwd: root, stdio: "inherit" });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}
