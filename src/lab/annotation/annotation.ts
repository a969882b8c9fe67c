// What annotating one text gives.
import type { TrainingExample } from "../../examples/example.js";
import type { UnmarkedNumber } from "./annotate-text.js";

export interface Annotation {
  /** The text with its calls. */
  readonly example: TrainingExample;
  /** By call; absent for a text that came with its calls. */
  readonly marks?: readonly {
    /** Whether the text states the calculation before the number; otherwise the model chose it. */
    readonly stated: boolean;
    /** Of this calculation among those that check out, under the model; 1 where the text states it. */
    readonly probability: number;
  }[];
  readonly unmarked: readonly UnmarkedNumber[];
  /** Why the text is not to be trained on. */
  readonly leftOut?: string;
}
