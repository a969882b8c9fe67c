// Function calling on BFCL's cases: node dist/bench/bfcl/main.js --data FOLDER --model FILE --out FILE.jsonl
// Every case's outcome is a line of the file; a run that is started again goes on where the file ends.
import { existsSync } from "node:fs";
import { appendFile, readFile } from "node:fs/promises";
import { basename } from "node:path";
import yargs from "yargs";
import { type BfclCase, readCases } from "./cases.js";
import { mistakeIn } from "./check.js";
import type { Contender, ContenderSettings } from "./contender.js";
import { nodeLlamaCpp, nodeLlamaCppChatml } from "./node-llama-cpp.js";
import { type Outcome, table } from "./table.js";
import { toolken } from "./toolken.js";

const contenders: Readonly<Record<string, (settings: ContenderSettings) => Promise<Contender>>> = {
  toolken,
  "node-llama-cpp": nodeLlamaCpp,
  "node-llama-cpp, ChatML": nodeLlamaCppChatml,
};
const DOCUMENTATION = ["none", "signature", "prompt"] as const;

const flags = await yargs(process.argv.slice(2))
  .scriptName("bfcl")
  .option("data", { type: "string", describe: "Folder of the sets, <set>.dev.jsonl" })
  .option("set", {
    type: "string",
    array: true,
    default: ["live_simple", "simple_python", "irrelevance"],
    describe: "Sets, a case of each in turn",
  })
  .option("count", { type: "number", default: 100, describe: "Cases of each set" })
  .option("model", { type: "string", describe: "GGUF file; without it the table of --out is printed" })
  .option("contender", { choices: Object.keys(contenders), default: "toolken" })
  .option("documentation", { choices: DOCUMENTATION, default: "prompt" as const })
  .option("threads", { type: "number", default: 0, describe: "0: physical cores" })
  .option("out", { type: "string", demandOption: true, describe: "JSON lines" })
  .strict()
  .parse();

const outcomes = existsSync(flags.out)
  ? (await readFile(flags.out, "utf8"))
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Outcome)
  : [];
if (flags.model !== undefined && flags.data !== undefined) await measure(flags.model, flags.data);
console.log(table(outcomes));

async function measure(model: string, data: string): Promise<void> {
  const { contender, documentation, threads, count } = flags;
  const name = contender === "toolken" ? `toolken, documentation: ${documentation}` : contender;
  const key = { model: basename(model), contender: name };
  const done = new Set(
    outcomes
      .filter((one) => one.model === key.model && one.contender === name)
      .map(({ set, id }) => `${set} ${id}`),
  );
  const sets = await Promise.all(flags.set.map((set) => readCases(data, set, count)));
  const inTurns = Array.from({ length: count }, (_, i) => sets.map((cases) => cases[i]))
    .flat()
    .filter((one): one is BfclCase => one !== undefined && !done.has(`${one.set} ${one.id}`));
  await using asked = await contenders[contender]!({ model, threads, documentation });
  for (const one of inTurns) {
    const start = performance.now();
    const answer = await asked
      .answer(one)
      .catch((error: unknown) => ({ calls: [], text: "", error: String(error) }));
    const mistake = "error" in answer ? answer.error : mistakeIn(one, answer.calls);
    const seconds = (performance.now() - start) / 1000;
    const outcome: Outcome = {
      ...key,
      set: one.set,
      id: one.id,
      right: mistake === undefined,
      mistake,
      ...answer,
      seconds,
    };
    outcomes.push(outcome);
    await appendFile(flags.out, `${JSON.stringify(outcome)}\n`);
  }
}
