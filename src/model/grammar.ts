// A grammar's state: what the native addon holds, out of reach of callers.
import { invalidArgument } from "../errors.js";
import type { NativeGrammar } from "../native/addon.js";
import { callNative } from "../native/call.js";

let unwrap: (grammar: Grammar) => NativeGrammar;

/** A GBNF grammar and how far a text has come under it; made by `Model.createGrammar`. */
export class Grammar {
  readonly #native: NativeGrammar;

  static {
    unwrap = (grammar) => grammar.#native;
  }

  /** Use `Model.createGrammar`. */
  constructor(native: NativeGrammar) {
    this.#native = native;
  }

  /** Goes on by one token. Throws `INVALID_ARGUMENT` for one that the grammar does not accept next, `DISPOSED`. */
  accept(token: number): void {
    callNative(() => {
      this.#native.accept(token);
    });
  }

  /** Whether the text so far is a whole sentence. */
  complete(): boolean {
    return callNative(() => this.#native.complete());
  }

  /**
   * Text that likely comes next, all of it accepted: what must come; with `copy`, as much of it as is accepted and
   * the end of a value; then what must come after that. Where a space is optional, one is written if `spaced`.
   */
  draft(spaced: boolean, copy?: string): string {
    return callNative(() => this.#native.draft(spaced, copy));
  }

  /** A copy with the same state. */
  clone(): Grammar {
    return new Grammar(callNative(() => this.#native.clone()));
  }

  /** Idempotent. */
  dispose(): void {
    this.#native.dispose();
  }
}

/** @throws ToolkenError `INVALID_ARGUMENT` */
export function nativeGrammar(value: unknown): NativeGrammar {
  if (!(value instanceof Grammar))
    throw invalidArgument("a grammar of Model.createGrammar", "grammar", value);
  return unwrap(value);
}
