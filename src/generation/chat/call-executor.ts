import { ToolkenError } from "../../errors.js";
import type { Message } from "../../prompts/chat/messages.js";
import { argumentsTextOf, executeTool, parseArguments, type Tool } from "../../tools/index.js";
import { callId } from "../events.js";
import type { PendingToolCall } from "../events.js";
import type { ChatSettings } from "./settings.js";

/** A call that was written and checked. */
export interface MadeCall {
  readonly toolCallId: string;
  readonly tool: Tool;
  readonly inputText: string;
  /** Undefined when the text is no JSON. */
  readonly input: unknown;
  readonly probability: number;
  /** Why it can't be executed. */
  readonly error: ToolkenError | undefined;
}

/** What came of a call. */
export interface CallOutcome {
  readonly output: unknown;
  /** What the model reads. */
  readonly text: string;
  readonly error: ToolkenError | undefined;
}

/** Checks and executes the calls of one turn, and ends tool use when a model repeats itself. */
export class CallExecutor {
  readonly #settings: ChatSettings;
  readonly #messages: readonly Message[];
  readonly #made = new Set<string>();
  /** Texts of the inputs that were executed or rejected, by the tool's name. */
  readonly #inputTexts = new Map<string, string[]>();
  readonly #pending: PendingToolCall[] = [];
  #count: number;
  #repeats = 0;
  #retries = 0;
  #retry: Tool | undefined;

  constructor(settings: ChatSettings, messages: readonly Message[]) {
    this.#settings = settings;
    this.#messages = messages;
    // A conversation grows by more messages than its turns make calls, so that no id comes again.
    this.#count = messages.length;
  }

  /** An identical call was made again after it had been rejected. */
  get endsToolUse(): boolean {
    return this.#repeats > 1;
  }

  /** Whether a call that begins like this may turn out to be one that was made before. */
  mayRepeat({ name }: Tool, inputText: string): boolean {
    return this.#inputTexts.get(name)?.some((made) => made.startsWith(inputText)) === true;
  }

  isRepeated({ tool: { name }, inputText }: Pick<MadeCall, "tool" | "inputText">): boolean {
    return this.#inputTexts.get(name)?.includes(inputText) === true;
  }

  /** The tool whose input is decoded once more, with the error in the conversation. */
  get retry(): Tool | undefined {
    return this.#retry;
  }

  /** Calls of tools without `execute`, in order. */
  get pending(): readonly PendingToolCall[] {
    return this.#pending;
  }

  nextId(): string {
    return callId(this.#count++);
  }

  failed({
    toolCallId,
    tool,
    error,
  }: {
    readonly toolCallId: string;
    readonly tool: Tool;
    readonly error: ToolkenError;
  }): MadeCall {
    return { toolCallId, tool, inputText: "", input: undefined, probability: 1, error };
  }

  async check(call: Omit<MadeCall, "input" | "error">): Promise<MadeCall> {
    const { tool, inputText } = call;
    let input: unknown;
    try {
      input = JSON.parse(inputText);
    } catch (cause) {
      const message = `The input of ${tool.name} is not valid JSON: ${inputText.slice(0, 200)}`;
      return {
        ...call,
        input: undefined,
        error: new ToolkenError("TOOL_ARGUMENTS_INVALID", message, { cause }),
      };
    }
    try {
      await parseArguments(tool, argumentsTextOf(tool, input));
      return { ...call, input, error: undefined };
    } catch (error) {
      if (!(error instanceof ToolkenError)) throw error;
      return { ...call, input, error };
    }
  }

  /** Undefined: the tool has no `execute`, the caller answers. */
  async execute(call: MadeCall): Promise<CallOutcome | undefined> {
    this.#retry = undefined;
    const { tool, input, toolCallId, inputText } = call;
    if (call.error !== undefined) {
      const retries = this.#retries++ < this.#settings.argumentRetries;
      if (retries) this.#retry = tool;
      else if (this.isRepeated(call)) this.#repeats++;
      this.#remember(call);
      // Input in JSON that the schema rejects is the caller's to judge, where the caller executes.
      if (retries || tool.execute !== undefined || input === undefined) return failure(call.error);
      this.#pending.push({ toolCallId, toolName: tool.name, input, inputText });
      return undefined;
    }
    const key = `${tool.name} ${JSON.stringify(sorted(input))}`;
    if (this.#made.has(key)) {
      this.#repeats++;
      return failure(
        new ToolkenError("TOOL_REPEATED", `${tool.name} was already called with this input. Use its result.`),
      );
    }
    this.#made.add(key);
    this.#remember(call);
    if (tool.execute === undefined) {
      this.#pending.push({ toolCallId, toolName: tool.name, input, inputText });
      return undefined;
    }
    try {
      const { value, text } = await executeTool(tool, argumentsTextOf(tool, input), {
        signal: this.#settings.signal,
        toolCallId,
        messages: this.#messages,
        lenientResult: true,
      });
      return { output: value, text, error: undefined };
    } catch (error) {
      if (!(error instanceof ToolkenError) || !error.code.startsWith("TOOL_")) throw error;
      return failure(error);
    }
  }

  #remember({ tool: { name }, inputText }: MadeCall): void {
    this.#inputTexts.set(name, [...(this.#inputTexts.get(name) ?? []), inputText]);
  }
}

function failure(error: ToolkenError): CallOutcome {
  return { output: undefined, text: `Error: ${error.message}`, error };
}

/** Keys in order, so that equal inputs have equal texts. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => [key, sorted(item)]),
  );
}
