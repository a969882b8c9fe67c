// node-llama-cpp in a process of its own, with functions in a conversation. Reads a line per command and answers
// with JSON; see LineProgram.
import { createInterface } from "node:readline";
import {
  type ChatHistoryItem,
  ChatMLChatWrapper,
  type ChatSessionModelFunction,
  defineChatSessionFunction,
  getLlama,
  LlamaChatSession,
} from "node-llama-cpp";
import { FIRST_ANSWER, FIRST_RESULT, firstTurn, laterTurn, SYSTEM } from "./conversation.js";
import { PARAMETERS, toolTexts } from "./tools.js";

const [path = "", threads = "0", contextSize = "4096"] = process.argv.slice(2);
const llama = await getLlama({ gpu: false, build: "never", skipDownload: true, progressLogs: false });
const model = await llama.loadModel({ modelPath: path });
const context = await model.createContext({
  contextSize: Number(contextSize),
  threads: Number(threads) || llama.cpuMathCores,
  batchSize: 512,
});
const session = new LlamaChatSession({
  contextSequence: context.getSequence(),
  systemPrompt: SYSTEM,
  // With the wrapper of its choice, Qwen2.5-Coder writes calls that it does not recognize.
  chatWrapper: new ChatMLChatWrapper(),
});

/** Seconds from a request to the first of its call's arguments and to the call; the functions stay in the KV cache. */
async function ask(count: number, round: number): Promise<object> {
  const { request, tool, input } = firstTurn(count);
  const history: ChatHistoryItem[] = [
    { type: "system", text: SYSTEM },
    { type: "user", text: request },
    {
      type: "model",
      response: [
        {
          type: "functionCall",
          name: tool.name,
          description: tool.description,
          params: input,
          result: FIRST_RESULT,
        },
        FIRST_ANSWER,
      ],
    },
  ];
  session.setChatHistory(history);
  const ended = new AbortController();
  const start = performance.now();
  const since = (): number => (performance.now() - start) / 1000;
  let first: number | undefined;
  let called: number | undefined;
  let name = "";
  const functions: Record<string, ChatSessionModelFunction<typeof PARAMETERS>> = Object.fromEntries(
    toolTexts(count).map((one) => [
      one.name,
      defineChatSessionFunction({
        description: one.description,
        params: PARAMETERS,
        handler: () => {
          called ??= since();
          name = one.name;
          ended.abort();
          return FIRST_RESULT;
        },
      }),
    ]),
  );
  const text = await session.prompt(laterTurn(count, round).request, {
    functions,
    maxTokens: 200,
    temperature: 0,
    signal: ended.signal,
    stopOnAbortSignal: true,
    onFunctionCallParamsChunk: () => (first ??= since()),
  });
  return { seconds: called ?? since(), first: first ?? null, called: called !== undefined, name, text };
}

for await (const line of createInterface({ input: process.stdin })) {
  const [count = 0, round = 0] = line.split(" ").map(Number);
  try {
    console.log(JSON.stringify(await ask(count, round)));
  } catch (error) {
    console.log(JSON.stringify({ error: error instanceof Error ? error.message : String(error) }));
  }
}
await llama.dispose();
