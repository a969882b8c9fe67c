import type { Tool } from "../../../tools/index.js";
import type { DrawnArguments } from "./argument-values.js";
import type { RequestStyle } from "./style.js";

/** One request to be written. */
export interface WritingTask {
  readonly style: RequestStyle;
  /** Values that the request has to mention; empty: none. */
  readonly values: DrawnArguments;
  /** Of the sampling. */
  readonly seed: number;
}

/** The requests to be written for one tool. */
export interface WritingJob {
  readonly tool: Tool;
  /** Name in words and description. */
  readonly summary: string;
  /** Summaries of other tools that the request must not fit. */
  readonly others: readonly string[];
  readonly tasks: readonly WritingTask[];
}

export interface RequestWriter {
  /** Recorded with every request. */
  readonly name: string;
  /** The raw texts of a job, in the order of its tasks; an empty text where the writer gave none. */
  write(job: WritingJob, signal?: AbortSignal): Promise<readonly string[]>;
  /** Frees what the writer holds. */
  dispose(): Promise<void>;
}

/** The request in a writer's raw text: its first line, without quotes, numbering and labels. */
export function cleanRequest(text: string): string {
  const line = text
    .split("\n")
    .map((each) => each.trim())
    .find((each) => each !== "");
  return (line ?? "")
    .replace(/^(?:request|user|query|message|style|casual|keywords|detailed|indirect)\s*:\s*/iu, "")
    .replace(/^(?:[-*•]|\d+[.)])\s+/u, "")
    .replace(/^["'“‘`]+|["'”’`]+$/gu, "")
    .replace(/\s+/gu, " ")
    .trim();
}
