import test from "ava";

type Missing = (given: {
  platform: string;
  env: Record<string, string>;
  version: (program: string) => string | undefined;
}) => string | undefined;

const { missingBuildTools } = (await import(
  new URL("../../../scripts/build-tools.mjs", import.meta.url).href
)) as { missingBuildTools: Missing };

const all: Readonly<Record<string, string>> = {
  cmake: "cmake version 3.25.1",
  "g++": "g++ 12.2.0",
  make: "GNU Make 4.3",
};

const without = (name: string): Record<string, string> =>
  Object.fromEntries(Object.entries(all).filter(([program]) => program !== name));

const finds = test.macro(
  (
    t,
    programs: Readonly<Record<string, string>>,
    message: RegExp | undefined,
    platform: NodeJS.Platform = "linux",
  ) => {
    const found = missingBuildTools({ platform, env: {}, version: (program) => programs[program] });
    if (message === undefined) t.is(found, undefined);
    else t.regex(found ?? "", message);
  },
);

test("nothing is missing", finds, all, undefined);
test("Visual Studio is left to CMake", finds, { cmake: "cmake version 3.31.0-rc1" }, undefined, "win32");
test("without CMake", finds, without("cmake"), /: CMake\.\nDebian, Ubuntu: apt-get install cmake g\+\+ make/);
test(
  "an old CMake",
  finds,
  { ...all, cmake: "cmake version 3.18.4" },
  /CMake 3\.21 or later \(found 3\.18\)/,
);
test(
  "without a compiler and make",
  finds,
  { cmake: all.cmake! },
  /: a C\+\+20 compiler, make\.\nxcode-select --install && brew install cmake/,
  "darwin",
);

test("a compiler of one's own choice is the one that counts", (t) => {
  const version = (program: string): string | undefined => all[program];
  t.is(missingBuildTools({ platform: "linux", env: { CXX: "g++" }, version }), undefined);
  t.regex(
    missingBuildTools({ platform: "linux", env: { CXX: "nvc++" }, version }) ?? "",
    /a C\+\+20 compiler/,
  );
});
