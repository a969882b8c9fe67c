// A tool is foreign code: it may hang, throw or return nonsense, and generation must get a typed error each time.
import { abortError, invalidArgument, throwIfAborted, ToolkenError } from "../errors.js";
import { parseArguments } from "./arguments.js";
import { resultText } from "./result-text.js";
import { settled } from "./settled.js";
import type { Tool, ToolContext } from "./tool.js";

export interface ExecuteToolOptions {
  readonly signal?: AbortSignal | undefined;
  /** For the tool's context. Default: "call". */
  readonly toolCallId?: string | undefined;
  /** For the tool's context. Default: none. */
  readonly messages?: readonly unknown[] | undefined;
  /** Longest result that is written into the text, in UTF-16 units. Default 2 000. */
  readonly longestResult?: number | undefined;
  /**
   * Whether no result reads as `null` and a longer one is cut and says so, as conversations need it, instead of
   * `TOOL_RESULT_INVALID`. Default false.
   */
  readonly lenientResult?: boolean | undefined;
}

export interface ToolExecution {
  /** What the tool was called with. */
  readonly args: unknown;
  /** What it returned. */
  readonly value: unknown;
  /** What stands in the text in place of the call. */
  readonly text: string;
}

const DEFAULT_LONGEST_RESULT = 2000;

/** A tool may judge its arguments and results itself; these pass as they are. */
const OWN_CODES = new Set(["TOOL_ARGUMENTS_INVALID", "TOOL_FAILED", "TOOL_RESULT_INVALID"]);

/**
 * Parses the text between the parentheses, runs the tool, writes its result as text.
 *
 * @throws ToolkenError `TOOL_ARGUMENTS_INVALID`, `TOOL_FAILED` (with what the tool threw as cause),
 * `TOOL_TIMEOUT`, `TOOL_RESULT_INVALID`, `ABORTED`
 */
export async function executeTool(
  tool: Tool,
  argumentsText: string,
  options: ExecuteToolOptions = {},
): Promise<ToolExecution> {
  const { signal, longestResult = DEFAULT_LONGEST_RESULT, lenientResult = false } = options;
  if (!Number.isSafeInteger(longestResult) || longestResult < 1) {
    throw invalidArgument("a whole number of 1 or more", "longestResult", longestResult);
  }
  throwIfAborted(signal);
  return withinTime(tool, signal, async (toolSignal) => {
    const args = await parseArguments(tool, argumentsText);
    const { toolCallId = "call", messages = [] } = options;
    const context = {
      signal: toolSignal,
      abortSignal: toolSignal,
      toolCallId,
      toolName: tool.name,
      messages,
    };
    const value = await call(tool, args, context, longestResult);
    const text = resultText(tool.name, value, { longest: longestResult, lenient: lenientResult });
    return { args, value, text };
  });
}

async function call(
  tool: Tool,
  args: unknown,
  context: ToolContext,
  longestResult: number,
): Promise<unknown> {
  throwIfAborted(context.signal); // an async validator may have outlived the time-out
  try {
    if (tool.execute === undefined) throw new Error("the tool has no execute function");
    return await settled(tool.execute(args, context), longestResult, context.signal);
  } catch (cause) {
    if (cause instanceof ToolkenError && OWN_CODES.has(cause.code)) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ToolkenError("TOOL_FAILED", `${tool.name} failed: ${reason}`, { cause });
  }
}

/** Settles when the work does, or at once when time or the caller ends it, whatever the work makes of its signal. */
async function withinTime<T>(
  tool: Tool,
  outer: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  return new Promise<T>((resolve, reject) => {
    const stopWaiting = (): void => {
      clearTimeout(timer);
      outer?.removeEventListener("abort", onAbort);
    };
    const end = (error: ToolkenError): void => {
      stopWaiting();
      // First the rejection: a tool that throws on its signal must not win over the reason.
      reject(error);
      controller.abort(error);
    };
    const onAbort = (): void => {
      end(abortError(outer));
    };
    const timer = setTimeout(() => {
      end(new ToolkenError("TOOL_TIMEOUT", `${tool.name} took longer than ${tool.timeout} ms`));
    }, tool.timeout);
    outer?.addEventListener("abort", onAbort, { once: true });
    void work(controller.signal).then(resolve, reject).finally(stopWaiting);
  });
}
