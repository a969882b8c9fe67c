// Runs the binaries of other platforms on this Linux: linux-arm64 under qemu, Windows under wine.
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { spawnSync } from "node:child_process";
import { Skipped, cleanEnvironment, lastLine, nodeOf, run, writeProject } from "./verify-project.mjs";

const ARM64_LIBRARIES = "/usr/aarch64-linux-gnu";

/** Needs qemu-user-static, and libc6-arm64-cross with libstdc++6-arm64-cross for the C and C++ libraries. */
export function verifyArm64({ files, work, tools, major }) {
  need("qemu-aarch64-static", "apt-get install qemu-user-static");
  if (!existsSync(join(ARM64_LIBRARIES, "lib", "libstdc++.so.6")))
    throw new Skipped("no C++ library for arm64 (apt-get install libc6-arm64-cross libstdc++6-arm64-cross)");
  const { project, env } = foreignProject({
    files,
    work,
    platform: "linux-arm64",
    flags: ["--os=linux", "--cpu=arm64", "--libc=glibc"],
  });
  const node = nodeOf(tools, "linux-arm64", major);
  // Without binfmt_misc an emulated program can't start itself: a script does.
  const start = join(work, "node-arm64");
  writeFileSync(start, `#!/bin/sh\nexec qemu-aarch64-static -L ${ARM64_LIBRARIES} "${node}" "$@"\n`);
  chmodSync(start, 0o755);
  const output = run(start, ["use.mjs"], {
    cwd: project,
    env: { ...env, VERIFY_NODE: start, VERIFY_THREADS: "1" },
  });
  return lastLine(output);
}

/** Needs wine64. */
export function verifyWindows({ files, work, tools, major }) {
  const wine = ["wine64", "wine", "/usr/lib/wine/wine64"].find(
    (name) => !spawnSync(name, ["--version"]).error,
  );
  if (wine === undefined) throw new Skipped("wine is not installed (apt-get install wine64)");
  const { project, env } = foreignProject({
    files,
    work,
    platform: "win32-x64",
    flags: ["--os=win32", "--cpu=x64"],
  });
  const node = nodeOf(tools, "win-x64", major);
  // Wine does not ask Linux for AMX's registers, as Windows does; llama.cpp's code for Sapphire Rapids uses them.
  if (/\bamx_tile\b/u.test(readFileSync("/proc/cpuinfo", "utf8")))
    rmSync(join(project, "node_modules", "@toolken", "native-win32-x64", "ggml-cpu-sapphirerapids.dll"), {
      force: true,
    });
  const output = run(wine, [node, "use.mjs"], {
    cwd: project,
    // Node under wine can't open the sockets that pipes are here.
    outputFolder: work,
    env: {
      ...env,
      WINEPREFIX: join(work, "wine"),
      WINEDEBUG: "-all",
      WINEDLLOVERRIDES: "mscoree=d;mshtml=d",
      // Wine says that it is an older Windows.
      NODE_SKIP_PLATFORM_CHECK: "1",
    },
  });
  return lastLine(output);
}

function foreignProject({ files, work, platform, flags }) {
  const project = join(work, `project ü ${platform}`);
  const env = cleanEnvironment(join(work, `home-${platform}`));
  writeProject(project, files);
  run("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", ...flags], {
    cwd: project,
    env,
  });
  if (!existsSync(join(project, "node_modules", "@toolken", `native-${platform}`, "toolken.node")))
    throw new Skipped(`the release has no binary for ${platform}`);
  return { project, env };
}

function need(program, install) {
  if (spawnSync(program, ["--version"]).error) throw new Skipped(`${program} is not installed (${install})`);
}
