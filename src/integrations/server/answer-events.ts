import { randomBytes } from "node:crypto";
import { ToolkenError } from "../../errors.js";
import type { FinishReason, StreamPart, TokenLogprob, Usage } from "../../generation/events.js";

/** What a client sees of an answer, in order; `finish` is the last. Calls that the server executes are not among it. */
export type AnswerEvent =
  | { readonly type: "text"; readonly text: string; readonly logprobs: readonly TokenLogprob[] | undefined }
  | { readonly type: "call-start"; readonly index: number; readonly id: string; readonly name: string }
  | { readonly type: "call-delta"; readonly index: number; readonly delta: string }
  | { readonly type: "call-end"; readonly index: number }
  | AnswerEnd;

export interface AnswerEnd {
  readonly type: "finish";
  readonly reason: "stop" | "length" | "tool_calls";
  /** Undefined when the context was full before the end. */
  readonly usage: Usage | undefined;
  /** Of the whole text; undefined where they were not asked for. */
  readonly logprobs: readonly TokenLogprob[] | undefined;
}

/** Letters and digits, nine of them: some chat templates take no other ids. */
function newCallId(): string {
  return `c${randomBytes(4).toString("hex")}`;
}

/**
 * An engine's parts as a client sees them.
 *
 * @param isExecuted whether the server executes a tool's calls
 */
export async function* answerEvents(
  parts: AsyncIterable<StreamPart>,
  isExecuted: (toolName: string) => boolean,
): AsyncGenerator<AnswerEvent, void, undefined> {
  const indices = new Map<string, number>();
  let count = 0;
  let isStarted = false;
  const end = (reason: AnswerEnd["reason"]): AnswerEnd => ({
    type: "finish",
    reason,
    usage: undefined,
    logprobs: undefined,
  });
  try {
    for await (const part of parts) {
      switch (part.type) {
        case "text-delta":
          isStarted = true;
          if (part.text !== "") yield { type: "text", text: part.text, logprobs: part.logprobs };
          break;
        case "tool-input-start": {
          isStarted = true;
          if (isExecuted(part.toolName)) break;
          const index = count++;
          indices.set(part.toolCallId, index);
          yield { type: "call-start", index, id: newCallId(), name: part.toolName };
          break;
        }
        case "tool-input-delta": {
          const index = indices.get(part.toolCallId);
          if (index !== undefined) yield { type: "call-delta", index, delta: part.delta };
          break;
        }
        case "tool-input-end": {
          const index = indices.get(part.toolCallId);
          if (index !== undefined) yield { type: "call-end", index };
          break;
        }
        case "tool-error":
          // The arguments of a call for the client did not end in time.
          if (!isExecuted(part.toolName) && part.error.code === "TOOL_ARGUMENTS_INVALID") {
            yield end("length");
            return;
          }
          break;
        case "finish":
          yield {
            type: "finish",
            reason: reasonOf(part.finishReason, count),
            usage: part.usage,
            logprobs: part.result.logprobs,
          };
          return;
        default:
      }
    }
  } catch (error) {
    // An answer that fills the context ends there.
    if (!isStarted || !(error instanceof ToolkenError) || error.code !== "CONTEXT_FULL") throw error;
    yield end("length");
  }
}

function reasonOf(reason: FinishReason, calls: number): AnswerEnd["reason"] {
  if (reason === "tool-calls") return calls > 0 ? "tool_calls" : "length";
  return reason === "length" ? "length" : "stop";
}

/** An answer as a whole. */
export interface Answer {
  readonly text: string;
  readonly calls: readonly { readonly id: string; readonly name: string; readonly arguments: string }[];
  readonly end: AnswerEnd;
}

export async function wholeAnswer(events: AsyncIterable<AnswerEvent>): Promise<Answer> {
  let text = "";
  const calls: { id: string; name: string; arguments: string }[] = [];
  for await (const event of events) {
    if (event.type === "text") text += event.text;
    else if (event.type === "call-start")
      calls[event.index] = { id: event.id, name: event.name, arguments: "" };
    else if (event.type === "call-delta") calls[event.index]!.arguments += event.delta;
    else if (event.type === "finish") return { text, calls, end: event };
  }
  throw new ToolkenError("INTERNAL", "The answer ended without a finish part");
}
