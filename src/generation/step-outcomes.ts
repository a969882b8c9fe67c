// What a step of a model with a head offers: tokens, and tools at ids from the vocabulary's size on.
import type { ToolHead } from "../head/tool-head.js";
import type { Output } from "../model/context.js";
import type { Tokenizer } from "../model/tokenizer.js";
import type { Candidate } from "./events.js";
import type { Choice } from "./sampler.js";

/** Reads the outcomes of steps. */
export class StepOutcomes {
  readonly #tokenizer: Tokenizer;
  readonly #head: ToolHead | undefined;

  constructor(tokenizer: Tokenizer, head: ToolHead | undefined) {
    this.#tokenizer = tokenizer;
    this.#head = head;
  }

  isTool(id: number): boolean {
    return id >= this.#tokenizer.vocabularySize;
  }

  /** Undefined for a token. */
  toolName(id: number): string | undefined {
    return this.#head?.tools[id - this.#tokenizer.vocabularySize];
  }

  /** The best `count` outcomes. */
  candidates(output: Output, count: number): Candidate[] {
    return Array.from(output.ids.subarray(0, count), (id, i) => {
      const numbers = { logit: output.logits[i]!, probability: output.probs[i]! };
      const tool = this.toolName(id);
      if (tool !== undefined) return { tool, text: tool, ...numbers };
      return { token: id, text: new TextDecoder().decode(this.#tokenizer.piece(id)), ...numbers };
    });
  }

  /** Tools among the outcomes, best first. */
  tools(output: Output): Choice[] {
    const tools: Choice[] = [];
    output.ids.forEach((id, i) => {
      if (this.isTool(id)) tools.push({ id, logit: output.logits[i]!, probability: output.probs[i]! });
    });
    return tools;
  }

  /** The best tool's logit less the best token's; undefined without a tool. */
  toolMargin(output: Output): number | undefined {
    const tool = output.ids.findIndex((id) => this.isTool(id));
    const token = output.ids.findIndex((id) => !this.isTool(id));
    return tool < 0 ? undefined : output.logits[tool]! - (output.logits[token] ?? -Infinity);
  }

  /** White space that the best token begins with stands before a result: ` 52` is one token of some models. */
  lead(output: Output, textBefore: string): string {
    const token = output.ids.find((id) => !this.isTool(id));
    if (token === undefined || this.#tokenizer.isControl(token)) return "";
    const piece = new TextDecoder().decode(this.#tokenizer.piece(token));
    const lead = /^[ \t]+(?=[\p{L}\p{N}$-])/u.exec(piece)?.[0] ?? "";
    return /\s$/u.test(textBefore) ? "" : lead;
  }
}
