// A run's events go into a file first; a tracking server gets them from there, when it can.
import { ToolkenError } from "../../../errors.js";
import { LineFile } from "../../../utils/line-file.js";
import type { RunFolder } from "../run-folder.js";
import type { ExperimentEvent, NewEvent } from "./events.js";
import { MlflowForwarder } from "./mlflow-forwarder.js";

export interface TrackingOptions {
  /** Base address of an MLflow server; undefined: the file alone. */
  readonly mlflow: string | undefined;
  /** Name of the experiment there. */
  readonly experiment: string;
  readonly onNote: (note: string) => void;
}

/** The events of one run: `events.jsonl`, and a server that follows it. */
export class Tracking implements AsyncDisposable {
  readonly #file: LineFile;
  /** All events of the file, which a server is sent from. */
  readonly #events: ExperimentEvent[];
  readonly #forwarder: MlflowForwarder | undefined;

  private constructor(file: LineFile, events: ExperimentEvent[], forwarder: MlflowForwarder | undefined) {
    this.#file = file;
    this.#events = events;
    this.#forwarder = forwarder;
  }

  /** @throws `FILE_INVALID` (a line that is no event), `IO` */
  static async open(folder: RunFolder, options: TrackingOptions): Promise<Tracking> {
    const path = folder.file("events.jsonl");
    let events: ExperimentEvent[] = [];
    const file = await LineFile.open(path, (lines) => {
      events = lines.map((line, index) => eventOf(line, path, index));
    });
    const { mlflow, experiment, onNote } = options;
    const forwarder =
      mlflow === undefined
        ? undefined
        : await MlflowForwarder.open(folder.file("mlflow.json"), {
            uri: mlflow,
            experiment,
            events,
            onNote,
          });
    return new Tracking(file, events, forwarder);
  }

  /** Appends an event. Resolves when it is in the file; a server is never waited for. @throws `IO` */
  async log(event: NewEvent): Promise<void> {
    const stamped = { time: Date.now(), ...event };
    await this.#file.append(stamped);
    this.#events.push(stamped);
    this.#forwarder?.forward();
  }

  /** A last attempt to reach the server; then the file is closed. Never throws for a server. */
  async close(): Promise<void> {
    await this.#forwarder?.finish();
    await this.#file.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

function eventOf(line: string, path: string, index: number): ExperimentEvent {
  try {
    return JSON.parse(line) as ExperimentEvent;
  } catch (cause) {
    throw new ToolkenError("FILE_INVALID", `Expected JSON in ${path}, line ${index + 1}, but it is none`, {
      cause,
      hint: "Remove the line: events are for trackers alone, no cell depends on them.",
    });
  }
}
