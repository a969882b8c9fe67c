// How long until the first call, and until the answer: a tool head, against rivals that read the tools in a prompt.
import { fileURLToPath } from "node:url";
import { createEngine, type Model, type Engine, ToolkenError } from "../../src/index.js";
import { callSignature } from "../../src/tools/index.js";
import type { BenchmarkCase, CaseResult, CaseSettings } from "../case.js";
import { catalogue, QUESTION } from "../first-call/tools.js";
import { interleave, type Measured, measuredOf, median, quantile, type Variant } from "../interleave.js";
import { LineProgram } from "../programs/line-program.js";
import { headFiringBehind } from "../synthetic-head.js";

const COUNTS = [4, 13, 50, 200, 1000, 10_000];
const QUICK_COUNTS = [4, 50];
/** Tokens of text that count as the answer. */
const ANSWER = 24;
/** After a tool of the middle, so that no order of rows favours it. */
const PROMPT = "Answer with the help of tools.\n\nQ: [QUESTION]\nA:";

export const firstCall: BenchmarkCase = async function* (settings) {
  const { model, quick, threads } = settings;
  const script = fileURLToPath(new URL("../first-call/node-llama-cpp.js", import.meta.url));
  await using rival = new LineProgram(process.execPath, [
    script,
    model.path,
    String(threads || model.threads),
  ]);
  const stopped = new Set<string>();
  for (const count of quick ? QUICK_COUNTS : COUNTS) {
    yield* await atCount(settings, rival, count, stopped);
  }
  yield* await growth(settings);
};

/** From few tools to many, in turns, the same tool firing: what only their number costs. */
async function growth({ model, quick, repetitions }: CaseSettings): Promise<CaseResult[]> {
  const [few, many] = quick ? [4, 50] : [13, 10_000];
  const heads = [await withHead(model, few, 1), await withHead(model, many, 1)] as const;
  const results: CaseResult[] = [];
  for (const kind of ["cold", "cached"] as const) {
    const variants = heads.map((head, at): Variant => ({
      name: `${(at === 0 ? few : many).toLocaleString("en")} tools`,
      measure: async () => 1 / (await head[kind]()).call,
    }));
    results.push({
      name: `first call, growth, ${kind}`,
      what: "1 ÷ seconds to the first call with its arguments",
      rival: `the same with ${few} tools`,
      measured: await interleave(variants[0]!, variants.slice(1), quick ? 1 : 4 * repetitions),
    });
  }
  for (const head of heads) await head.close();
  return results;
}

/** Seconds; `promptTokens` that were decoded before the first call or token. */
interface Times {
  readonly call: number;
  readonly answer: number;
  readonly promptTokens: number;
  /** Tokens in the KV cache at the end. */
  readonly kvTokens: number;
}

interface Contender {
  readonly name: string;
  /** Nothing is cached. */
  cold(): Promise<Times>;
  /** The same question once more. */
  cached(): Promise<Times>;
  close(): Promise<void>;
}

async function atCount(
  { model, repetitions, quick }: CaseSettings,
  rival: LineProgram,
  count: number,
  stopped: Set<string>,
): Promise<CaseResult[]> {
  const contenders = [await withHead(model, count)];
  const why: Record<string, string> = {};
  const others: (readonly [string, () => Promise<Contender>])[] = [
    ["node-llama-cpp", () => functionCalling(model, rival, count)],
    ["in-context tools", () => inContext(model, count)],
  ];
  for (const [name, make] of others) {
    if (stopped.has(name)) {
      why[name] = "no longer fits into the context with fewer tools";
      continue;
    }
    try {
      const contender = await make();
      // Whether it fits shows in the first run, which also warms up.
      await contender.cold();
      contenders.push(contender);
    } catch (error) {
      stopped.add(name);
      why[name] = error instanceof Error ? error.message : String(error);
    }
  }
  await contenders[0]!.cold();
  const times = contenders.map((): Record<"cold" | "cached", Times[]> => ({ cold: [], cached: [] }));
  for (let round = 0; round < (quick ? 1 : Math.min(repetitions, count >= 50 ? 3 : 7)); round++) {
    for (const [at, contender] of contenders.entries()) {
      times[at]!.cold.push(await contender.cold());
      times[at]!.cached.push(await contender.cached());
    }
  }
  for (const contender of contenders) await contender.close();
  const bytesPerToken = kvBytesPerToken(model);
  const result = (kind: "cold" | "cached", what: "call" | "answer"): CaseResult => ({
    name: `first ${what}, ${count.toLocaleString("en")} tools, ${kind}`,
    what:
      what === "call"
        ? "1 ÷ seconds to the first call with its arguments; rivals: only to the first token, the soonest that a call can begin"
        : `1 ÷ seconds to the end of ${ANSWER} tokens of text; with the head the call and its result come before them`,
    rival: "the head's own time",
    measured: contenders.map(({ name }, at): Measured => {
      const rates = (which: (typeof times)[number]): number[] => which[kind].map((time) => 1 / time[what]);
      return measuredOf(name, rates(times[at]!), rates(times[0]!));
    }),
    facts: {
      tools: count,
      ...Object.fromEntries(
        contenders.map(({ name }, at) => {
          const last = times[at]![kind].at(-1)!;
          return [
            name,
            {
              promptTokens: last.promptTokens,
              kvTokens: last.kvTokens,
              kvBytes: last.kvTokens * bytesPerToken,
            },
          ];
        }),
      ),
      ...(Object.keys(why).length === 0 ? {} : { stopped: why }),
    },
    ...(what === "call"
      ? {
          firstCall: contenders.map(({ name }, at) => {
            const taken = times[at]![kind].map(({ call }) => 1000 * call);
            return {
              tools: count,
              series: kind === "cold" ? name : `${name}, prefix cached`,
              milliseconds: median(taken),
              range: [quantile(taken, 0.25), quantile(taken, 0.75)] as const,
            };
          }),
        }
      : {}),
  });
  return [
    result("cold", "call"),
    result("cached", "call"),
    result("cold", "answer"),
    result("cached", "answer"),
  ];
}

// ---- with a head ----

async function withHead(model: Model, count: number, fires = Math.floor(count / 2)): Promise<Contender> {
  const tools = catalogue(count);
  const names = tools.map(({ name }) => name);
  const text = PROMPT.replace("[QUESTION]", QUESTION);
  const head = await headFiringBehind(model, text, names, fires);
  const open = (): Promise<Engine> =>
    createEngine(model, { head, tools, prompts: { general: PROMPT }, parallel: 1 });
  let engine = await open();
  return {
    name: "head",
    cold: async () => {
      await engine.dispose();
      engine = await open();
      return timesOf(engine, "tool-call");
    },
    cached: () => timesOf(engine, "tool-call"),
    close: () => engine.dispose(),
  };
}

async function timesOf(engine: Engine, first: "tool-call" | "text-delta"): Promise<Times> {
  const start = performance.now();
  const since = (): number => (performance.now() - start) / 1000;
  let call: number | undefined;
  for await (const event of engine.stream({ prompt: QUESTION, maxOutputTokens: ANSWER, stopSequences: [] })) {
    if (event.type === first) call ??= since();
    if (event.type !== "finish") continue;
    const { usage, toolCalls: calls } = event.result;
    if (first === "tool-call" && calls.length === 0)
      throw new Error("Expected the head to fire after the question");
    const kept = usage.details.promptTokens + usage.details.cachedTokens + usage.details.toolPromptTokens;
    return {
      call: call ?? since(),
      answer: since(),
      promptTokens: usage.details.promptTokens + usage.details.toolPromptTokens,
      kvTokens: kept + usage.details.textTokens + usage.details.argumentTokens + usage.details.resultTokens,
    };
  }
  throw new Error("Expected a run to end with an answer");
}

// ---- tools in the prompt ----

async function inContext(model: Model, count: number): Promise<Contender> {
  const list = catalogue(count).map((tool) => `- ${callSignature(tool)}: ${tool.description}`);
  const general = `Answer with the help of these tools:\n${list.join("\n")}\n\nQ: [QUESTION]\nA:`;
  const needed = model.tokenizer.encode(general).length + 64 + ANSWER;
  if (needed > model.facts.trainedContext) {
    throw new ToolkenError(
      "CONTEXT_FULL",
      `The list of tools needs ${needed} tokens, the model's context has ${model.facts.trainedContext}`,
    );
  }
  const contextSize = Math.ceil((2 * needed) / 256) * 256;
  const open = (): Promise<Engine> => createEngine(model, { prompts: { general }, parallel: 1, contextSize });
  let engine = await open();
  return {
    name: "in-context tools",
    cold: async () => {
      await engine.dispose();
      engine = await open();
      return timesOf(engine, "text-delta");
    },
    cached: () => timesOf(engine, "text-delta"),
    close: () => engine.dispose(),
  };
}

// ---- node-llama-cpp ----

async function functionCalling(model: Model, rival: LineProgram, count: number): Promise<Contender> {
  // What its own prompt needs per function is seen from a first run: about 37 tokens; twice that is room enough.
  const wanted = 1024 + 80 * count;
  const contextSize = Math.min(model.facts.trainedContext, wanted);
  const times = async (): Promise<Times> => {
    const { first, seconds, contextTokens } = (await rival.ask(`ask ${ANSWER}`)) as Record<string, number>;
    const promptTokens = contextTokens! - ANSWER;
    return { call: first!, answer: seconds!, promptTokens, kvTokens: contextTokens! };
  };
  return Promise.resolve({
    name: "node-llama-cpp",
    cold: async () => {
      await rival.ask(`open ${count} ${contextSize}`);
      return times();
    },
    cached: times,
    close: () => Promise.resolve(),
  });
}

/** Bytes of keys and values of one token: F16, every layer. */
function kvBytesPerToken({ facts }: Model): number {
  const number = (name: string): number => Number(facts.metadata[`${facts.architecture}.${name}`]);
  const heads = number("attention.head_count");
  const kvHeads = number("attention.head_count_kv") || heads;
  const length = number("attention.key_length") || facts.embeddingLength / heads;
  return 2 * 2 * facts.layers * kvHeads * length;
}
