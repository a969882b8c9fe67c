// Installs the packed tarball into an empty project, as a user would, and uses it there.
import { spawnSync } from "node:child_process";
import { existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const { values: options } = parseArgs({
  options: {
    model: { type: "string" },
    "limit-mib": { type: "string", default: "40" },
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

  const mebibytes = bytesIn(join(project, "node_modules")) / 2 ** 20;
  console.log(
    `packed ${(lstatSync(join(work, tarball)).size / 2 ** 20).toFixed(1)} MiB, installed ${mebibytes.toFixed(1)} MiB`,
  );
  if (process.platform === "linux" && process.arch === "x64" && mebibytes > Number(options["limit-mib"])) {
    throw new Error(`the installed package is larger than ${options["limit-mib"]} MiB`);
  }

  writeFileSync(
    join(project, "use.js"),
    useScript(options.model === undefined ? undefined : resolve(options.model)),
  );
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

/** Imports the package, loads the addon; with a model also asks it a question and calls a tool. */
function useScript(model) {
  const withModel = `
    const model = await toolken.loadModel(${JSON.stringify(model)}, { gpu: "cpu" });
    const d = model.facts.embeddingLength;
    const head = toolken.ToolHead.create({ tools: ["multiply"], weights: new Float32Array(d), bias: [-1000] });
    const tools = toolken.mathTools.filter(({ name }) => name === "multiply");
    const asked = await toolken.createToolken(model, { head, tools, parallel: 1 });
    try {
      if (!asked.headInGraph) throw new Error("the head is not in the graph");
      const options = { toolChoice: "required", maxTokens: 24 };
      const answer = await asked.run("A hall has 12 rows of 30 seats. How many seats are there?", options);
      if (answer.calls.length !== 1) throw new Error("no tool was called: " + answer.text);
      console.log("question: " + answer.transcript.trim());
    } finally {
      await asked.dispose();
      await model.dispose();
    }`;
  return `
    import * as toolken from "@toolken/native";
    const wanted = ["loadModel", "ToolHead", "createToolken", "mathTools", "diagnose"];
    const missing = wanted.filter((name) => !(name in toolken));
    if (missing.length > 0) throw new Error("exports missing: " + missing.join(", "));
    const diagnosis = await toolken.diagnose();
    if (!diagnosis.ok) throw new Error(JSON.stringify(diagnosis, undefined, 2));
    console.log("devices: " + diagnosis.devices.map(({ name }) => name).join(", "));
    ${model === undefined ? "" : withModel}
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
