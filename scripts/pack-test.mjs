// Installs the packed tarball into an empty project, as a user would, and uses it there.
import { spawnSync } from "node:child_process";
import { existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const { values: options } = parseArgs({
  options: {
    "libraries-mb": { type: "string", default: "40" },
    "all-mb": { type: "string", default: "48" },
    keep: { type: "boolean", default: false },
  },
});

const root = fileURLToPath(new URL("..", import.meta.url));
const work = mkdtempSync(join(tmpdir(), "toolken-pack-"));
try {
  main();
} finally {
  if (options.keep) console.log(`kept ${work}`);
  else rmSync(work, { recursive: true, force: true });
}

function main() {
  const project = join(work, "project");
  const home = join(work, "home");
  for (const folder of [project, home]) mkdirSync(folder);

  run("npm", ["pack", "--silent", "--pack-destination", work], { cwd: root });
  const tarball = readdirSync(work).find((name) => name.endsWith(".tgz"));
  if (tarball === undefined) throw new Error("npm pack made no tarball");

  writeFileSync(
    join(project, "package.json"),
    '{ "name": "pack-test", "private": true, "type": "module" }\n',
  );
  // An empty HOME, and nothing of this checkout's npm run (npm_config_*, TOOLKEN_*) in the environment.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(?:npm_|INIT_CWD|TOOLKEN_|NODE_OPTIONS)/u.test(name)),
  );
  Object.assign(env, { HOME: home, USERPROFILE: home, XDG_CACHE_HOME: join(home, ".cache") });
  // The user's cache of packages, if there is one, only saves time.
  const cache = spawnSync("npm", ["config", "get", "cache"], { encoding: "utf8" }).stdout.trim();
  if (cache !== "" && existsSync(cache)) env.npm_config_cache = cache;

  run(
    "npm",
    ["install", "--no-audit", "--no-fund", "--loglevel=error", "--no-update-notifier", join(work, tarball)],
    {
      cwd: project,
      env,
    },
  );

  const modules = join(project, "node_modules");
  const megabytes = (folder) => bytesIn(folder) / 1e6;
  const [all, libraries] = [megabytes(modules), megabytes(join(modules, "@node-llama-cpp"))];
  const packed = lstatSync(join(work, tarball)).size / 1e6;
  console.log(
    `packed ${packed.toFixed(1)} MB, installed ${all.toFixed(1)} MB, of it llama.cpp ${libraries.toFixed(1)} MB`,
  );
  if (process.platform === "linux" && process.arch === "x64") {
    if (libraries > Number(options["libraries-mb"])) throw new Error("llama.cpp's libraries have grown");
    if (all > Number(options["all-mb"])) throw new Error("the installed package has grown");
  }

  writeFileSync(join(project, "use.js"), useScript());
  run(process.execPath, ["use.js"], { cwd: project, env });
  run(
    process.execPath,
    [join("node_modules", "@toolken", "native", "dist", "src", "cli", "main.js"), "doctor", "--json"],
    {
      cwd: project,
      env,
      stdio: ["ignore", "ignore", "inherit"],
    },
  );
}

/** Imports the package, loads the addon, and asks the embedded model a question. */
function useScript() {
  return `
  import * as toolken from "@toolken/native";
  const diagnosis = await toolken.diagnose();
  if (!diagnosis.ok) throw new Error(JSON.stringify(diagnosis, undefined, 2));
  console.log("devices: " + diagnosis.devices.map(({ name }) => name).join(", "));
  const model = await toolken.loadModel("nano");
  const head = await toolken.ToolHead.load("nano", { for: await model.identity() });
  const asked = await toolken.createEngine(model, { head, tools: toolken.mathTools, parallel: 1 });
  try {
    if (!asked.headInGraph) throw new Error("the head is not in the graph");
    const answer = await asked.generate({
      prompt: "What is the sum of 13,289 and 7,899?",
    });
    if (!answer.text.includes("answer is 21188")) throw new Error("a wrong answer: " + answer.transcript);
    console.log("question: " + answer.transcript.trim());
  } finally {
    await asked.dispose();
    await model.dispose();
  }
`;
}

function bytesIn(folder) {
  return readdirSync(folder, { recursive: true })
    .map((name) => lstatSync(join(folder, name)))
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + entry.size, 0);
}

function run(program, args, settings) {
  const { error, status } = spawnSync(program, args, {
    stdio: "inherit",
    shell: process.platform === "win32" && program === "npm",
    ...settings,
  });
  if (error) throw error;
  if (status !== 0) throw new Error(`${program} ${args.join(" ")} ended with exit code ${status}`);
}
