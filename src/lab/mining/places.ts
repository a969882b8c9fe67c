// A step of the features is a row of numbers; here it is found again in the characters of its text.
import { type AlignedExample, MASKED } from "../../training/align.js";
import type { TrainingExample } from "../../examples/example.js";

export interface StepPlace {
  /** Where the step's outcome begins: UTF-16 units into the example's text, whole characters. */
  readonly offset: number;
  /** The answer so far: what reasoning mode has written after the prompt. */
  readonly text: string;
}

/** Places of a text's steps, which are its targets that are not masked, in order. */
export class TextPlaces {
  readonly #example: TrainingExample;
  readonly #starts: Int32Array;
  /** Per step: the token whose beginning ends the text so far, counted after the prefix. */
  readonly #outcomes: Int32Array;
  readonly #bytes: Buffer;
  /** Bytes of the aligned text that stand before the example's text; negative when a part of that was cut off. */
  readonly #before: number;
  /** The first token of the example's text. */
  readonly #first: number;

  /** @param aligned the example after a frame: its text ends as the example's text does */
  constructor(example: TrainingExample, aligned: AlignedExample) {
    this.#example = example;
    this.#starts = aligned.starts;
    const steps: number[] = [];
    aligned.targets.forEach((target, at) => {
      if (target !== MASKED) steps.push(at + 1 - aligned.prefixLength);
    });
    this.#outcomes = Int32Array.from(steps);
    this.#bytes = Buffer.from(example.text, "utf8");
    this.#before = aligned.starts.at(-1)! - this.#bytes.length;
    this.#first = Math.max(
      0,
      aligned.starts.findIndex((start) => start >= this.#before),
    );
  }

  get count(): number {
    return this.#outcomes.length;
  }

  /** Tokens of the text that the step has read. */
  position(step: number): number {
    return this.#outcomes[step]! - this.#first;
  }

  /** @param step from 0 to below `count` */
  at(step: number): StepPlace {
    const outcome = this.#outcomes[step]!;
    const bytes = this.#starts[outcome]! - this.#before;
    // A token may begin inside a character, which is not there before it is whole.
    const offset = new TextDecoder().decode(this.#bytes.subarray(0, bytes), { stream: true }).length;
    const cut = Math.max(0, -this.#before);
    const answer = Math.max(
      this.#example.questionEnd ?? 0,
      cut === 0 ? 0 : this.#bytes.toString("utf8", 0, cut).length,
    );
    return { offset, text: this.#example.text.slice(answer, offset) };
  }
}
