// `npm run bench`: measures, prints ratios, and writes the raw results with everything needed to judge them.
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import yargs from "yargs";
import { GPU_CHOICES } from "../src/model/load-model.js";
import { loadModel } from "../src/index.js";
import type { BenchmarkCase, CaseResult } from "./case.js";
import { argumentsCase } from "./cases/arguments.js";
import { batchedHeads } from "./cases/batched-heads.js";
import { busy } from "./cases/busy.js";
import { conversationCall } from "./cases/conversation-call.js";
import { decode } from "./cases/decode.js";
import { evaluation } from "./cases/evaluation.js";
import { features } from "./cases/features.js";
import { firstCall } from "./cases/first-call.js";
import { growth } from "./cases/growth.js";
import { importing } from "./cases/import.js";
import { longRun } from "./cases/long-run.js";
import { loop } from "./cases/loop.js";
import { memory } from "./cases/memory.js";
import { parallel } from "./cases/parallel.js";
import { profile } from "./cases/profile.js";
import { published } from "./cases/published.js";
import { rerank } from "./cases/rerank.js";
import { step } from "./cases/step.js";
import { training } from "./cases/training.js";
import { isStopping } from "./interleave.js";
import { environmentOf } from "./report.js";
import { root } from "./root.js";

const cases: Readonly<Record<string, BenchmarkCase>> = {
  import: importing,
  decode,
  loop,
  step,
  memory,
  "first-call": firstCall,
  "conversation-call": conversationCall,
  published,
  rerank,
  features,
  training,
  growth,
  parallel,
  "batched-heads": batchedHeads,
  arguments: argumentsCase,
  evaluation,
  profile,
  busy,
  "long-run": longRun,
};

/** They need a model that calls tools in a conversation, which the embedded one is too small for. */
const WITH_CALLS: ReadonlySet<string> = new Set(["conversation-call", "arguments"]);

const flags = await yargs(process.argv.slice(2))
  .scriptName("npm run bench --")
  .option("quick", { type: "boolean", default: false, describe: "A minute's run" })
  .option("model", { type: "string", describe: "GGUF file" })
  .option("gpu", { choices: GPU_CHOICES, default: "cpu" as const })
  .option("threads", { type: "number", default: 0, describe: "0: physical cores" })
  .option("case", { type: "string", array: true, choices: Object.keys(cases), describe: "Only these" })
  .option("baseline", { type: "string", describe: "import: folder of a built package to compare with" })
  .option("questions", { type: "string", describe: "evaluation: questions, as `toolken eval --data`" })
  .option("head", { type: "string", describe: "evaluation: a head of --model with the thirteen operators" })
  .option("prompts", { type: "string", describe: "evaluation: a folder of prompts" })
  .implies({ questions: ["head", "prompts"], head: "questions", prompts: "questions" })
  .option("repetitions", { type: "number", describe: "Counted rounds" })
  .option("out", { type: "string", describe: "File for the raw results (JSON), written after every result" })
  .strict()
  .parse();

const { questions: data, head, prompts } = flags;
const questions =
  data === undefined || head === undefined || prompts === undefined ? undefined : { data, head, prompts };

const path = flags.model ?? join(root, "models/nano/nano-Q8_0.gguf");
if (!existsSync(path)) {
  console.error(`Expected a GGUF file at ${path}: name one with --model`);
  process.exit(2);
}

const scratch = await mkdtemp(join(tmpdir(), "toolken-bench-"));
try {
  await using model = await loadModel(path, { gpu: flags.gpu, threads: flags.threads });
  const repetitions = flags.repetitions ?? (flags.quick ? 2 : 7);
  const around = await environmentOf(model);
  const results: CaseResult[] = [];
  for (const [name, run] of Object.entries(cases)) {
    const isWanted = flags.case === undefined ? !WITH_CALLS.has(name) : flags.case.includes(name);
    if (isStopping() || !isWanted) continue;
    const { gpu, threads, quick, baseline } = flags;
    const given = run({ model, gpu, threads, quick, repetitions, scratch, baseline, questions });
    for await (const result of Symbol.asyncIterator in given ? given : await given) {
      show(result);
      results.push(result);
      if (isStopping()) console.error("Asked to end: later results are left out, the last has fewer rounds");
      if (flags.out === undefined) continue;
      await mkdir(dirname(flags.out), { recursive: true });
      await writeFile(flags.out, `${JSON.stringify({ ...around, results }, null, 2)}\n`);
      if (isStopping()) break;
    }
  }
} finally {
  await rm(scratch, { recursive: true, force: true });
}

function show({ name, what, rival, measured }: CaseResult): void {
  console.log(`\n${name}: ${what}\nrival: ${rival}`);
  for (const { name, medianRate, ratio, ratioRange } of measured) {
    const range = `${ratioRange[0].toPrecision(4)}…${ratioRange[1].toPrecision(4)}`;
    console.log(
      `  ${name.padEnd(42)} ${String(medianRate).padStart(12)}   × ${ratio.toPrecision(4)}   (${range})`,
    );
  }
}
