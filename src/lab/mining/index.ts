export { mineRows, type Mined } from "./mine.js";
export type { MinedFormat, MineOptions, MiningProgress } from "./options.js";
export {
  readMinedRows,
  type MinedRows,
  type MisalignedRow,
  type ReadMinedOptions,
} from "../../examples/read-mined.js";
export type {
  MinedCounts,
  MinedFold,
  MinedInfo,
  MinedKind,
  MinedRow,
  MinedToken,
  MinedTool,
} from "../../examples/mined-row.js";
