import type { Tokenizer } from "../../model/tokenizer.js";
import type { ConversationFormat } from "../../prompts/chat/format.js";
import type { ToolSet } from "../../tools/index.js";
import type { GrammarCache } from "../grammars.js";
import type { CallWriter } from "./call-writer.js";
import type { KnownTokens } from "./known-tokens.js";
import type { Probe, ProbeSequences } from "./probe.js";
import type { ToolPromptBudget } from "./tool-prompt-budget.js";

/** What all turns of an engine share. */
export interface TurnContext {
  readonly tokenizer: Tokenizer;
  readonly tools: ToolSet;
  readonly format: ConversationFormat;
  readonly grammars: GrammarCache;
  readonly calls: CallWriter;
  readonly budget: ToolPromptBudget;
  /** Decides by a head; undefined: tools are documented in the prompt and the model decides by its text. */
  readonly probe: Probe | undefined;
}

/** The sequences of one turn. */
export interface TurnSequences extends ProbeSequences {
  /** Tokens of what the conversation's sequence has held. */
  readonly known: KnownTokens;
}
