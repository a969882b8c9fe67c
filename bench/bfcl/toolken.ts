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
      const result = await engine.generate({
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
      const { text, usage } = result;
      const calls = (result.pendingToolCalls ?? []).map(({ toolName: name, input }) => ({ name, input }));
      return { calls, text, promptTokens: usage.inputTokens };
    },
    [Symbol.asyncDispose]: async () => {
      await engine.dispose();
      await model.dispose();
    },
  };
}
