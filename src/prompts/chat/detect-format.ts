// Finds a template's dialect and syntax of calls: renders small conversations and looks at what comes out.
import type { ToolkenError } from "../../errors.js";
import { type CallSyntax, detectSyntax, PROBE } from "./call-syntax.js";
import { type Dialect, templateContext, type TemplateContext } from "./dialect.js";
import type { Message } from "./messages.js";
import { exceedsLimit } from "./renderer.js";

/** Renders the template; `withTools`: for a conversation with tools. Throws `CHAT_TEMPLATE_FAILED`. */
export type Render = (context: TemplateContext, withTools: boolean) => Promise<string>;

export interface DetectedFormat {
  readonly dialect: Dialect;
  /** Undefined: the template has no place for tools, calls or results, or writes them without JSON. */
  readonly syntax: CallSyntax | undefined;
}

const user: Message = { role: "user", content: PROBE.question };
const call = { toolCallId: PROBE.callId, toolName: PROBE.toolName, input: PROBE.input };
const second = { ...call, toolCallId: "qzxcall01", input: { qzx_key: "qzx_other" } };
const TOOLS = [
  {
    type: "function",
    function: {
      name: PROBE.toolName,
      description: PROBE.description,
      parameters: {
        type: "object",
        properties: { qzx_key: { type: "string", description: "qzx_key" } },
        required: ["qzx_key"],
      },
    },
  },
];

/** How templates may be told that there are no tools, the most common first. */
const TOOLLESS: readonly Pick<Dialect, "noTools" | "functions">[] = [
  { noTools: null, functions: false },
  { noTools: [], functions: false },
  { noTools: undefined, functions: false },
  { noTools: undefined, functions: true },
];

/** @throws ToolkenError `CHAT_TEMPLATE_FAILED` when not even a single question can be rendered */
export async function detectFormat(render: Render, controls: readonly string[]): Promise<DetectedFormat> {
  const probe = new FormatProbe(render, controls);
  const dialect = await probe.base();
  return (await probe.calls(dialect)) ?? { dialect, syntax: undefined };
}

class FormatProbe {
  readonly #render: Render;
  readonly #controls: readonly string[];

  constructor(render: Render, controls: readonly string[]) {
    this.#render = render;
    this.#controls = controls;
  }

  /** What holds for conversations without tools. */
  async base(): Promise<Dialect> {
    const rest = { system: true, argumentsAsText: false, emptyContent: "", parallelCalls: true } as const;
    let failure: unknown;
    for (const variant of TOOLLESS) {
      const dialect: Dialect = { ...rest, ...variant };
      try {
        await this.#text([user], { dialect });
        const withSystem: Message[] = [{ role: "system", content: PROBE.text }, user];
        const rendered = await this.#text(withSystem, { dialect }).catch(() => "");
        return { ...dialect, system: rendered.includes(PROBE.text) };
      } catch (error) {
        failure ??= error;
        if (exceedsLimit(error)) break;
      }
    }
    throw failure as ToolkenError;
  }

  /** What holds for calls: the first dialect in which the template writes them, in a syntax that is known. */
  async calls(base: Dialect): Promise<DetectedFormat | undefined> {
    for (const argumentsAsText of [false, true]) {
      for (const emptyContent of ["", null] as const) {
        const dialect = { ...base, argumentsAsText, emptyContent };
        const syntax = await this.#syntax(dialect).catch((error: unknown) => error);
        if (exceedsLimit(syntax)) return undefined;
        if (syntax === undefined || syntax instanceof Error) continue;
        return {
          syntax: syntax as CallSyntax,
          dialect: { ...dialect, parallelCalls: await this.#parallel(dialect) },
        };
      }
    }
    return undefined;
  }

  async #syntax(dialect: Dialect): Promise<CallSyntax | undefined> {
    const called: Message = { role: "assistant", content: "", toolCalls: [call] };
    const answer: Message = { role: "assistant", content: PROBE.text };
    const result: Message = {
      role: "tool",
      toolCallId: call.toolCallId,
      toolName: call.toolName,
      content: PROBE.result,
    };
    const prompt = await this.#text([user], { dialect, tools: true });
    const lists = prompt.includes(PROBE.description) && prompt.includes(PROBE.toolName);
    const answered = await this.#text([user, called, result], { dialect, tools: true });
    if (!lists || !answered.includes(PROBE.result)) return undefined;
    return detectSyntax(
      prompt,
      await this.#text([user, called], { dialect, tools: true, ends: true }),
      await this.#text([user, answer], { dialect, tools: true, ends: true }),
      this.#controls,
    );
  }

  async #parallel(dialect: Dialect): Promise<boolean> {
    const both: Message[] = [
      user,
      { role: "assistant", content: "", toolCalls: [call, second] },
      { role: "tool", toolCallId: call.toolCallId, toolName: call.toolName, content: "qzx_first" },
      { role: "tool", toolCallId: second.toolCallId, toolName: call.toolName, content: "qzx_second" },
    ];
    const text = await this.#text(both, { dialect, tools: true }).catch(() => "");
    return ["qzx_first", "qzx_second", "qzx_value", "qzx_other"].every((part) => text.includes(part));
  }

  /** @param options.ends the conversation ends with an assistant message, none follows */
  #text(
    messages: readonly Message[],
    { dialect, tools = false, ends = false }: { dialect: Dialect; tools?: boolean; ends?: boolean },
  ): Promise<string> {
    const context = templateContext(messages, tools ? TOOLS : [], dialect);
    return this.#render({ ...context, add_generation_prompt: !ends }, tools);
  }
}
