import { createEngine, defineTool, loadModel } from "../../src/index.js";
import {
  CONTEXT_SIZE,
  type Contender,
  type ContenderSettings,
  MAX_CALL_TOKENS,
  MAX_TEXT_TOKENS,
} from "./contender.js";

/** The engine without a head: the tools are listed in the prompt. */
export async function toolken({
  model: path,
  threads,
  documentation,
}: ContenderSettings): Promise<Contender> {
  const model = await loadModel(path, { gpu: "cpu", threads });
  const engine = await createEngine(model, {
    parallel: 1,
    contextSize: CONTEXT_SIZE,
    threads,
    toolPromptBudget: CONTEXT_SIZE,
  });
  return {
    answer: async ({ messages, functions }) => {
      const parts = engine.stream({
        messages,
        tools: functions.map(({ name, description, parameters }) =>
          defineTool({ name, description, inputSchema: parameters }),
        ),
        documentation,
        parallelToolCalls: false,
        maxSteps: 1,
        maxOutputTokens: MAX_TEXT_TOKENS,
        maxArgumentTokens: MAX_CALL_TOKENS,
      });
      let probability: number | undefined;
      for await (const part of parts) {
        if (part.type === "tool-call") ({ probability } = part);
        if (part.type !== "finish") continue;
        const { text, usage, toolErrors, pendingToolCalls = [] } = part.result;
        const calls = pendingToolCalls.map(({ toolName: name, input }) => ({ name, input }));
        const refused = toolErrors.map(({ code, inputText, message }) => ({ code, inputText, message }));
        return { calls, refused, text, promptTokens: usage.inputTokens, probability };
      }
      throw new Error("Expected a finish part");
    },
    [Symbol.asyncDispose]: async () => {
      await engine.dispose();
      await model.dispose();
    },
  };
}
