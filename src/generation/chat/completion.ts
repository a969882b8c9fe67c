// A prompt, and tools that no head chooses: the tools are listed before the text, and calls stand in it.
import { invalidArgument } from "../../errors.js";
import type { Message } from "../../prompts/chat/messages.js";
import { splitAtQuestion } from "../../prompts/prompts.js";
import type { StreamPart } from "../events.js";
import { DEFAULT_STOPS, type ResolvedCall } from "../options.js";

/**
 * The text to continue as a message, and settings with the defaults of a prompt.
 *
 * @param prompt with `[QUESTION]`
 * @throws ToolkenError `INVALID_ARGUMENT` for settings that change what a head decides
 */
export function completionRequest(
  options: ResolvedCall,
  prompt: string,
  question: string,
): { readonly settings: ResolvedCall; readonly messages: readonly Message[] } {
  const { toolBias, topCandidates, rerankBelow, responsePrefix, stopSequences = DEFAULT_STOPS } = options;
  if (toolBias !== 0) throw invalidArgument("an engine with a head", "toolBias", toolBias);
  if (topCandidates !== 0) throw invalidArgument("an engine with a head", "topCandidates", topCandidates);
  if (rerankBelow !== undefined) throw invalidArgument("an engine with a head", "rerankBelow", rerankBelow);
  const { before, after } = splitAtQuestion(prompt);
  return {
    settings: { ...options, stopSequences },
    messages: [{ role: "user", content: before + question + after + responsePrefix }],
  };
}

/** The parts of a turn, whose result has the text of all steps, and the transcript with calls and results. */
export async function* completionParts(
  parts: AsyncIterable<StreamPart>,
): AsyncGenerator<StreamPart, void, undefined> {
  for await (const part of parts) {
    if (part.type !== "finish") yield part;
    else {
      const { messages = [], ...result } = part.result;
      const text = messages.map(({ role, content }) => (role === "assistant" ? content : "")).join("");
      yield { ...part, result: { ...result, text, transcript: messages.map(transcriptOf).join("") } };
    }
  }
}

function transcriptOf(message: Message): string {
  if (message.role === "tool") return `=${message.content}`;
  const calls = message.role === "assistant" ? (message.toolCalls ?? []) : [];
  return (
    message.content + calls.map(({ toolName, input }) => `<${toolName}>(${JSON.stringify(input)})`).join("")
  );
}
