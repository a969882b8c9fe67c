// Every data set has records of its own; what they become is the same for all and is said here.
import type { PlanForm } from "../plans/plan.js";
import type { TrainingExample, TrainingProblem } from "../../examples/example.js";
import type { EvaluationQuestion } from "../../examples/questions.js";
import type { SourceRecord } from "../../examples/records.js";

/** A tool of a data set. */
export interface PublishedTool {
  /** As the library writes it: letters, digits, `_`, `.` and `-`. */
  readonly name: string;
  /** As the data set writes it: `<people/person/gender>`, `[WALK]`. */
  readonly published: string;
  readonly description: string;
  /** Tools of one kind in plans: `action`, `object`, `end`. */
  readonly group?: string;
  /** What a call writes into the text, where that is the same for every call: `[WALK]`. */
  readonly result?: string;
}

/** A call as a question's solution has it. */
export interface GoldCall {
  readonly tool: string;
  readonly args: string;
  readonly result: string;
}

/** A step of a plan by the names of its tools; the end of a plan is no step. */
export interface PlannedAction {
  readonly action: string;
  readonly object: string;
}

/** An evaluation question with what the data set knows of its solution. */
export interface PreparedQuestion extends EvaluationQuestion {
  readonly calls?: readonly GoldCall[];
  readonly plan?: readonly PlannedAction[];
}

/** What a tool answers: to these arguments, or to those that occur in this question. */
export interface LookupEntry {
  readonly tool: string;
  readonly entity?: string;
  readonly question?: string;
  readonly result: string;
}

/** Calculations that a text marks, `<<48/2=24>>`. */
export interface MarkCounts {
  /** All marks. */
  readonly read: number;
  /** Those that became calls: their result is what computing them gives. */
  readonly checked: number;
  /** Those that calculate nothing (`<<5=5>>`); the text stays, the mark goes. */
  readonly withoutOperation: number;
  /** Those whose result is not what computing them gives; their texts are left out. */
  readonly failed: number;
}

/** What one record gives. Without example and question it was left out, for the reason given. */
export interface PreparedRecord {
  readonly example?: TrainingExample;
  /** Its id has to be different within the file only; without one the record's place counts. */
  readonly question?: Omit<PreparedQuestion, "id"> & { readonly id?: string };
  /** Why the record gives no example, or no question either. */
  readonly leftOut?: string;
  /** What is odd about a record that was taken all the same. */
  readonly remarks?: readonly string[];
  readonly lookup?: LookupEntry;
  readonly marks?: MarkCounts;
}

export interface FormOptions {
  /** The general prompt that question and answer are put into; the data set's own by default. */
  readonly form: string;
}

/** A data set: how its files are told apart and what their records become. */
export interface DataSet {
  readonly name: string;
  /** One line for people. */
  readonly title: string;
  /** What the kinds of its files are called, each with how a record of it begins. */
  readonly kinds: Readonly<Record<string, string>>;
  /** The kind of a file by its first value, or `undefined` for a file that is not of this data set. */
  kindOf(value: unknown): string | undefined;
  /** Kinds that say the same as another one: they are passed over where a folder has both. */
  readonly redundant?: Readonly<Record<string, string>>;
  /** `math`: the library's operators of these names; `results`: answers are looked up; `fixed`: each tool has one result. */
  readonly execution: "math" | "results" | "fixed";
  /** How tools of its groups make plans. */
  readonly plan?: Omit<PlanForm, "groups">;
  /** The operators of a data set with `math`; the others have files of tools. */
  readonly operators?: readonly string[];
  /** Tools of a file of the kind `tools`. */
  readTools?(record: SourceRecord): PublishedTool[];
  /** The tool of a name that stands in a record, for data sets that come without a file of tools. */
  toolNamed?(name: string): PublishedTool;
  /** The general prompt with `[QUESTION]`, where the records allow a choice. */
  readonly form?: string;
  /** The general prompt with `[QUESTION]` for data sets that come without one. */
  readonly prompt?: string;
  /** A prompt file of the data set in this library's form. */
  convertPrompt?(text: string): string;
  prepare(record: SourceRecord, kind: string, options: FormOptions): PreparedRecord;
}

/** A record that was left out, or taken with a remark. */
export type RecordNote = TrainingProblem;
