// The text so far in its two forms: with results in place of calls (what reasoning mode reads), and with the calls
// written out (what tool mode reads, so that the model sees the pattern).
import type { ToolCall } from "./events.js";

export class Transcript {
  #text = "";
  #withCalls = "";
  readonly #calls: ToolCall[] = [];

  get text(): string {
    return this.#text;
  }

  get withCalls(): string {
    return this.#withCalls;
  }

  get calls(): readonly ToolCall[] {
    return this.#calls;
  }

  add(text: string): void {
    this.#text += text;
    this.#withCalls += text;
  }

  /** @param lead white space that stands before the result and that the model has not written */
  addCall(lead: string, call: Omit<ToolCall, "start" | "end">): ToolCall {
    const start = this.#text.length + lead.length;
    const placed = { ...call, start, end: start + call.outputText.length };
    this.#calls.push(placed);
    this.#text += lead + call.outputText;
    this.#withCalls += `${lead}<${call.toolName}>(${call.inputText})=${call.outputText}`;
    return placed;
  }

  /** Drops what is after the first `length` characters of the text; no call stands there. */
  cut(length: number): void {
    const dropped = this.#text.length - length;
    if (dropped <= 0) return;
    this.#text = this.#text.slice(0, length);
    this.#withCalls = this.#withCalls.slice(0, this.#withCalls.length - dropped);
  }
}
