// The example of a queue: a worker is killed while it works on a shard, and another one goes on.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import test from "ava";
import { toolken } from "../cli/spawn.js";
import { freePort, isInstalled } from "../support/programs.js";

const example = fileURLToPath(new URL("../../../examples/bullmq/", import.meta.url));
const program = fileURLToPath(new URL("../../src/cli/main.js", import.meta.url));

const canRun = existsSync(join(example, "node_modules", "bullmq")) && isInstalled("redis-server");
const withRedis = canRun ? test : test.skip;

/** Resolves when a process has printed a text. */
async function printed(child: ChildProcess, wanted: string): Promise<void> {
  let text = "";
  for await (const chunk of child.stdout!.iterator({ destroyOnReturn: false })) {
    text += String(chunk);
    if (!text.includes(wanted)) continue;
    child.stdout!.resume();
    return;
  }
  throw new Error(`The process ended before it printed ${wanted}: ${text}`);
}

withRedis(
  "a killed worker's shard is finished by another, and the result is one process's (needs redis-server)",
  async (t) => {
    const folder = await mkdtemp(join(tmpdir(), "toolken-queue-"));
    const port = await freePort();
    const redis = spawn("redis-server", ["--port", String(port), "--save", "", "--dir", folder], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    const children: ChildProcess[] = [];
    t.teardown(async () => {
      for (const child of [...children, redis]) child.kill("SIGKILL");
      await rm(folder, { recursive: true, force: true });
    });
    await printed(redis, "Ready to accept connections");
    const env = {
      ...process.env,
      REDIS_URL: `redis://127.0.0.1:${port}`,
      TOOLKEN: program,
      LOCK_MS: "1500",
    };
    const run = (file: string, ...words: readonly string[]): ChildProcess => {
      const child = spawn(process.execPath, [join(example, file), ...words], {
        env,
        cwd: folder,
        // A group of its own, which is killed as a whole, as a lost machine is.
        detached: true,
        stdio: ["ignore", "pipe", "inherit"],
      });
      children.push(child);
      return child;
    };
    const questions = Array.from({ length: 24 }, (_, i) => ({
      question: `What is ${i} plus 7?`,
      answer: i + 7,
    }));
    await writeFile(
      join(folder, "questions.jsonl"),
      questions.map((one) => `${JSON.stringify(one)}\n`).join(""),
    );
    const data = ["--data", join(folder, "questions.jsonl"), "--head", "nano", "--max-tokens", "32"];
    const settings = [...data, "--parallel", "1", "--threads", "1", "--gpu", "cpu"];

    const first = run("worker.mjs");
    const enqueue = run("enqueue.mjs", "--shards", "3", "--out", "merged.jsonl", "--", ...settings);
    const ended = once(enqueue, "close");
    await printed(first, "begins ");
    // Until the first answers of the shard stand in its file.
    const parts = join(folder, "parts");
    const lines = async (): Promise<number> => {
      const files = (await readdir(parts)).filter((name) => name.endsWith(".jsonl"));
      const texts = await Promise.all(files.map((name) => readFile(join(parts, name), "utf8")));
      return texts.join("").split("\n").length - 1;
    };
    while ((await lines()) < 2) await delay(20);
    process.kill(-first.pid!, "SIGKILL");
    t.true((await lines()) < questions.length);
    run("worker.mjs");
    const [code] = (await ended) as [number];
    t.is(code, 0);

    const single = join(folder, "single.jsonl");
    t.is((await toolken(["eval", ...settings, "--out", single])).exitCode, 0);
    const read = async (path: string): Promise<unknown[]> => {
      const text = await readFile(path, "utf8");
      const plain = (key: string, value: unknown): unknown => (key === "usage" ? undefined : value);
      const all = text.trim().split("\n");
      return all.map((line) => JSON.parse(line, plain) as unknown);
    };
    t.deepEqual(await read(join(folder, "merged.jsonl")), await read(single));
  },
);
