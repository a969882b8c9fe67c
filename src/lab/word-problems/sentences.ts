import { readDataFile } from "../../utils/data-file.js";
import type { Operator } from "./arithmetic.js";

/** `unfamiliar` sentences were written independently of the `train` ones. */
export type Split = "train" | "unfamiliar";

/** Sentences that fit any situation (`data/sentences.json`). */
export interface Sentences {
  /** Sentences with an irrelevant number `{d}` or year `{y}`. */
  readonly distractions: Readonly<Record<Split, readonly string[]>>;
  /** Requests at the end of a question. */
  readonly requests: Readonly<Record<Split, readonly string[]>>;
  /** Answers to any situation of one step; `{verb}` is the operator's. */
  readonly plainAnswers: Readonly<Record<Split, readonly string[]>>;
  /** Sentences before the calculation that only copy `{given}`, a number of the question. */
  readonly asides: Readonly<Record<Split, readonly string[]>>;
  readonly verbs: Readonly<Record<Operator, string>>;
}

let all: Sentences | undefined;

export function sentences(): Sentences {
  all ??= readDataFile(new URL("./data/sentences.json", import.meta.url)) as Sentences;
  return all;
}
