// Questions come from the command line, or line by line from standard input.
import { createInterface } from "node:readline";
import { ToolkenError, throwIfAborted } from "../errors.js";
import type { Io } from "./io.js";

/** The given question, or every non-empty line of standard input. */
export async function* questionsFrom(question: string | undefined, io: Io): AsyncGenerator<string> {
  if (question !== undefined) {
    if (question.trim() === "") {
      throw new ToolkenError("USAGE", "Expected a question but received an empty text");
    }
    yield question;
    return;
  }
  // An interrupt while the model was loading has come already: nobody would be told of it again.
  throwIfAborted(io.signal);
  const isConversation = io.stdin.isTTY;
  if (isConversation) io.hint("A question per line; Ctrl+D ends.");
  const lines = createInterface({ input: io.stdin, crlfDelay: Infinity, terminal: false });
  const close = (): void => {
    lines.close();
    io.stdin.destroy();
  };
  io.signal.addEventListener("abort", close, { once: true });
  try {
    for await (const line of lines) if (line.trim() !== "") yield line;
    throwIfAborted(io.signal);
  } finally {
    io.signal.removeEventListener("abort", close);
    lines.close();
  }
}
