// What a run tells goes into its file, and to an MLflow server whenever there is one; one that goes away stops nothing.
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import test, { type ExecutionContext } from "ava";
import { runExperiment } from "../../../src/lab/experiments/index.js";
import { RunFolder } from "../../../src/lab/experiments/run-folder.js";
import { Tracking } from "../../../src/lab/experiments/tracking/tracking.js";
import { scratchFolder } from "../../utils/scratch.js";
import { rejectsWith } from "../../support/errors.js";
import { wordsExperiment } from "./words.js";

interface LoggedRun {
  readonly info: { readonly run_id: string; readonly run_name: string; status: string };
  readonly data: {
    params?: { key: string; value: string }[];
    metrics?: { key: string; value: number; step: number }[];
    tags?: { key: string; value: string }[];
  };
}

/** What the requests say. */
interface Request {
  readonly name: string;
  readonly filter: string;
  readonly run_name: string;
  readonly run_id: string;
  readonly status: string;
  readonly tags: { key: string; value: string }[];
  readonly params: { key: string; value: string }[];
  readonly metrics: { key: string; value: number; step: number }[];
}

/** As much of an MLflow server as is asked, in memory; `away` makes it answer nothing but errors. */
async function fakeServer(t: ExecutionContext) {
  const state = {
    away: false,
    refuses: false,
    requests: 0,
    experiments: new Map<string, string>(),
    runs: [] as LoggedRun[],
  };
  const server: Server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (text: string) => (body += text));
    request.on("end", () => {
      state.requests++;
      const answer = (status: number, value: unknown): void => {
        response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
      };
      if (state.away) {
        answer(503, { error_code: "TEMPORARILY_UNAVAILABLE" });
        return;
      }
      const [path, query] = request.url!.replace("/api/2.0/mlflow/", "").split("?");
      const given = (body === "" ? {} : JSON.parse(body)) as Request;
      const run = (): LoggedRun => state.runs.find(({ info }) => info.run_id === given.run_id)!;
      if (path === "experiments/get-by-name") {
        const id = state.experiments.get(new URLSearchParams(query).get("experiment_name")!);
        if (id === undefined) answer(404, { error_code: "RESOURCE_DOES_NOT_EXIST" });
        else answer(200, { experiment: { experiment_id: id } });
      } else if (path === "experiments/create") {
        state.experiments.set(given.name, "7");
        answer(200, { experiment_id: "7" });
      } else if (path === "runs/search") {
        const digest = /'(\w+)'/.exec(given.filter)![1];
        const runs = state.runs.filter(({ data }) => data.tags?.some(({ value }) => value === digest));
        answer(200, runs.length === 0 ? {} : { runs });
      } else if (path === "runs/create") {
        const info = { run_id: String(state.runs.length), run_name: given.run_name, status: "RUNNING" };
        state.runs.push({ info, data: { tags: given.tags, params: [], metrics: [] } });
        answer(200, { run: { info } });
      } else if (path === "runs/log-batch") {
        const { params = [], metrics = [] } = run().data;
        const changes = ({ key, value }: { key: string; value: string }): boolean =>
          params.some((one) => one.key === key && one.value !== value);
        // As servers do: a setting keeps its first value, and a metric is a number.
        const isNumber = ({ value }: { value: unknown }): boolean => typeof value === "number";
        if (state.refuses || given.params.some(changes) || !given.metrics.every(isNumber)) {
          answer(400, { error_code: "INVALID_PARAMETER_VALUE" });
          return;
        }
        params.push(...given.params.filter(({ key }) => !params.some((one) => one.key === key)));
        metrics.push(...given.metrics);
        answer(200, {});
      } else {
        run().info.status = given.status;
        answer(200, {});
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return Object.assign(state, { uri: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
}

async function track(
  folder: string,
  uri: string,
  notes: string[],
  cell: string,
  { l2 = 1e-4, loss = 0.5 } = {},
): Promise<void> {
  await using run = await RunFolder.take(folder);
  const onNote = (note: string): void => void notes.push(note);
  await using tracking = await Tracking.open(run, { mlflow: uri, experiment: "test", onNote });
  const of = { cell, digest: `d${cell}` };
  await tracking.log({ type: "cell", ...of, params: { method: "head", l2 } });
  await tracking.log({ type: "training", ...of, iteration: 1, loss });
  await tracking.log({ type: "metrics", ...of, metrics: { exactMatch: 0.25 }, step: 4 });
  await tracking.log({ type: "cell-end", ...of, status: "finished" });
}

test("cells are runs with settings, losses and figures", async (t) => {
  const server = await fakeServer(t);
  const notes: string[] = [];
  await track(await scratchFolder(t), `${server.uri}/`, notes, "one");
  t.deepEqual(notes, []);
  t.is(server.runs.length, 1);
  const [{ info, data }] = server.runs as [LoggedRun];
  t.deepEqual(info, { run_id: "0", run_name: "one", status: "FINISHED" });
  t.deepEqual(data.params, [
    { key: "method", value: "head" },
    { key: "l2", value: "0.0001" },
  ]);
  t.deepEqual(
    data.metrics!.map(({ key, value, step }) => [key, value, step]),
    [
      ["training_loss", 0.5, 1],
      ["exactMatch", 0.25, 4],
    ],
  );
});

test("a server that is away gets everything from the next run in the folder, each cell in one run", async (t) => {
  const server = await fakeServer(t);
  const folder = await scratchFolder(t);
  const notes: string[] = [];
  server.away = true;
  await track(folder, server.uri, notes, "one");
  t.is(notes.length, 2);
  t.regex(notes[0]!, /is not reached \(.* answered 503.*\); the run goes on/);
  t.regex(notes[1]!, /4 events wait .* running the experiment again sends them/);
  t.is(server.runs.length, 0);

  server.away = false;
  await track(folder, server.uri, notes, "two");
  t.is(notes.length, 2);
  t.deepEqual(
    server.runs.map(({ info, data }) => [info.run_name, info.status, data.metrics!.length]),
    [
      ["one", "FINISHED", 2],
      ["two", "FINISHED", 2],
    ],
  );
  // A cell that goes on in another process goes on in its run; nothing is sent twice.
  await track(folder, server.uri, notes, "one");
  t.deepEqual(
    server.runs.map(({ data }) => data.metrics!.length),
    [4, 2],
  );
  const lines = (await readFile(join(folder, "events.jsonl"), "utf8")).trimEnd().split("\n");
  t.is(lines.length, 12);
});

test("what a server would refuse is not sent; what it refuses stops nothing after it", async (t) => {
  const server = await fakeServer(t);
  const folder = await scratchFolder(t);
  const notes: string[] = [];
  await track(folder, server.uri, notes, "one");
  // A cell that goes on with another setting of that name, and a training that diverged.
  await track(folder, server.uri, notes, "one", { l2: 2, loss: NaN });
  t.deepEqual(notes, []);
  t.deepEqual(
    server.runs.map(({ data }) => [data.params!.length, data.metrics!.length]),
    [[2, 3]],
  );
  server.refuses = true;
  await track(folder, server.uri, notes, "two");
  t.is(notes.length, 1);
  t.regex(
    notes[0]!,
    /refused \d+ events \(runs\/log-batch answered 400.*\); they stay in events.jsonl alone/,
  );
  server.refuses = false;
  await track(folder, server.uri, notes, "three");
  t.is(notes.length, 1);
  t.deepEqual(
    server.runs.map(({ info }) => [info.run_name, info.status]),
    [
      ["one", "FINISHED"],
      ["two", "FINISHED"],
      ["three", "FINISHED"],
    ],
  );
});

test("an events' file that somebody has edited is named", async (t) => {
  const folder = await scratchFolder(t);
  await writeFile(join(folder, "events.jsonl"), '{"time":1}\nnotes\n');
  await using run = await RunFolder.take(folder);
  const opened = Tracking.open(run, { mlflow: undefined, experiment: "test", onNote: () => undefined });
  await rejectsWith(t, opened, "FILE_INVALID", /events\.jsonl, line 2/);
});

test("a server that nobody answers for, or that goes away in the middle, loses no run", async (t) => {
  const { folder, file } = await wordsExperiment(t, { methods: "head" }, 3);
  const nobody: string[] = [];
  const out = join(folder, "run");
  const first = await runExperiment(file, {
    out,
    mlflow: "http://127.0.0.1:9",
    onNote: (note) => nobody.push(note),
  });
  t.is(first.cells.length, 1);
  t.is(nobody.length, 2);

  const server = await fakeServer(t);
  const notes: string[] = [];
  const second = await runExperiment(file, {
    out: join(folder, "again"),
    mlflow: server.uri,
    onNote: (note) => notes.push(note),
    onProgress: ({ phase }) => {
      if (phase === "answers") server.away = true;
    },
  });
  t.deepEqual(
    second.cells.map(({ digest, figures }) => ({ digest, figures })),
    first.cells.map(({ digest, figures }) => ({ digest, figures })),
  );
  t.is(notes.length, 2);
  server.away = false;
  await runExperiment(file, { out: join(folder, "again"), mlflow: server.uri });
  t.is(server.runs.length, 1);
  t.is(server.runs[0]!.info.status, "FINISHED");
  t.true(server.runs[0]!.data.metrics!.some(({ key }) => key === "exactMatch"));
});

const MLFLOW = process.env.TOOLKEN_MLFLOW ?? "mlflow";
const isInstalled = [
  process.env.TOOLKEN_MLFLOW,
  ...(process.env.PATH ?? "").split(":").map((f) => join(f, "mlflow")),
].some((path) => path !== undefined && existsSync(path));

// Python's mlflow, from PyPI; TOOLKEN_MLFLOW names its program where it is not on the PATH.
(isInstalled ? test : test.skip)("a real MLflow server", async (t) => {
  t.timeout(600_000);
  const folder = await scratchFolder(t);
  const { uri, server } = await startMlflow(folder);
  t.teardown(() => process.kill(-server.pid!, "SIGKILL"));
  const notes: string[] = [];
  await track(join(folder, "run"), uri, notes, "one");
  await track(join(folder, "run"), uri, notes, "two");
  await track(join(folder, "run"), uri, notes, "one");
  t.deepEqual(notes, []);
  const post = async (path: string, body: unknown): Promise<unknown> =>
    (
      await fetch(`${uri}/api/2.0/mlflow/${path}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      })
    ).json();
  const found = (await post("experiments/search", { max_results: 10, filter: "name = 'test'" })) as {
    experiments: { experiment_id: string }[];
  };
  const { runs } = (await post("runs/search", {
    experiment_ids: found.experiments.map(({ experiment_id }) => experiment_id),
  })) as { runs: LoggedRun[] };
  t.deepEqual(runs.map(({ info }) => [info.run_name, info.status]).sort(), [
    ["one", "FINISHED"],
    ["two", "FINISHED"],
  ]);
  for (const { data } of runs) {
    t.deepEqual(data.metrics!.map(({ key, value }) => [key, value]).sort(), [
      ["exactMatch", 0.25],
      ["training_loss", 0.5],
    ]);
    t.deepEqual(data.params!.map(({ key, value }) => [key, value]).sort(), [
      ["l2", "0.0001"],
      ["method", "head"],
    ]);
  }
});

async function startMlflow(folder: string): Promise<{ readonly uri: string; readonly server: ChildProcess }> {
  const port = await freePort();
  const uri = `http://127.0.0.1:${port}`;
  const words = ["server", "--host", "127.0.0.1", "--port", String(port), "--workers", "1"];
  const stores = [
    "--backend-store-uri",
    `sqlite:///${join(folder, "mlflow.db")}`,
    "--default-artifact-root",
    join(folder, "artifacts"),
  ];
  // Detached: the server is a group of processes, and all of them have to end.
  const server = spawn(MLFLOW, [...words, ...stores], { detached: true, stdio: "ignore", cwd: folder });
  for (;;) {
    if (server.exitCode !== null) throw new Error(`mlflow server ended with ${server.exitCode}`);
    const answered = await fetch(`${uri}/health`).then(
      (response) => response.ok,
      () => false,
    );
    if (answered) return { uri, server };
    await setTimeout(200);
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
