// Sixteen sequences with one head: its rows are multiplied once for all of them.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { BenchmarkCase, CaseResult } from "../case.js";
import { interleave } from "../interleave.js";
import { startCore } from "../programs/core-program.js";

const SEQUENCES = 16;
const STEPS = 48;

export const batchedHeads: BenchmarkCase = async ({ model, gpu, threads, quick, repetitions, scratch }) => {
  await using core = startCore(model.path, gpu, threads);
  const prompt = model.tokenizer.encode("The capital of France is", { addSpecial: true });
  const file = join(scratch, "prompts-batched-heads.txt");
  await writeFile(file, `${prompt.join(" ")}\n`.repeat(SEQUENCES));
  const counts = quick ? [0, 10_000] : [0, 13, 10_000, 50_000];
  for (const tools of counts) {
    await core.open(`k${tools}`, "toolken", {
      sequences: SEQUENCES,
      steps: STEPS,
      prompts: file,
      tools,
      ...(tools > 1000 ? { type: "f16" } : {}),
    });
  }
  const [none, ...heads] = counts.map((tools) => ({
    name: tools === 0 ? "no head" : `K = ${tools.toLocaleString("en")}`,
    measure: async () => {
      await core.turn(`begin k${tools}`);
      return core.rate(`turn k${tools} ${STEPS - 1}`);
    },
  }));
  const result: CaseResult = {
    name: `batched heads, ${SEQUENCES} sequences`,
    what: `tokens per second of ${SEQUENCES} greedy sequences in the core in C++; F16 rows from K = 10,000 on`,
    rival: "the same without a head",
    measured: await interleave(none!, heads, repetitions),
  };
  return [result];
};
