import type { Model } from "../../model/model.js";
import type { Message } from "../../prompts/chat/messages.js";
import type { ToolSet } from "../../tools/index.js";
import type { StreamPart } from "../events.js";
import { GrammarCache } from "../grammars.js";
import type { Sequence } from "../sequence.js";
import { CallWriter } from "./call-writer.js";
import { conversationFormat } from "../../prompts/chat/conversation-format.js";
import type { ConversationFormat } from "../../prompts/chat/format.js";
import type { Probe } from "./probe.js";
import type { ChatSettings } from "./settings.js";
import { KnownTokens } from "./known-tokens.js";
import { ToolPromptBudget } from "./tool-prompt-budget.js";
import { Turn } from "./turn.js";
import type { TurnContext, TurnSequences } from "./turn-context.js";

/** Tokens of a prefix in another sequence from which on sharing it pays. */
const MIN_SHARED_PREFIX = 16;

/** Answers conversations: what an engine needs besides its sequences. */
export class ChatRunner {
  readonly #model: Model;
  readonly #tools: ToolSet;
  readonly #constrained: boolean;
  readonly #template: string | undefined;
  readonly #format: ConversationFormat | undefined;
  readonly #budget: ToolPromptBudget;
  readonly #grammars: GrammarCache;
  readonly #known = new WeakMap<Sequence, KnownTokens>();
  #ctx: Promise<TurnContext> | undefined;

  /**
   * @param options.template Jinja; undefined: the model's own
   * @param options.format in place of a template's
   * @param options.toolPromptBudget tokens of a list of tools above which a warning is emitted
   */
  constructor(
    model: Model,
    tools: ToolSet,
    constrained: boolean,
    options: {
      readonly template?: string | undefined;
      readonly format?: ConversationFormat;
      readonly toolPromptBudget: number;
    },
  ) {
    this.#template = options.template;
    this.#format = options.format;
    this.#budget = new ToolPromptBudget(options.toolPromptBudget);
    this.#model = model;
    this.#tools = tools;
    this.#constrained = constrained;
    this.#grammars = new GrammarCache(model);
  }

  /** The conversation as text. */
  async render(messages: readonly Message[], settings: ChatSettings): Promise<string> {
    const { format } = await this.#context();
    const text = await format.render(messages, settings.documentedTools, settings.signal);
    // Without reading megabytes that can't fit, which would block the event loop.
    settings.assertFits(Math.ceil(text.length / this.#model.tokenizer.maxPieceLength), false);
    return text;
  }

  /** Tokens of what a sequence has held. */
  known(sequence: Sequence): KnownTokens {
    let known = this.#known.get(sequence);
    if (known === undefined) this.#known.set(sequence, (known = new KnownTokens(this.#model.tokenizer)));
    return known;
  }

  /** The turn that answers a conversation. */
  async turn(
    sequences: Omit<TurnSequences, "known">,
    settings: ChatSettings,
    messages: readonly Message[],
    probe: Probe | undefined,
  ): Promise<Turn> {
    const known = this.known(sequences.conversation);
    return new Turn({ ...(await this.#context()), probe }, { ...sequences, known }, settings, messages);
  }

  /** Takes over what another sequence has computed of the same conversation, when that is clearly more. */
  async share(target: Sequence, others: readonly Sequence[], text: string): Promise<void> {
    let best: Sequence | undefined;
    const tokens = this.known(target).encode(text);
    let longest = target.commonPrefix(tokens) + MIN_SHARED_PREFIX;
    for (const other of others) {
      const length = other === target ? 0 : other.commonPrefix(tokens);
      if (length > longest) [best, longest] = [other, length];
    }
    if (best !== undefined) await target.share(best, longest);
  }

  dispose(): void {
    this.#grammars.dispose();
  }

  async #context(): Promise<TurnContext> {
    this.#ctx ??= this.#prepare();
    try {
      return await this.#ctx;
    } catch (error) {
      this.#ctx = undefined;
      throw error;
    }
  }

  async #prepare(): Promise<TurnContext> {
    const format = this.#format ?? (await conversationFormat(this.#model, this.#template));
    const grammars = this.#grammars;
    const calls = new CallWriter(format.syntax, grammars, this.#constrained);
    const { tokenizer } = this.#model;
    return { tokenizer, tools: this.#tools, format, grammars, calls, budget: this.#budget, probe: undefined };
  }
}

/** The parts of a turn; an error carries the messages of the steps that were finished before it. */
export async function* turnParts(turn: Turn): AsyncGenerator<StreamPart, void, undefined> {
  try {
    yield* turn.parts();
  } catch (error) {
    if (error instanceof Error && turn.added.length > 0) Object.assign(error, { messages: [...turn.added] });
    throw error;
  }
}
