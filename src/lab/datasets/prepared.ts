import type { TrainingExample } from "../../examples/example.js";
import type { PlanForm } from "../plans/plan.js";
import type {
  DataSet,
  LookupEntry,
  MarkCounts,
  PreparedQuestion,
  PublishedTool,
  RecordNote,
} from "./form.js";
import type { DataSetName } from "./registry.js";
import type { PromptSource } from "./sources.js";

/** What became of a file's records. */
export interface FileAccount {
  readonly file: string;
  readonly kind: string;
  readonly records: number;
  readonly examples: number;
  readonly questions: number;
  /** Calls of the examples. */
  readonly calls: number;
  /** Records that give no example, where the file's other records do, or no question either. */
  readonly leftOut: readonly RecordNote[];
  /** Records that were taken, and what is odd about them. */
  readonly remarks: readonly RecordNote[];
  /** For solutions with `<<…=…>>`. */
  readonly marks?: MarkCounts;
}

/** A file's or a folder's records in the project's own form. */
export interface PreparedPart {
  readonly name: string;
  readonly examples: readonly TrainingExample[];
  readonly questions: readonly PreparedQuestion[];
}

export interface PreparedDataSet {
  readonly dataSet: DataSetName;
  readonly parts: readonly PreparedPart[];
  readonly tools: readonly PublishedTool[];
  /** How the tools answer: as the library's operators, by looking results up, or each with one result. */
  readonly execution: DataSet["execution"];
  readonly lookup: readonly LookupEntry[];
  /** The form of the data set's plans, where its tools make plans. */
  readonly plan?: PlanForm;
  /** The general prompt, where the data set's files hold none. */
  readonly prompt: string | undefined;
  /** The data set's own prompt files. */
  readonly prompts: readonly PromptSource[];
  readonly files: readonly FileAccount[];
  /** Files of the given folders that were not read, and why. */
  readonly skipped: readonly { readonly file: string; readonly reason: string }[];
}
