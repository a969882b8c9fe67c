// `npm run bench`: measures, prints ratios, and writes the raw results with everything needed to judge them.
import { mkdir, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import yargs from "yargs";
import { GPU_CHOICES, loadModel } from "../src/index.js";
import { loadAddon } from "../src/native/load.js";
import type { BenchmarkCase, CaseResult } from "./case.js";
import { decode } from "./cases/decode.js";
import { features } from "./cases/features.js";

const cases: Readonly<Record<string, BenchmarkCase>> = { decode, features };
const root = fileURLToPath(new URL("../../", import.meta.url));

const flags = await yargs(process.argv.slice(2))
  .scriptName("npm run bench --")
  .option("quick", { type: "boolean", default: false, describe: "A minute's run" })
  .option("model", { type: "string", describe: "GGUF file" })
  .option("gpu", { choices: GPU_CHOICES, default: "cpu" as const })
  .option("threads", { type: "number", default: 0, describe: "0: physical cores" })
  .option("case", { type: "string", array: true, choices: Object.keys(cases), describe: "Only these" })
  .option("repetitions", { type: "number", describe: "Counted rounds" })
  .option("out", { type: "string", describe: "File for the raw results (JSON)" })
  .strict()
  .parse();

const path = [flags.model, "models/nano/nano-Q8_0.gguf", ".models/SmolLM2-135M-Instruct.Q4_1.gguf"]
  .filter((candidate) => candidate !== undefined)
  .map((candidate) => (candidate === flags.model ? candidate : join(root, candidate)))
  .find((candidate) => existsSync(candidate));
if (path === undefined) {
  console.error("Expected a model: name a GGUF file with --model");
  process.exit(2);
}

await using model = await loadModel(path, { gpu: flags.gpu, threads: flags.threads });
const repetitions = flags.repetitions ?? (flags.quick ? 2 : 7);
const results: CaseResult[] = [];
for (const [name, run] of Object.entries(cases)) {
  if (flags.case !== undefined && !flags.case.includes(name)) continue;
  const result = await run({ model, quick: flags.quick, repetitions });
  results.push(result);
  console.log(`\n${result.name}: ${result.what}\nrival: ${result.rival}`);
  for (const { name, medianRate, ratio, ratioRange } of result.measured) {
    const range = `${ratioRange[0].toFixed(3)}…${ratioRange[1].toFixed(3)}`;
    console.log(
      `  ${name.padEnd(40)} ${String(medianRate).padStart(10)}   × ${ratio.toFixed(3)}   (${range})`,
    );
  }
}

if (flags.out !== undefined) {
  const addon = await loadAddon();
  await mkdir(dirname(flags.out), { recursive: true });
  const report = {
    date: new Date().toISOString().slice(0, 10),
    command: `npm run bench -- ${process.argv.slice(2).join(" ")}`,
    machine: { processor: cpus()[0]?.model, cores: addon.physicalCores, memory: totalmem() },
    devices: addon.devices().map(({ name, description, backend }) => ({ name, description, backend })),
    versions: { node: process.version, llama: addon.llamaVersion },
    model: {
      file: basename(path),
      fingerprint: await model.fingerprint(),
      quantization: model.facts.quantization,
      backend: model.facts.backend,
    },
    results,
  };
  await writeFile(flags.out, `${JSON.stringify(report, null, 2)}\n`);
}
