// What a run tells while it goes on; each is a line of `events.jsonl`.
import type { Versions } from "../versions.js";

interface Common {
  /** Milliseconds since 1970. */
  readonly time: number;
}

/** Whose event it is. */
interface OfCell extends Common {
  /** Name of the cell's folder. */
  readonly cell: string;
  /** Of the cell's settings: one run of a tracking server per digest. */
  readonly digest: string;
}

export interface CellStarted extends OfCell {
  readonly type: "cell";
  readonly params: Readonly<Record<string, string | number | boolean>>;
}
export interface TrainingLogged extends OfCell {
  readonly type: "training";
  readonly iteration: number;
  readonly loss: number;
}
export interface MetricsLogged extends OfCell {
  readonly type: "metrics";
  readonly metrics: Readonly<Record<string, number>>;
  /** Questions answered. */
  readonly step: number;
}
export interface CellEnded extends OfCell {
  readonly type: "cell-end";
  readonly status: "finished" | "failed" | "stopped";
}

export type CellEvent = CellStarted | TrainingLogged | MetricsLogged | CellEnded;

export type ExperimentEvent =
  | CellEvent
  | (Common & {
      readonly type: "experiment";
      readonly name: string;
      readonly cells: number;
      readonly versions: Versions;
    })
  | (Common & { readonly type: "experiment-end"; readonly status: CellEnded["status"] });

/** An event before it is stamped with its time. */
export type NewEvent = ExperimentEvent extends infer Event
  ? Event extends ExperimentEvent
    ? Omit<Event, "time">
    : never
  : never;
