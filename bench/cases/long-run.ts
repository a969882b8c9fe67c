// Thousands of questions in one process: memory, file handles and speed must stay where they are.
import { readdir, readFile } from "node:fs/promises";
import { createEngine, mathTools, ToolHead } from "../../src/index.js";
import { generateWordProblems } from "../../src/lab/word-problems/index.js";
import type { BenchmarkCase } from "../case.js";
import { measuredOf } from "../interleave.js";
import { lineThrough } from "../statistics.js";

const QUESTIONS = 10_000;
const QUICK_QUESTIONS = 400;
const PARALLEL = 4;
/** Tokens of an answer: a sum with its call. */
const ANSWER = 40;
/** Of the first part, in which caches and the heap fill. */
const WARM_UP = 0.1;

interface Sample {
  readonly questions: number;
  readonly seconds: number;
  readonly residentBytes: number;
  readonly fileHandles: number;
}

export const longRun: BenchmarkCase = async ({ model, quick }) => {
  const total = quick ? QUICK_QUESTIONS : QUESTIONS;
  const every = total / 100;
  const head = model.facts.name === "nano" ? await ToolHead.load("nano") : undefined;
  const options = head === undefined ? {} : { head, tools: mathTools };
  await using engine = await createEngine(model, { ...options, parallel: PARALLEL });
  // The same problems again and again: what grows is the process's, not the questions'.
  const problems = generateWordProblems({ count: Math.min(total, 1000), seed: 21, split: "held-out" });
  const start = performance.now();
  const samples: Sample[] = [await sample(0, start)];
  let asked = 0;
  let answered = 0;
  const worker = async (): Promise<void> => {
    while (asked < total) {
      const { question } = problems[asked++ % problems.length]!;
      await engine.generate({ prompt: question, maxOutputTokens: ANSWER });
      if (++answered % every === 0) samples.push(await sample(answered, start));
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, worker));
  samples.sort((a, b) => a.questions - b.questions);

  const settled = samples.filter(({ questions }) => questions >= WARM_UP * total);
  const slope = lineThrough(
    settled.map(({ questions }) => questions),
    settled.map(({ residentBytes }) => residentBytes),
  );
  const rates = (from: number, to: number): number[] => {
    const part = samples.filter(({ questions }) => questions >= from * total && questions <= to * total);
    return part.slice(1).map(({ questions, seconds }, i) => {
      const before = part[i]!;
      return (questions - before.questions) / (seconds - before.seconds);
    });
  };
  const first = rates(0, 0.1);
  return [
    {
      name: "long run",
      what: `questions per second, ${total} questions, ${PARALLEL} at once; samples of ${every}`,
      rival: "the first tenth of the questions",
      measured: [
        measuredOf("first tenth", first, first),
        // As many samples as in the first tenth: compared in their order.
        measuredOf("last tenth", rates(0.9, 1), first),
      ],
      facts: {
        residentBytesPerQuestion: slope.slope,
        residentBytesPerQuestionStandardError: slope.standardError,
        residentAtStart: samples[0]!.residentBytes,
        residentAfterWarmUp: settled[0]!.residentBytes,
        residentAtEnd: samples.at(-1)!.residentBytes,
        fileHandlesAfterWarmUp: settled[0]!.fileHandles,
        fileHandlesAtEnd: samples.at(-1)!.fileHandles,
        seconds: samples.at(-1)!.seconds,
        samples,
      },
    },
  ];
};

async function sample(questions: number, start: number): Promise<Sample> {
  return {
    questions,
    seconds: (performance.now() - start) / 1000,
    residentBytes: await residentBytes(),
    fileHandles: await fileHandles(),
  };
}

async function residentBytes(): Promise<number> {
  const status = await readFile("/proc/self/status", "utf8").catch(() => undefined);
  const kilobytes = /^VmRSS:\s+(\d+)/mu.exec(status ?? "")?.[1];
  return kilobytes === undefined ? process.memoryUsage.rss() : 1024 * Number(kilobytes);
}

/** Open files of this process, -1 where the system does not say. */
async function fileHandles(): Promise<number> {
  return readdir("/proc/self/fd").then(
    (names) => names.length,
    () => -1,
  );
}
