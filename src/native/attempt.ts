import type { BinaryCandidate } from "./locate.js";

/** What became of one candidate. */
export interface Attempt extends BinaryCandidate {
  readonly result: "fit" | "missing" | "unfit";
  /** Why it is unfit or missing. */
  readonly reason?: string;
}
