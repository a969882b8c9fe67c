// Many questions at once through the product, against llama.cpp's batched greedy decode of as many sequences.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createEngine, ToolHead, type Engine } from "../../src/index.js";
import type { BenchmarkCase, CaseResult, CaseSettings } from "../case.js";
import { interleave, measuredOf } from "../interleave.js";
import { type CoreProgram, startCore } from "../programs/core-program.js";
import { randomRows } from "../synthetic-head.js";

const WIDTHS = [1, 2, 4, 8, 16, 32];
const QUICK_WIDTHS = [1, 4];
/** Tokens of each answer; a decode of all widths happens in most of them. */
const ANSWER = 96;

export const parallel: BenchmarkCase = async function* (settings) {
  const { model, gpu, threads, quick } = settings;
  await using core = startCore(model.path, gpu, threads);
  for (const width of quick ? QUICK_WIDTHS : WIDTHS) {
    yield* await atWidth(settings, core, width);
  }
};

const THINGS = ["red, blue, green", "one, two, three", "cat, dog, bird", "north, east, south"];
let asked = 1000;

/** A list that a model goes on with: answers of full length, whatever the model. No question comes twice. */
function questions(width: number): string[] {
  return Array.from({ length: width }, (_, i) => {
    const list = THINGS[i % THINGS.length]!;
    return `${asked++}. ${list}, ${list}, ${list}, ${list},`;
  });
}

async function atWidth(settings: CaseSettings, core: CoreProgram, width: number): Promise<CaseResult[]> {
  const { model, repetitions } = settings;
  const prompts = questions(width).map((question) => model.tokenizer.encode(question, { addSpecial: true }));
  const file = join(settings.scratch, `prompts-${width}.txt`);
  await writeFile(file, prompts.map((prompt) => `${prompt.join(" ")}\n`).join(""));
  const shape = { sequences: width, steps: ANSWER, prompts: file };
  await core.open("llama", "llama", shape);
  await core.open("unified", "llama", { ...shape, unified: 1 });
  await core.open("core", "toolken", { ...shape, tools: 13 });
  const rows = 13;
  const head = ToolHead.create({
    tools: Array.from({ length: rows }, (_, k) => `tool_${k}`),
    weights: randomRows(rows, model.facts.embeddingLength),
  });
  // Rows without a tool are switched off: the head is computed and never wins.
  const setup = { head, prompts: { general: "[QUESTION]" }, parallel: width };
  const run = 64 + ANSWER;
  await using engine = await createEngine(model, { ...setup, contextSize: wholeBlocks(width * run + 64) });
  // Half of the sequences are those of tool mode.
  const ownCells = { advanced: { kvUnified: false }, contextSize: 2 * width * wholeBlocks(run) };
  await using own = await createEngine(model, { ...setup, ...ownCells });
  const seen: Rates[] = [];
  const first: Record<"llama" | "median" | "last", number[]> = { llama: [], median: [], last: [] };
  const inCore = (name: string) => async (): Promise<number> => {
    const { seconds } = await core.turn(`begin ${name}`);
    if (name === "llama") first.llama.push(1 / seconds);
    return core.rate(`turn ${name} ${ANSWER - 1}`);
  };
  const decode = await interleave(
    { name: "llama.cpp", measure: inCore("llama") },
    [
      { name: "llama.cpp, one pool of KV cells", measure: inCore("unified") },
      { name: "core in C++, K = 13", measure: inCore("core") },
      {
        name: "toolken, K = 13",
        measure: async () => {
          const rates = await askAll(engine, width);
          seen.push(rates);
          first.median.push(1 / rates.firstMedian);
          first.last.push(1 / rates.firstLast);
          return rates.decode;
        },
      },
      {
        name: "toolken, K = 13, cells of its own for each",
        measure: async () => (await askAll(own, width)).decode,
      },
    ],
    repetitions,
  );
  // The first round warmed up.
  for (const rates of Object.values(first)) rates.shift();
  for (const name of ["llama", "unified", "core"]) await core.close(name);
  return [
    {
      name: `parallel, ${width}`,
      what: `tokens per second of ${width} answers while all of them are being written, prompts not counted`,
      rival: "llama.cpp's batched greedy decode in C++, a stream of KV cells per sequence",
      measured: decode,
      facts: {
        width,
        promptTokens: prompts.reduce((sum, { length }) => sum + length, 0),
        answerTokens: seen.map(({ tokens }) => tokens),
      },
    },
    {
      name: `first token, ${width}`,
      what: `1 ÷ seconds from asking ${width} questions to the first token of an answer, nothing cached`,
      rival: "llama.cpp: the prompts in one batch",
      measured: [
        measuredOf("llama.cpp, all prompts in one batch", first.llama, first.llama),
        measuredOf("toolken, median question", first.median, first.llama),
        measuredOf("toolken, last question", first.last, first.llama),
      ],
    },
  ];
}

/** llama.cpp counts cells in blocks of 256. */
function wholeBlocks(cells: number): number {
  return Math.ceil(cells / 256) * 256;
}

interface Rates {
  /** Tokens per second while every answer has begun and none has ended. */
  readonly decode: number;
  /** Seconds to the first token. */
  readonly firstMedian: number;
  readonly firstLast: number;
  /** Of all answers. */
  readonly tokens: number;
}

async function askAll(engine: Engine, width: number): Promise<Rates> {
  const start = performance.now();
  const times = await Promise.all(
    questions(width).map(async (question) => {
      const own: number[] = [];
      for await (const event of engine.stream({
        prompt: question,
        maxOutputTokens: ANSWER,
        stopSequences: [],
      })) {
        if (event.type === "text-delta" && event.token >= 0) own.push((performance.now() - start) / 1000);
      }
      return own;
    }),
  );
  const firsts = times.map((own) => own[0] ?? Number.NaN).sort((a, b) => a - b);
  const from = firsts.at(-1)!;
  const to = Math.min(...times.map((own) => own.at(-1) ?? Number.NaN));
  const within = times.flat().filter((time) => time > from && time <= to).length;
  return {
    decode: within / (to - from),
    firstMedian: firsts[Math.floor(firsts.length / 2)]!,
    firstLast: from,
    tokens: times.reduce((sum, { length }) => sum + length, 0),
  };
}
