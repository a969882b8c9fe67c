// What compiling the addon needs, and what to install where it is missing.
import { spawnSync } from "node:child_process";

const MIN_CMAKE = [3, 21];

/** A message that says what to install, or undefined when nothing is missing. */
export function missingBuildTools({ platform = process.platform, env = process.env, version = run } = {}) {
  const missing = [];
  const cmake = /cmake version (\d+)\.(\d+)/u.exec(version("cmake", env) ?? "");
  if (cmake === null) missing.push("CMake");
  else if (
    Number(cmake[1]) < MIN_CMAKE[0] ||
    (Number(cmake[1]) === MIN_CMAKE[0] && Number(cmake[2]) < MIN_CMAKE[1])
  ) {
    missing.push(`CMake ${MIN_CMAKE.join(".")} or later (found ${cmake[1]}.${cmake[2]})`);
  }
  // On Windows CMake finds Visual Studio by itself.
  if (platform !== "win32") {
    const compilers = env.CXX === undefined ? ["c++", "g++", "clang++"] : [env.CXX];
    if (!compilers.some((name) => version(name, env) !== undefined)) missing.push("a C++20 compiler");
    if (!["make", "ninja"].some((name) => version(name, env) !== undefined)) missing.push("make");
  }
  if (missing.length === 0) return undefined;
  return `Missing to build the native addon: ${missing.join(", ")}.\n${ADVICE[platform] ?? ""}`.trimEnd();
}

const ADVICE = {
  linux:
    "Debian, Ubuntu: apt-get install cmake g++ make\nFedora:         dnf install cmake gcc-c++ make\nAlpine:         apk add cmake g++ make",
  darwin: "xcode-select --install && brew install cmake",
  win32:
    "Visual Studio 2022 with the workload 'Desktop development with C++': winget install Microsoft.VisualStudio.2022.BuildTools\nCMake: winget install Kitware.CMake",
};

function run(program, env) {
  const { status, stdout } = spawnSync(program, ["--version"], { encoding: "utf8", env });
  return status === 0 ? stdout : undefined;
}
