// MLflow's REST interface (https://mlflow.org/docs/latest/rest-api.html), as much of it as tracking needs.
import { ToolkenError } from "../../../errors.js";
import type { CellEvent } from "./events.js";

const TIMEOUT = 5000;
const DIGEST_TAG = "toolken.cell";
/** Longest value of a parameter that servers take. */
const MAX_PARAM_LENGTH = 500;

const LOG_BATCH = "runs/log-batch";
/** Statuses of a server that may take the same request later. */
const PASSING: ReadonlySet<number> = new Set([401, 403, 404, 408, 425, 429]);

const STATUS = { finished: "FINISHED", failed: "FAILED", stopped: "KILLED" } as const;

/** A server that answered, and will never take this request: sending it again would stop all that comes after it. */
export class MlflowRefusal extends ToolkenError {}

/** A cell's run on the server. */
interface TrackedRun {
  readonly id: string;
  /** Names of the settings that it has: a server refuses another value. */
  readonly params: Set<string>;
}

/** Logs cells as runs of one experiment; a cell that has a run on the server goes on in it. */
export class MlflowClient {
  readonly #uri: string;
  readonly #experiment: string;
  #experimentId: string | undefined;
  readonly #runs = new Map<string, TrackedRun>();

  constructor(uri: string, experiment: string) {
    this.#uri = uri.replace(/\/+$/, "");
    this.#experiment = experiment;
  }

  /** @param events of one cell, in order @throws MlflowRefusal, ToolkenError `IO` */
  async log(events: readonly CellEvent[]): Promise<void> {
    const [first] = events;
    if (first === undefined) return;
    const run = await this.#runOf(first);
    const params = new Map<string, string>();
    const metrics: unknown[] = [];
    for (const event of events) {
      if (event.type === "cell") {
        for (const [key, value] of Object.entries(event.params)) {
          if (!run.params.has(key)) params.set(key, String(value).slice(0, MAX_PARAM_LENGTH));
        }
      } else if (event.type === "training") {
        const { iteration: step, loss: value, time: timestamp } = event;
        if (isNumber(value)) metrics.push({ key: "training_loss", value, timestamp, step });
      } else if (event.type === "metrics") {
        for (const [key, value] of Object.entries(event.metrics)) {
          if (isNumber(value)) metrics.push({ key, value, timestamp: event.time, step: event.step });
        }
      }
    }
    const logged = [...params].map(([key, value]) => ({ key, value }));
    const body = { run_id: run.id, params: logged, metrics };
    const refusal = logged.length + metrics.length === 0 ? undefined : await this.#refusalOf(body);
    if (refusal === undefined) for (const { key } of logged) run.params.add(key);
    const end = events.findLast((event) => event.type === "cell-end");
    if (end !== undefined) {
      await this.#post("runs/update", { run_id: run.id, status: STATUS[end.status], end_time: end.time });
    }
    if (refusal !== undefined) throw refusal;
  }

  /** Sends settings and metrics. A run whose metrics were refused has ended all the same: that is told first. */
  async #refusalOf(batch: object): Promise<MlflowRefusal | undefined> {
    try {
      await this.#post(LOG_BATCH, batch);
      return undefined;
    } catch (error) {
      if (error instanceof MlflowRefusal) return error;
      throw error;
    }
  }

  /** The cell's run: one that an earlier session made, or a new one. */
  async #runOf({ cell, digest, time }: CellEvent): Promise<TrackedRun> {
    const known = this.#runs.get(digest);
    if (known !== undefined) return known;
    const experimentId = await this.#openExperiment();
    const found = (await this.#post("runs/search", {
      experiment_ids: [experimentId],
      filter: `tags.\`${DIGEST_TAG}\` = '${digest}'`,
      max_results: 1,
    })) as { runs?: { info: { run_id: string }; data?: { params?: { key: string }[] } }[] };
    const [there] = found.runs ?? [];
    const run = {
      id: there?.info.run_id ?? (await this.#createRun(experimentId, cell, digest, time)),
      params: new Set(there?.data?.params?.map(({ key }) => key)),
    };
    this.#runs.set(digest, run);
    return run;
  }

  async #createRun(experimentId: string, cell: string, digest: string, time: number): Promise<string> {
    const created = (await this.#post("runs/create", {
      experiment_id: experimentId,
      run_name: cell,
      start_time: time,
      tags: [{ key: DIGEST_TAG, value: digest }],
    })) as { run: { info: { run_id: string } } };
    return created.run.info.run_id;
  }

  async #openExperiment(): Promise<string> {
    if (this.#experimentId !== undefined) return this.#experimentId;
    const query = new URLSearchParams({ experiment_name: this.#experiment });
    const path = `experiments/get-by-name?${query.toString()}`;
    const found = await this.#call("GET", path).catch((error: unknown) => {
      if (error instanceof NoSuchResource) return undefined;
      throw error;
    });
    const id =
      (found as { experiment?: { experiment_id: string } } | undefined)?.experiment?.experiment_id ??
      ((await this.#post("experiments/create", { name: this.#experiment })) as { experiment_id: string })
        .experiment_id;
    this.#experimentId = id;
    return id;
  }

  #post(path: string, body: unknown): Promise<unknown> {
    return this.#call("POST", path, body);
  }

  async #call(method: "GET" | "POST", path: string, body?: unknown): Promise<unknown> {
    const url = `${this.#uri}/api/2.0/mlflow/${path}`;
    let status: number;
    let text: string;
    try {
      const response = await fetch(url, {
        method,
        signal: AbortSignal.timeout(TIMEOUT),
        ...(body === undefined
          ? {}
          : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
      });
      status = response.status;
      text = await response.text();
    } catch (cause) {
      const inner = (cause as Error).cause as Error | undefined;
      throw new ToolkenError("IO", inner?.message ?? (cause as Error).message, { cause });
    }
    if (status >= 200 && status < 300) return JSON.parse(text) as unknown;
    if (text.includes("RESOURCE_DOES_NOT_EXIST")) throw new NoSuchResource();
    // Of a batch alone: whatever else is refused may be a matter of the address, and is tried again.
    const refuses = path === LOG_BATCH && status >= 400 && status < 500 && !PASSING.has(status);
    throw new (refuses ? MlflowRefusal : ToolkenError)(
      "IO",
      `${path} answered ${status}: ${text.slice(0, 200)}`,
    );
  }
}

/** A training that diverged has losses that are none, and JSON has no word for them. */
function isNumber(value: number | null): boolean {
  return Number.isFinite(value);
}

class NoSuchResource extends Error {}
