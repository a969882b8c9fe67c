// The rival in a process of its own: node-llama-cpp's chat session with functions. Reads a line of JSON per
// command and answers with one; see LineProgram.
import { createInterface } from "node:readline";
import {
  type ChatSessionModelFunction,
  defineChatSessionFunction,
  getLlama,
  LlamaChatSession,
  type LlamaContext,
} from "node-llama-cpp";
import { PARAMETERS, QUESTION, toolTexts } from "./tools.js";

const [path = "", threads = "0"] = process.argv.slice(2);
const llama = await getLlama({ gpu: false, build: "never", skipDownload: true, progressLogs: false });
const model = await llama.loadModel({ modelPath: path });
let context: LlamaContext | undefined;
let session: LlamaChatSession | undefined;
let functions: Record<string, ChatSessionModelFunction<typeof PARAMETERS>> = {};

/** A context and a session of their own: nothing is cached. */
async function open(tools: number, contextSize: number): Promise<object> {
  await context?.dispose();
  // By itself it takes at least four threads, which on fewer cores wait for each other.
  const own = Number(threads) > 0 ? Number(threads) : llama.cpuMathCores;
  context = await model.createContext({ contextSize, threads: own, batchSize: 512 });
  session = new LlamaChatSession({ contextSequence: context.getSequence() });
  functions = Object.fromEntries(
    toolTexts(tools).map(({ name, description }) => [
      name,
      defineChatSessionFunction({ description, params: PARAMETERS, handler: () => "done" }),
    ]),
  );
  return {};
}

/** Seconds to the first token and to the end of `maxTokens`; the context's tokens after it. */
async function ask(maxTokens: number): Promise<object> {
  session!.resetChatHistory();
  const start = performance.now();
  let first: number | undefined;
  let tokens = 0;
  await session!.prompt(QUESTION, {
    functions,
    maxTokens,
    temperature: 0,
    onToken: (chunk) => {
      first ??= performance.now();
      tokens += chunk.length;
    },
    onFunctionCallParamsChunk: () => (first ??= performance.now()),
  });
  const end = performance.now();
  return {
    first: ((first ?? end) - start) / 1000,
    seconds: (end - start) / 1000,
    units: tokens,
    contextTokens: session!.sequence.nextTokenIndex,
  };
}

for await (const line of createInterface({ input: process.stdin })) {
  const [command, ...numbers] = line.split(" ");
  try {
    const [a = 0, b = 0] = numbers.map(Number);
    const answer = command === "open" ? await open(a, b) : await ask(a);
    console.log(JSON.stringify(answer));
  } catch (error) {
    console.log(JSON.stringify({ error: error instanceof Error ? error.message : String(error) }));
  }
}
await llama.dispose();
