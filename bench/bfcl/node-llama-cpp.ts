import {
  type ChatHistoryItem,
  ChatMLChatWrapper,
  type ChatSessionModelFunctions,
  defineChatSessionFunction,
  getLlama,
  LlamaChatSession,
} from "node-llama-cpp";
import type { Schema } from "./cases.js";
import type { Call } from "./check.js";
import {
  CONTEXT_SIZE,
  type Contender,
  type ContenderSettings,
  MAX_CALL_TOKENS,
  MAX_TEXT_TOKENS,
} from "./contender.js";

/** node-llama-cpp's own function calling: a chat session with functions, its defaults otherwise. */
export function nodeLlamaCpp(settings: ContenderSettings): Promise<Contender> {
  return chatSession(settings, undefined);
}

/** The same with its wrapper of ChatML, and so its own syntax of calls: models that miss their own may write this one. */
export function nodeLlamaCppChatml(settings: ContenderSettings): Promise<Contender> {
  return chatSession(settings, new ChatMLChatWrapper());
}

async function chatSession(
  { model: path, threads }: ContenderSettings,
  chatWrapper: ChatMLChatWrapper | undefined,
): Promise<Contender> {
  const llama = await getLlama({ gpu: false, build: "never", skipDownload: true, progressLogs: false });
  const model = await llama.loadModel({ modelPath: path });
  const context = await model.createContext({ contextSize: CONTEXT_SIZE, threads, batchSize: 512 });
  const session = new LlamaChatSession({
    contextSequence: context.getSequence(),
    ...(chatWrapper === undefined ? {} : { chatWrapper }),
  });
  return {
    answer: async ({ messages, functions }) => {
      session.resetChatHistory();
      const [system] = messages.filter(({ role }) => role === "system");
      if (system !== undefined) {
        const history: ChatHistoryItem[] = [{ type: "system", text: system.content }];
        session.setChatHistory(history);
      }
      const calls: Call[] = [];
      const ended = new AbortController();
      let textTokens = 0;
      const given: ChatSessionModelFunctions = Object.fromEntries(
        functions.map(({ name, description, parameters }) => [
          name,
          defineChatSessionFunction({
            description,
            params: supported(parameters) as never,
            handler: (input: unknown) => {
              calls.push({ name, input });
              ended.abort();
              return "done";
            },
          }),
        ]),
      );
      const text = await session.prompt(messages.filter(({ role }) => role === "user").at(-1)!.content, {
        functions: given,
        maxParallelFunctionCalls: 1,
        maxTokens: MAX_TEXT_TOKENS + MAX_CALL_TOKENS,
        temperature: 0,
        signal: ended.signal,
        stopOnAbortSignal: true,
        onToken: (tokens) => {
          textTokens += tokens.length;
          if (textTokens >= MAX_TEXT_TOKENS) ended.abort();
        },
      });
      return { calls, text };
    },
    [Symbol.asyncDispose]: async () => {
      await llama.dispose();
    },
  };
}

/** The schema in the keywords that node-llama-cpp knows. */
function supported(schema: Schema): Schema {
  const { type, description, properties, items, enum: values } = schema;
  const said = typeof description === "string" ? { description } : {};
  if (Array.isArray(values)) return { enum: values as unknown[], ...said };
  if (type === "object") {
    const entries = Object.entries((properties ?? {}) as Record<string, Schema>);
    return {
      type,
      ...said,
      ...(entries.length === 0
        ? { additionalProperties: true }
        : { properties: Object.fromEntries(entries.map(([name, value]) => [name, supported(value)])) }),
    };
  }
  if (type === "array")
    return { type, ...said, ...(items === undefined ? {} : { items: supported(items as Schema) }) };
  return { type: type ?? ["string", "number", "boolean", "null"], ...said };
}
