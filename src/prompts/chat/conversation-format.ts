import { ToolkenError } from "../../errors.js";
import type { Model } from "../../model/model.js";
import { GENERIC_SYNTAX } from "./call-syntax.js";
import { completeDefinition } from "./complete-definition.js";
import { markedDeep } from "./control-text.js";
import { detectFormat, type Render } from "./detect-format.js";
import { templateContext } from "./dialect.js";
import type { ConversationFormat } from "./format.js";
import type { AssistantMessage, Message } from "./messages.js";
import { plainFormat } from "./plain-format.js";
import { exceedsLimit, renderTemplate } from "./renderer.js";
import { safeConversation, specialTokens } from "./safe-conversation.js";
import { withToolList, withToolsAsText } from "./tool-list.js";
import { turnEnd } from "./turn-end.js";

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
      if (exceedsLimit(error)) break;
    }
  }
  throw failure as ToolkenError;
}
