// A call in a warm conversation: from the user's request to the first of the arguments, and to the whole call.
import { fileURLToPath } from "node:url";
import {
  createEngine,
  defineTool,
  type Engine,
  type Message,
  type Model,
  ToolHead,
  ToolkenError,
} from "../../src/index.js";
import type { BenchmarkCase, CaseResult } from "../case.js";
import { FIRST_ANSWER, FIRST_RESULT, firstTurn, laterTurn, SYSTEM } from "../first-call/conversation.js";
import { PARAMETERS, toolTexts } from "../first-call/tools.js";
import { type Measured, measuredOf, pause } from "../interleave.js";
import { LineProgram } from "../programs/line-program.js";
import { randomRows } from "../synthetic-head.js";

const COUNTS = [10, 40];
const CONTEXT_SIZE = 8192;
const PROBE = "The best tool for this request is";

interface CallTime {
  readonly first: number;
  readonly seconds: number;
}

type Ask = (round: number) => Promise<CallTime>;

export const conversationCall: BenchmarkCase = async function* ({ model, quick, threads, repetitions }) {
  const script = fileURLToPath(new URL("../first-call/conversation-rival.js", import.meta.url));
  const args = [script, model.path, String(threads || model.threads), String(CONTEXT_SIZE)];
  for (const count of quick ? COUNTS.slice(0, 1) : COUNTS) {
    await using rival = new LineProgram(process.execPath, args);
    // A model that calls nothing has no time to compare.
    if (!(await rivalCalls(rival, count))) continue;
    await using withHead = await openEngine(model, count, true);
    await using withoutHead = await openEngine(model, count, false);
    const contenders: readonly (readonly [string, Ask])[] = [
      ["node-llama-cpp", (round) => rivalTime(rival, count, round)],
      ["head", (round) => callTime(withHead, count, round)],
      ["no head, a call required", (round) => callTime(withoutHead, count, round, "required")],
    ];
    const times = contenders.map((): CallTime[] => []);
    // The first round reads the tools and the conversation, and is not counted.
    for (let round = -1; round < (quick ? 2 : 2 * repetitions); round++) {
      const order = [...contenders.keys()];
      if (round % 2 === 1) order.reverse();
      for (const at of order) {
        await pause();
        const time = await contenders[at]![1](round + 1);
        if (round >= 0) times[at]!.push(time);
      }
    }
    yield* resultsOf(
      count,
      contenders.map(([name]) => name),
      times,
    );
  }
};

function resultsOf(count: number, names: readonly string[], times: readonly CallTime[][]): CaseResult[] {
  const result = (name: string, what: string, key: keyof CallTime): CaseResult => {
    const rates = times.map((list) => list.map((time) => 1 / time[key]));
    return {
      name: `${name}, ${count} tools`,
      what: `1 ÷ seconds from a request in a conversation to ${what}; tools and earlier turns are cached`,
      rival: "node-llama-cpp, its functions cached",
      measured: rates.map((list, at): Measured => measuredOf(names[at]!, list, rates[0]!)),
    };
  };
  return [
    result("first of the arguments", "the first of its call's arguments", "first"),
    result("whole call", "its whole call", "seconds"),
  ];
}

/** @param head one whose bias decides, as no training is needed to measure what a decision costs */
async function openEngine(model: Model, count: number, head: boolean): Promise<Engine> {
  const tools = toolTexts(count).map(({ name, description }) =>
    defineTool({ name, description, inputSchema: PARAMETERS }),
  );
  const dimension = model.facts.embeddingLength;
  const fires = laterTurn(count, 0).tool.name;
  return createEngine(model, {
    tools,
    parallel: 1,
    contextSize: CONTEXT_SIZE,
    toolPromptBudget: CONTEXT_SIZE,
    ...(head
      ? {
          head: ToolHead.create({
            tools: tools.map(({ name }) => name),
            weights: randomRows(count, dimension),
            dimension,
            bias: tools.map(({ name }) => (name === fires ? 50 : -50)),
            decision: { form: "chat", before: "", after: PROBE, falsePositiveRate: null },
          }),
        }
      : {}),
  });
}

async function callTime(
  engine: Engine,
  count: number,
  round: number,
  toolChoice: "auto" | "required" = "auto",
): Promise<CallTime> {
  const { request, tool, input } = firstTurn(count);
  const { name: toolName } = tool;
  const messages: Message[] = [
    { role: "system", content: SYSTEM },
    { role: "user", content: request },
    { role: "assistant", content: "", toolCalls: [{ toolCallId: "c00000001", toolName, input }] },
    { role: "tool", toolCallId: "c00000001", toolName, content: FIRST_RESULT },
    { role: "assistant", content: FIRST_ANSWER },
    { role: "user", content: laterTurn(count, round).request },
  ];
  const start = performance.now();
  const since = (): number => (performance.now() - start) / 1000;
  let first: number | undefined;
  for await (const part of engine.stream({ messages, toolChoice, maxSteps: 1, maxOutputTokens: 200 })) {
    if (part.type === "tool-input-delta") first ??= since();
    if (part.type === "tool-call") return { first: first!, seconds: since() };
  }
  throw new ToolkenError("INTERNAL", `Expected a call for "${laterTurn(count, round).request}"`);
}

async function rivalCalls(rival: LineProgram, count: number): Promise<boolean> {
  return (await rival.ask(`${count} 0`)).called === true;
}

async function rivalTime(rival: LineProgram, count: number, round: number): Promise<CallTime> {
  const { first, seconds, called, text } = (await rival.ask(`${count} ${round}`)) as unknown as CallTime & {
    readonly called: boolean;
    readonly text: string;
  };
  if (!called) throw new Error(`Expected a call of node-llama-cpp but received: ${text}`);
  return { first, seconds };
}
