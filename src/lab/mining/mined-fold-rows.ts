import type { MinedFold, MinedRow } from "../../examples/mined-row.js";

/** A fold that is done. */
export interface MinedFoldRows {
  readonly fold: MinedFold;
  readonly rows: readonly MinedRow[];
}
