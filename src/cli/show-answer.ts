// An answer as a person reads it: the text, with every call in front of its result.
import type { Answer, ToolCall, Usage } from "../generation/events.js";
import type { Io } from "./io.js";

type Styled = Pick<Io, "style">;

/** `67*253=<multiply>(67, 253)=16951`, calls and results in colour. */
export function highlightedAnswer({ text, calls }: Pick<Answer, "text" | "calls">, io: Styled): string {
  let shown = "";
  let from = 0;
  for (const call of calls) {
    shown += text.slice(from, call.start) + highlightedCall(call, io);
    from = call.end;
  }
  return (shown + text.slice(from)).trim();
}

export function highlightedCall(
  { tool, argumentsText, result }: Pick<ToolCall, "tool" | "argumentsText" | "result">,
  { style }: Styled,
): string {
  return style("cyan", `<${tool}>(${argumentsText})=`) + style(["bold", "green"], result);
}

/** `2 calls, 41 tokens in 0.8 s (51 tokens/s)`. */
export function usageLine(calls: number, usage: Usage): string {
  const tokens = usage.reasoningTokens + usage.argumentTokens;
  const seconds = usage.milliseconds / 1000;
  const speed = seconds > 0 ? ` (${(tokens / seconds).toFixed(1)} tokens/s)` : "";
  return `${calls} ${calls === 1 ? "call" : "calls"}, ${tokens} tokens in ${seconds.toFixed(2)} s${speed}`;
}
