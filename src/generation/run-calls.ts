import { ToolkenError } from "../errors.js";
import type { Output } from "../model/context.js";
import { executeTool, type Tool } from "../tools/index.js";
import { callId, type FinishReason, type StreamPart, type ToolCallError } from "./events.js";
import type { ResolvedSettings } from "./resolved-settings.js";
import type { RunContext } from "./run-context.js";
import type { RunText } from "./run-text.js";
import type { Choice } from "./sampler.js";
import type { Sequence } from "./sequence.js";
import type { StepOutcomes } from "./step-outcomes.js";
import type { UsageMeter } from "./usage-meter.js";

/** The run whose calls they are. */
interface CallingRun {
  /** Of tool mode. */
  readonly sequences: Sequence[];
  readonly settings: ResolvedSettings;
  readonly question: string;
  readonly text: RunText;
  readonly outcomes: StepOutcomes;
  readonly usage: UsageMeter;
}

interface Attempt {
  readonly tool: Tool;
  /** What stands between the text and the call. */
  readonly lead: string;
  /** An earlier call with its error, which the model sees before it writes the arguments; "" for none. */
  readonly refused: string;
  readonly probability: number;
}

/** Arguments that the tool's parameters refuse. */
class Refused {
  constructor(
    readonly inputText: string,
    readonly reason: string,
  ) {}
}

/** Carries out calls in running text and puts their results into it. */
export class RunCalls {
  readonly #around: RunContext;
  readonly #run: CallingRun;
  readonly #failed: ToolCallError[] = [];
  #failures = 0;

  constructor(around: RunContext, run: CallingRun) {
    this.#around = around;
    this.#run = run;
  }

  /** Calls that came to nothing, in order. */
  get failed(): readonly ToolCallError[] {
    return this.#failed;
  }

  /** Number of calls that failed, whatever the number of their attempts. */
  get failures(): number {
    return this.#failures;
  }

  /**
   * Lets the model write a call's arguments and executes it; refused arguments are written again.
   *
   * @returns tokens of the result to append, why the run ends, or undefined: the call failed
   */
  async *make(
    choice: Choice,
    output: Output,
  ): AsyncGenerator<StreamPart, Int32Array | FinishReason | undefined, undefined> {
    const { settings, text, outcomes } = this.#run;
    if (text.calls.length >= settings.maxCalls) return "tool-calls";
    const tool = this.#around.tools.get(outcomes.toolName(choice.id)!);
    const lead = outcomes.lead(output, text.read);
    let refused = "";
    for (let retries = settings.argumentRetries; ; retries--) {
      const made = yield* this.#attempt({ tool, lead, refused, probability: choice.probability });
      if (made instanceof Refused && retries > 0) {
        refused = `<${tool.name}>(${made.inputText}) (${made.reason}) `;
        continue;
      }
      if (made !== undefined && !(made instanceof Refused)) return made;
      this.#failures++;
      return undefined;
    }
  }

  async *#attempt({
    tool,
    lead,
    refused,
    probability,
  }: Attempt): AsyncGenerator<StreamPart, Int32Array | FinishReason | Refused | undefined, undefined> {
    const { toolMode, tokenizer } = this.#around;
    const { sequences, settings, question, text: written, usage } = this.#run;
    const { signal, maxArgumentTokens: maxTokens } = settings;
    // The same for the same run: the calls are numbered.
    const toolCallId = callId(written.calls.length + this.#failed.length);
    const toolName = tool.name;
    let inputText = "";
    try {
      const transcript = written.readWithCalls + lead + refused;
      const call = { sequences, question, transcript, maxTokens, usage, signal };
      inputText = await toolMode.writeArguments(tool, call);
      yield* written.release();
      yield { type: "tool-call", toolCallId, toolName, inputText, probability };
      const { args: input, value: output, text } = await executeTool(tool, inputText, { signal });
      // Nothing stands before an empty result.
      const before = text === "" ? "" : lead;
      const tokens = tokenizer.encode(before + text);
      const made = { toolCallId, toolName, inputText, input, output, outputText: text, probability };
      yield { type: "tool-result", ...written.addCall(before, made, tokens.length) };
      usage.resultTokens += tokens.length;
      return written.end() ?? tokens;
    } catch (error) {
      // What makes no room for a second attempt is no reason to end the run.
      const isFull = refused !== "" && error instanceof ToolkenError && error.code === "CONTEXT_FULL";
      if (isFull) return undefined;
      // Failures of a call, not of the machine: the run goes on without the call.
      if (!(error instanceof ToolkenError && error.code.startsWith("TOOL_"))) throw error;
      const { code, message } = error;
      this.#failed.push({ toolCallId, toolName, inputText, code, message });
      yield { type: "tool-error", toolCallId, toolName, inputText, error };
      // Arguments that did not end, and what a tool says of itself, would be the same again.
      return "inputText" in error ? new Refused(inputText, message) : undefined;
    }
  }
}
