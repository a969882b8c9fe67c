// A text is put together from pieces, and where a result went in is known exactly.
import type { RecordLocation, TrainingCall, TrainingExample } from "./example.js";

/** Collects an answer's pieces and the offsets of the results in it. */
export class ResultText {
  readonly #calls: TrainingCall[] = [];
  #text: string;
  readonly #questionEnd: number;

  /** `opening` holds the question up to where the answer begins: `Q: …\nA:`. */
  constructor(opening: string) {
    this.#text = opening;
    this.#questionEnd = opening.length;
  }

  append(text: string): void {
    this.#text += text;
  }

  appendResult(tool: string, args: string, result: string): void {
    const start = this.#text.length;
    this.#text += result;
    this.#calls.push({ tool, start, end: this.#text.length, args, result });
  }

  example(source: RecordLocation): TrainingExample {
    return { text: this.#text, calls: this.#calls, questionEnd: this.#questionEnd, source };
  }
}

const LEFTOVER = /<eoe>|<[A-Za-z][\w-]*>\s*\(|<<|>>/;

/** The markup of a call that no reader resolved; such a text would teach the markup. */
export function leftoverMarkup(text: string): string | undefined {
  return LEFTOVER.exec(text)?.[0];
}

/** Whether text that follows a result goes on with the same number, so that the result isn't all of it. */
export function continuesNumber(following: string): boolean {
  return /^(?:\d|[.,]\d)/.test(following);
}
