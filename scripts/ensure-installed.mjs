// `npm test` and `npm run demo` on a fresh checkout: dependencies and addon first.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { missingBuildTools } from "./build-tools.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));

// npm writes the hidden lockfile last: without it an installation was interrupted.
const isInstalled = existsSync(join(root, "node_modules", ".package-lock.json"));
const isBuilt = existsSync(join(root, "build", "current.json"));

if (!isInstalled || !isBuilt) {
  const message = missingBuildTools();
  if (message !== undefined) {
    console.error(message);
    process.exit(1);
  }
  // `npm ci` runs `prepare`, which builds addon and TypeScript.
  if (!isInstalled) npm("ci", "--no-audit", "--no-fund");
  else npm("run", "build:native");
}

function npm(...args) {
  console.error(`Running npm ${args[0] === "ci" ? "ci" : args.join(" ")} first …`);
  const { status, error } = spawnSync("npm", args, {
    cwd: root,
    // Standard output belongs to the command that was asked for.
    stdio: ["inherit", 2, 2],
    shell: process.platform === "win32",
  });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}
