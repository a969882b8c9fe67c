import type { Model } from "../model/model.js";

/** A grammar's state along one text. */
export type Grammar = ReturnType<Model["createGrammar"]>;

const MAX_CACHED = 256;

/** Compiled grammars by their key; the least recently used ones make room. */
export class GrammarCache {
  readonly #model: Model;
  readonly #grammars = new Map<string, Grammar>();

  constructor(model: Model) {
    this.#model = model;
  }

  /** A fresh state of the grammar; the caller disposes it. Throws `GRAMMAR_INVALID`. */
  state(key: string, gbnf: () => string): Grammar {
    let grammar = this.#grammars.get(key);
    if (grammar === undefined) {
      grammar = this.#model.createGrammar(gbnf());
      for (const [oldest, unused] of this.#grammars) {
        if (this.#grammars.size < MAX_CACHED) break;
        this.#grammars.delete(oldest);
        unused.dispose();
      }
    } else this.#grammars.delete(key);
    this.#grammars.set(key, grammar);
    return grammar.clone();
  }

  dispose(): void {
    for (const grammar of this.#grammars.values()) grammar.dispose();
    this.#grammars.clear();
  }
}
