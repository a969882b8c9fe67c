// Writes problems as JSON lines for evaluation (`--form evaluation`) or head training (`--form head`).
// node scripts/nano/write-problems.mjs --out FILE --count N [--seed 1] [--split held-out] [--steps 1,2] [--form evaluation]
import { renameSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";

const dist = new URL(process.env.NANO_DIST ?? "../../dist/", import.meta.url);
const { evaluationRecord, generateWordProblems, trainingExample } = await import(
  new URL("src/lab/word-problems/index.js", dist).href
);

const { values } = parseArgs({
  options: {
    out: { type: "string" },
    count: { type: "string", default: "100" },
    seed: { type: "string", default: "1" },
    split: { type: "string", default: "held-out" },
    steps: { type: "string" },
    form: { type: "string", default: "evaluation" },
  },
});
const forms = { evaluation: evaluationRecord, head: trainingExample };
const write = forms[values.form];
if (values.out === undefined || write === undefined) {
  console.error("Say where to write and what: --out FILE --form evaluation|head");
  process.exit(2);
}
const problems = generateWordProblems({
  count: Number(values.count),
  seed: Number(values.seed),
  split: values.split,
  ...(values.steps === undefined ? {} : { steps: values.steps.split(",").map(Number) }),
});
writeFileSync(
  `${values.out}.part`,
  problems.map((problem) => `${JSON.stringify(write(problem))}\n`).join(""),
);
renameSync(`${values.out}.part`, values.out);
