import type { CallSyntax } from "./call-syntax.js";
import { jsonEnd } from "./json-end.js";
import type { AssistantMessage } from "./messages.js";

/** An empty thought that templates put before an answer. */
const THOUGHT = /^\s*<think>\s*<\/think>\s*/u;

/**
 * Where in a rendered text the assistant's own text ends and the template goes on; undefined when the message does not
 * stand there. White space around texts and inside calls' JSON may differ from the message's.
 *
 * @param rest the rendering from where the assistant began to write; names of control tokens in message and text are
 * marked alike
 */
export function turnEnd(rest: string, message: AssistantMessage, syntax: CallSyntax): number | undefined {
  const thought = THOUGHT.exec(rest)?.[0].length ?? 0;
  const text = after(rest, 0, message.content) ?? after(rest, thought, message.content);
  if (message.toolCalls === undefined) return text;
  // Some templates leave out what stands next to calls.
  let at = text ?? thought;
  for (const { toolCallId, toolName, input } of message.toolCalls) {
    const open = after(rest, at, syntax.open(toolCallId));
    const name = toolName + syntax.middle(toolCallId);
    if (open === undefined || !rest.startsWith(name, open)) return undefined;
    const start = open + name.length;
    const length = jsonEnd(rest.slice(start));
    if (length === undefined || !sameJson(rest.slice(start, start + length), input)) return undefined;
    const close = syntax.close(toolCallId);
    if (!rest.startsWith(close, start + length)) return undefined;
    at = start + length + close.length;
  }
  return at;
}

/** The place after a text, which white space may stand before and after. */
function after(rest: string, from: number, text: string): number | undefined {
  for (const variant of [text, text.trimStart(), text.trimEnd(), text.trim()]) {
    if (rest.startsWith(variant, from)) return from + variant.length;
  }
  const start = from + /^\s*/u.exec(rest.slice(from))![0].length;
  return rest.startsWith(text.trim(), start) ? start + text.trim().length : undefined;
}

function sameJson(text: string, value: unknown): boolean {
  try {
    return JSON.stringify(JSON.parse(text)) === JSON.stringify(value);
  } catch {
    return false;
  }
}
