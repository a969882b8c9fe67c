import type { Output } from "../model/context.js";
import type { RunText } from "./run-text.js";
import type { Sequence } from "./sequence.js";
import type { StepOutcomes } from "./step-outcomes.js";

interface Step {
  readonly margin: number;
  readonly length: number;
  readonly textLength: number;
  readonly textTokens: number;
  readonly output: Output;
}

/** The step at which a tool came closest, for runs that must call one. */
export class ClosestStep {
  readonly #outcomes: StepOutcomes;
  readonly #sequence: Sequence;
  readonly #text: RunText;
  #step: Step | undefined;

  constructor(outcomes: StepOutcomes, sequence: Sequence, text: RunText) {
    this.#outcomes = outcomes;
    this.#sequence = sequence;
    this.#text = text;
  }

  remember(output: Output): void {
    if (this.#text.isInNumber) return;
    const margin = this.#outcomes.toolMargin(output);
    if (margin === undefined || margin <= (this.#step?.margin ?? -Infinity)) return;
    const { text, tokens } = this.#text;
    this.#step = {
      margin,
      length: this.#sequence.length,
      textLength: text.length,
      textTokens: tokens,
      output,
    };
  }

  /** Goes back to the step, once, and gives its output; undefined: there is none. */
  async takeBack(): Promise<Output | undefined> {
    const step = this.#step;
    if (step === undefined) return undefined;
    this.#step = undefined;
    await this.#sequence.rollBack(step.length);
    this.#text.returnTo(step.textLength, step.textTokens);
    return step.output;
  }
}
