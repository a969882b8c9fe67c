import type { Model } from "../../model/model.js";
import type { Tool } from "../../tools/index.js";
import { type CallSyntax, detectSyntax, GENERIC_SYNTAX, SYNTAX_PROBE } from "./call-syntax.js";
import { markedDeep } from "./control-text.js";
import type { Message } from "./messages.js";
import { renderTemplate } from "./renderer.js";
import { toolDefinition, withToolsAsText } from "./tool-list.js";

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
}

/** The format of a model's chat template; a plain transcript where it has none. Throws `CHAT_TEMPLATE_FAILED`. */
export async function conversationFormat(
  model: Model,
  template = model.facts.chatTemplate,
): Promise<ConversationFormat> {
  return template === null ? plainFormat(model) : templateFormat(model, template);
}

async function templateFormat(model: Model, template: string): Promise<ConversationFormat> {
  const constants = specialTokens(model);
  const renderAs =
    (generic: boolean) =>
    (messages: readonly Message[], tools: readonly Tool[], signal?: AbortSignal): Promise<string> => {
      const safe = safeConversation(model, messages, tools);
      const written = generic ? withToolsAsText(safe.messages, safe.tools) : safe.messages;
      const context = {
        ...constants,
        messages: written.map(templateMessage),
        add_generation_prompt: true,
        ...(generic || tools.length === 0 ? {} : { tools: safe.tools }),
      };
      return renderTemplate(template, context, signal);
    };
  const syntax = await syntaxOf(renderAs(false), model);
  return {
    syntax: syntax ?? GENERIC_SYNTAX,
    stopSequences: [],
    render: renderAs(syntax === undefined),
  };
}

/** Undefined: the template has no place for tools, calls or results. */
async function syntaxOf(render: ConversationFormat["render"], model: Model): Promise<CallSyntax | undefined> {
  const question = await render(SYNTAX_PROBE.question, []);
  try {
    const answered = await render(SYNTAX_PROBE.answered, []);
    const { tokenizer, facts } = model;
    const ends = [facts.eot, facts.eos].flatMap((id) => (id === null ? [] : [tokenizer.name(id)]));
    return detectSyntax(question, answered, ends);
  } catch {
    return undefined;
  }
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

/** As templates of Hugging Face read messages. */
function templateMessage(message: Message): Readonly<Record<string, unknown>> {
  if (message.role === "tool") {
    const { toolCallId, toolName, content } = message;
    return { role: "tool", content, name: toolName, tool_call_id: toolCallId };
  }
  if (message.role !== "assistant" || message.toolCalls === undefined) return { ...message };
  return {
    role: "assistant",
    content: message.content,
    tool_calls: message.toolCalls.map(({ toolCallId, toolName, input }) => ({
      id: toolCallId,
      type: "function",
      function: { name: toolName, arguments: input },
    })),
  };
}
