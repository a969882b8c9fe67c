// What to do when no binary runs here, in one or two sentences.
import type { Attempt } from "./attempt.js";
import type { Environment } from "./locate.js";
import { PREBUILT_PLATFORMS } from "./platform.js";

export function advice(attempts: readonly Attempt[], around: Environment): string {
  const { platform, env, version, llamaPackageVersion } = around;
  if (env.TOOLKEN_BINARY)
    return "Unset TOOLKEN_BINARY, or let it name a toolken.node that was built for this machine.";
  if (env.TOOLKEN_LLAMA_DIR)
    return "Unset TOOLKEN_LLAMA_DIR, or let it name a folder with libllama, libggml and libggml-base.";
  const doctor = "`npx toolken doctor` shows more.";
  const source =
    "compile everything with `npx toolken build --source` (needs CMake, git and a C++20 compiler)";
  if (!PREBUILT_PLATFORMS.includes(platform.key))
    return `No binary is published for ${platform.key} (only for ${PREBUILT_PLATFORMS.join(", ")}): ${source}.`;
  if (platform.musl)
    return `The published binary and llama.cpp's libraries need glibc, and this system has musl: use a glibc image (node:22-slim instead of node:22-alpine), or ${source}.`;
  const reasons = attempts.map(({ reason }) => reason ?? "").join("\n");
  if (/GLIBC_\d/u.test(reasons))
    return `This system's C library is older than the binary's (glibc 2.34: Debian 12, Ubuntu 22.04, RHEL 9): update the system, or ${source}.`;
  if (reasons.includes("Visual C++ runtime"))
    return "Install Microsoft's Visual C++ runtime: https://aka.ms/vs/17/release/vc_redist.x64.exe.";
  if (/another version of llama\.cpp|undefined symbol: (?:ggml|llama)_/u.test(reasons))
    return "Load only one version of llama.cpp in a process: install the node-llama-cpp that `npx toolken doctor` names, or use one of them in a child process.";
  const install = attempts.some(({ origin }) => origin === platform.addon)
    ? `\`npm install --force ${platform.addon}@${version}\``
    : `\`npm install ${platform.addon}@${version}\` (in a checkout \`npm install @node-llama-cpp/${platform.llama}@${llamaPackageVersion} && npm run build:native\`)`;
  return `Run ${install}, or ${source}; ${doctor}`;
}
