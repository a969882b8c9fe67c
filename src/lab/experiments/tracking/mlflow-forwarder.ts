// Sends a run's events to MLflow in the background. The events' file is the queue: what a server that went away has not
// got is sent when it is back, or by the next run in the folder.
import { readJson, writeJson } from "../run-folder.js";
import type { CellEvent, ExperimentEvent } from "./events.js";
import { MlflowClient, MlflowRefusal } from "./mlflow-client.js";

export interface ForwarderOptions {
  readonly uri: string;
  /** Name of the experiment on the server. */
  readonly experiment: string;
  /** All events so far; grows while the run goes on. */
  readonly events: readonly ExperimentEvent[];
  readonly onNote: (note: string) => void;
}

/** How far a server has got. */
interface Cursor {
  readonly uri: string;
  readonly experiment: string;
  readonly sent: number;
}

const FIRST_PAUSE = 1000;
const MAX_PAUSE = 60_000;
/** Events of one cell that go into one request; a server takes 1000 metrics at once. */
const MAX_AT_ONCE = 500;

export class MlflowForwarder {
  readonly #file: string;
  readonly #options: ForwarderOptions;
  readonly #client: MlflowClient;
  #sent: number;
  #sending: Promise<boolean> | undefined;
  #pause = FIRST_PAUSE;
  #notBefore = 0;
  #warned = false;
  #refusalTold = false;

  private constructor(file: string, options: ForwarderOptions, sent: number) {
    this.#file = file;
    this.#options = options;
    this.#sent = sent;
    this.#client = new MlflowClient(options.uri, options.experiment);
  }

  /** @param file keeps how far the server has got */
  static async open(file: string, options: ForwarderOptions): Promise<MlflowForwarder> {
    const cursor = (await readJson(file)) as Cursor | undefined;
    const isSame = cursor?.uri === options.uri && cursor.experiment === options.experiment;
    return new MlflowForwarder(file, options, isSame ? Math.min(cursor.sent, options.events.length) : 0);
  }

  /** Starts sending what is new, unless a server that failed is left in peace for now. */
  forward(): void {
    if (this.#sending !== undefined || Date.now() < this.#notBefore) return;
    this.#sending = this.#send().finally(() => {
      this.#sending = undefined;
    });
  }

  /** Sends the rest; says so when it can't. */
  async finish(): Promise<void> {
    await this.#sending;
    if (await this.#send()) return;
    const left = this.#options.events.length - this.#sent;
    this.#options.onNote(
      `${left} events wait for MLflow at ${this.#options.uri}: running the experiment again sends them.`,
    );
  }

  /** Whether the server has everything now. */
  async #send(): Promise<boolean> {
    const { events } = this.#options;
    try {
      while (this.#sent < events.length) {
        const batch = nextBatch(events, this.#sent);
        await this.#client.log(batch.events).catch((error: unknown) => {
          this.#passOver(error, batch.length);
        });
        this.#sent += batch.length;
        await this.#keepCursor();
      }
      this.#pause = FIRST_PAUSE;
      return true;
    } catch (error) {
      this.#notBefore = Date.now() + this.#pause;
      this.#pause = Math.min(MAX_PAUSE, 2 * this.#pause);
      if (!this.#warned) {
        this.#warned = true;
        const reason = error instanceof Error ? error.message : String(error);
        this.#options.onNote(`MLflow at ${this.#options.uri} is not reached (${reason}); the run goes on.`);
      }
      return false;
    }
  }

  /** What a server will never take is told once and left in the events' file: all that follows can still be sent. */
  #passOver(error: unknown, length: number): void {
    if (!(error instanceof MlflowRefusal)) throw error;
    if (this.#refusalTold) return;
    this.#refusalTold = true;
    const { uri, onNote } = this.#options;
    onNote(`MLflow at ${uri} refused ${length} events (${error.message}); they stay in events.jsonl alone.`);
  }

  async #keepCursor(): Promise<void> {
    const { uri, experiment } = this.#options;
    await writeJson(this.#file, { uri, experiment, sent: this.#sent } satisfies Cursor);
  }
}

/** The next events of one cell, and how many events of the file they are; events of the run as a whole are passed over. */
function nextBatch(
  events: readonly ExperimentEvent[],
  from: number,
): { readonly events: readonly CellEvent[]; readonly length: number } {
  const batch: CellEvent[] = [];
  let at = from;
  for (; at < events.length && at - from < MAX_AT_ONCE; at++) {
    const event = events[at]!;
    if (!("cell" in event)) continue;
    if (batch.length > 0 && batch[0]!.digest !== event.digest) break;
    batch.push(event);
  }
  return { events: batch, length: at - from };
}
