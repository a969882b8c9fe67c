// Installs a release in empty projects with npm, pnpm and bun, scripts blocked, and uses it under every supported Node.
import { existsSync, lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import {
  Skipped,
  cleanEnvironment,
  installTools,
  lastLine,
  nodeOf,
  run,
  writeProject,
} from "./verify-project.mjs";

const MAX_INSTALL_MB = 40;
const MANAGERS = {
  npm: { packages: [], args: ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"] },
  pnpm: { packages: ["pnpm"], args: ["install", "--ignore-scripts", "--no-frozen-lockfile"] },
  bun: { packages: ["bun"], args: ["install", "--ignore-scripts", "--no-progress"] },
};

/** @yields {{ name: string, result: string }} */
export function* verifyInstall({ files, work, tools, managers = Object.keys(MANAGERS), nodes }) {
  for (const manager of managers) {
    const project = join(work, `project ü ${manager}`);
    const env = cleanEnvironment(join(work, `home-${manager}`));
    try {
      writeProject(project, files);
      const [program, ...first] = programOf(manager, tools);
      run(program, [...first, ...MANAGERS[manager].args], { cwd: project, env });
    } catch (error) {
      if (!(error instanceof Skipped)) throw error;
      yield { name: manager, result: `skipped: ${error.message}` };
      continue;
    }
    const megabytes = bytesIn(join(project, "node_modules")) / 1e6;
    if (
      manager === "npm" &&
      `${process.platform}-${process.arch}` === "linux-x64" &&
      megabytes > MAX_INSTALL_MB
    )
      throw new Error(`Expected at most ${MAX_INSTALL_MB} MB installed but found ${megabytes.toFixed(1)}`);
    yield { name: manager, result: `installed, ${megabytes.toFixed(1)} MB` };
    for (const major of nodes) yield* useUnder({ manager, major, project, env, tools });
  }
}

function* useUnder({ manager, major, project, env, tools }) {
  const name = `${manager}, Node ${major}`;
  try {
    const node = nodeOf(tools, `linux-${process.arch}`, major);
    yield { name, result: lastLine(run(node, ["use.mjs"], { cwd: project, env })) };
  } catch (error) {
    if (!(error instanceof Skipped)) throw error;
    yield { name, result: `skipped: ${error.message}` };
  }
}

function programOf(manager, tools) {
  const { packages } = MANAGERS[manager];
  if (packages.length === 0) return [manager];
  const folder = join(tools, manager);
  const modules = existsSync(join(folder, "node_modules"))
    ? join(folder, "node_modules")
    : installTools(folder, packages);
  // bun's own package puts its program there only in an install script.
  if (manager === "bun")
    return [join(modules, "@oven", `bun-linux-${process.arch === "x64" ? "x64" : "aarch64"}`, "bin", "bun")];
  return [nodeOf(tools, `linux-${process.arch}`, "24"), join(modules, "pnpm", "bin", "pnpm.mjs")];
}

/** Real files, each once: pnpm links. */
function bytesIn(folder) {
  const seen = new Set();
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => lstatSync(join(entry.parentPath ?? entry.path, entry.name)))
    .filter(({ dev, ino }) => !seen.has(`${dev}:${ino}`) && seen.add(`${dev}:${ino}`))
    .reduce((sum, { size }) => sum + size, 0);
}
