// An answer as a person reads it: the text, with every call in front of its result.
import type { GenerateResult, Rerank, ToolCall, Usage } from "../generation/events.js";
import { REJECT } from "../reranker/reranker.js";
import type { Io } from "./io.js";

type Styled = Pick<Io, "style">;

/** `67*253=<multiply>(67, 253)=16951`, calls and results in colour. */
export function highlightedAnswer(
  { text, toolCalls }: Pick<GenerateResult, "text" | "toolCalls">,
  io: Styled,
): string {
  let shown = "";
  let from = 0;
  for (const call of toolCalls) {
    shown += text.slice(from, call.start) + highlightedCall(call, io);
    from = call.end;
  }
  return (shown + text.slice(from)).trim();
}

export function highlightedCall(
  { toolName, inputText, outputText }: Pick<ToolCall, "toolName" | "inputText" | "outputText">,
  { style }: Styled,
): string {
  return style("cyan", `<${toolName}>(${inputText})=`) + style(["bold", "green"], outputText);
}

/** Calls that the reranker has rejected or replaced. */
export function changesOf({ reranks }: Pick<GenerateResult, "reranks">): Rerank[] {
  return reranks.filter(({ decision, tentative }) => decision !== tentative);
}

/** `<add> rejected (add 3.10, subtract -0.42, REJ 5.77)`. */
export function rerankLine({ tentative, candidates, reject, decision }: Rerank): string {
  const scores = [...candidates, { tool: REJECT, ...reject }].map(
    ({ tool, score }) => `${tool} ${score.toFixed(2)}`,
  );
  const became =
    decision === REJECT ? "rejected" : decision === tentative ? "confirmed" : `replaced by <${decision}>`;
  return `<${tentative}> ${became} (${scores.join(", ")})`;
}

/** `2 calls, 41 tokens in 0.8 s (51 tokens/s)`. */
export function usageLine(calls: number, usage: Usage): string {
  const tokens = usage.outputTokens;
  const seconds = usage.details.milliseconds / 1000;
  const speed = seconds > 0 ? ` (${(tokens / seconds).toFixed(1)} tokens/s)` : "";
  return `${calls} ${calls === 1 ? "call" : "calls"}, ${tokens} tokens in ${seconds.toFixed(2)} s${speed}`;
}
