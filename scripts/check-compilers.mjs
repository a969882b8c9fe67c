// Builds native/core and its C++ tests with every compiler of a list, warnings as errors, and runs the tests that
// need no model: `node scripts/check-compilers.mjs [g++-11 clang++-14 …]`. Without arguments: those of Debian 12
// that are installed. Continuous integration names them, so that a missing one is an error there.
import { spawnSync } from "node:child_process";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const jobs = process.env.CMAKE_BUILD_PARALLEL_LEVEL ?? String(availableParallelism());
const wanted = process.argv.slice(2);
const compilers =
  wanted.length > 0 ? wanted : ["g++-11", "g++-12", "g++-13", "clang++-14"].filter(isInstalled);

run(process.execPath, [join(root, "scripts", "build-native.mjs"), "--headers"]);
for (const compiler of compilers) {
  const folder = join(root, "build", "compilers", compiler);
  console.log(`\n${compiler}`);
  run("cmake", [
    ...["-S", root, "-B", folder, `-DCMAKE_CXX_COMPILER=${compiler}`, "-DTOOLKEN_ADDON=OFF"],
    ...["-DTOOLKEN_CLI=ON", "-DTOOLKEN_TESTS=ON", "-DTOOLKEN_WARNINGS_AS_ERRORS=ON"],
  ]);
  run("cmake", ["--build", folder, "--parallel", jobs]);
  run("ctest", ["--test-dir", folder, "--output-on-failure"]);
}

function isInstalled(compiler) {
  return spawnSync(compiler, ["--version"], { stdio: "ignore" }).status === 0;
}

function run(command, args) {
  const { error, status } = spawnSync(command, args, { cwd: root, stdio: ["inherit", "ignore", "inherit"] });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}
