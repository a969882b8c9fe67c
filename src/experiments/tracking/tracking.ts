// A run's events go into a file first; a tracking server gets them from there, when it can.
import { JsonLines } from "../../files/json-lines.js";
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
  readonly #file: JsonLines;
  readonly #forwarder: MlflowForwarder | undefined;

  private constructor(file: JsonLines, forwarder: MlflowForwarder | undefined) {
    this.#file = file;
    this.#forwarder = forwarder;
  }

  /** @throws `IO` */
  static async open(folder: RunFolder, options: TrackingOptions): Promise<Tracking> {
    const file = await JsonLines.open(folder.file("events.jsonl"));
    const { mlflow, experiment, onNote } = options;
    const forwarder =
      mlflow === undefined
        ? undefined
        : await MlflowForwarder.open(folder.file("mlflow.json"), {
            uri: mlflow,
            experiment,
            events: file.values as readonly ExperimentEvent[],
            onNote,
          });
    return new Tracking(file, forwarder);
  }

  /** Appends an event. Resolves when it is in the file; a server is never waited for. @throws `IO` */
  async log(event: NewEvent): Promise<void> {
    await this.#file.append({ time: Date.now(), ...event });
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
