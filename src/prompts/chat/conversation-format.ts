import { ToolkenError } from "../../errors.js";
import type { Model } from "../../model/model.js";
import type { Tool } from "../../tools/index.js";
import { type CallSyntax, GENERIC_SYNTAX } from "./call-syntax.js";
import { completeDefinition } from "./complete-definition.js";
import { markedDeep } from "./control-text.js";
import { detectFormat, type Render } from "./detect-format.js";
import { templateContext } from "./dialect.js";
import type { AssistantMessage, Message } from "./messages.js";
import { renderTemplate } from "./renderer.js";
import { toolDefinition, withToolList, withToolsAsText } from "./tool-list.js";
import { turnEnd } from "./turn-end.js";

/** Turns conversations into text, and knows how its model writes calls. */
export interface ConversationFormat {
  readonly syntax: CallSyntax;
  /** Strings that end an assistant turn besides the model's end of generation. */
  readonly stopSequences: readonly string[];
  /**
   * Text of the conversation up to where the assistant writes; control tokens by their names, and marks where
   * a message or a tool spells such a name. `encodeMarked` gives its tokens.
   *
   * @param tools documented in the text
   * @throws ToolkenError `CHAT_TEMPLATE_FAILED`, `ABORTED`
   */
  render(messages: readonly Message[], tools: readonly Tool[], signal?: AbortSignal): Promise<string>;
  /**
   * Length of what an assistant message is at the start of a text: a later rendering, from where the earlier one
   * ended. Undefined when the message does not stand there.
   */
  turnEnd(rest: string, message: AssistantMessage): number | undefined;
}

/** Name of a model's template for conversations with tools, beside its usual one. */
const TOOL_TEMPLATE = "tokenizer.chat_template.tool_use";

/**
 * The format of a model's chat template; a plain transcript where it has none.
 *
 * @throws ToolkenError `CHAT_TEMPLATE_FAILED`
 */
export async function conversationFormat(
  model: Model,
  template?: string | null,
): Promise<ConversationFormat> {
  const own = template === undefined;
  const source = own ? model.facts.chatTemplate : template;
  if (source === null) return plainFormat(model);
  const toolSource = own ? (model.facts.metadata[TOOL_TEMPLATE] ?? source) : source;
  return templateFormat(model, source, toolSource);
}

async function templateFormat(model: Model, source: string, toolSource: string): Promise<ConversationFormat> {
  const { tokenizer } = model;
  const constants = specialTokens(model);
  const renderContext =
    (signal?: AbortSignal): Render =>
    (context, withTools) =>
      renderTemplate(
        withTools ? toolSource : source,
        { ...constants, add_generation_prompt: true, ...context },
        signal,
      );
  const { dialect, syntax } = await detectFormat(renderContext(), tokenizer.controlNames);
  const generic = syntax === undefined;
  return {
    syntax: syntax ?? GENERIC_SYNTAX,
    stopSequences: [],
    render: (messages, tools, signal) => {
      const safe = safeConversation(model, messages, tools);
      if (generic) {
        const context = templateContext(withToolsAsText(safe.messages, safe.tools), [], dialect);
        return renderContext(signal)(context, false);
      }
      const withTools = tools.length > 0 || messages.some(({ role }) => role === "tool");
      const attempts: Attempt[] = [[safe.messages, safe.tools]];
      if (tools.length > 0) {
        // For templates that fail at everyday schemas.
        attempts.push([safe.messages, safe.tools.map(completeDefinition)]);
        attempts.push([withToolList(safe.messages, safe.tools, syntax), []]);
      }
      return firstRendered(attempts, (given, definitions) =>
        renderContext(signal)(templateContext(given, definitions, dialect), withTools),
      );
    },
    turnEnd: (rest, message) =>
      turnEnd(rest, markedDeep(message, tokenizer) as AssistantMessage, syntax ?? GENERIC_SYNTAX),
  };
}

/** Messages, and definitions of tools. */
type Attempt = [messages: readonly Message[], tools: readonly unknown[]];

/** The first attempt at which the template does not fail; else the first failure. */
async function firstRendered(
  attempts: readonly Attempt[],
  render: (...attempt: Attempt) => Promise<string>,
): Promise<string> {
  let failure: unknown;
  for (const attempt of attempts) {
    try {
      return await render(...attempt);
    } catch (error) {
      if (!(error instanceof ToolkenError && error.code === "CHAT_TEMPLATE_FAILED")) throw error;
      failure ??= error;
    }
  }
  throw failure as ToolkenError;
}

/** A transcript for models that have seen no chat. */
function plainFormat(model: Model): ConversationFormat {
  return {
    syntax: GENERIC_SYNTAX,
    stopSequences: ["\nUser:", "\nSystem:"],
    render: (messages, tools) => {
      const safe = safeConversation(model, messages, tools);
      const turns = withToolsAsText(safe.messages, safe.tools).map(({ role, content }) =>
        role === "system" ? content : `${role === "user" ? "User" : "Assistant"}: ${content.trimStart()}`,
      );
      const bos = model.facts.addsBos ? specialTokens(model).bos_token : "";
      return Promise.resolve(`${bos}${[...turns, "Assistant:"].join("\n\n")}`);
    },
    turnEnd: (rest, message) =>
      turnEnd(rest, markedDeep(message, model.tokenizer) as AssistantMessage, GENERIC_SYNTAX),
  };
}

/** Messages and definitions in which no text is read as a control token. */
function safeConversation(
  { tokenizer }: Model,
  messages: readonly Message[],
  tools: readonly Tool[],
): { readonly messages: readonly Message[]; readonly tools: readonly unknown[] } {
  return {
    messages: markedDeep(messages, tokenizer) as Message[],
    tools: markedDeep(tools.map(toolDefinition), tokenizer) as unknown[],
  };
}

function specialTokens({ facts, tokenizer }: Model): { bos_token: string; eos_token: string } {
  const name = (id: number | null): string => (id === null ? "" : tokenizer.name(id));
  return { bos_token: name(facts.bos), eos_token: name(facts.eos) };
}
