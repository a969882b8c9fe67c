// llama.cpp's messages reach whoever asks for them, and nobody else.
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import test from "ava";
import { onLog } from "../../src/index.js";
import { models } from "../support/models.js";

const program = fileURLToPath(new URL("./log-program.js", import.meta.url));

async function run(
  environment: NodeJS.ProcessEnv,
  ...more: string[]
): Promise<{ stdout: string; stderr: string }> {
  const env = { ...process.env, NODE_OPTIONS: "", TOOLKEN_LOG: "", ...environment };
  return promisify(execFile)(process.execPath, [program, models.nano, ...more], { env });
}

test("nothing is written unless it is asked for", async (t) => {
  t.deepEqual(await run({}), { stdout: "", stderr: "" });
});

test("TOOLKEN_LOG writes messages of its level to standard error", async (t) => {
  const { stdout, stderr } = await run({ TOOLKEN_LOG: "info" });
  t.is(stdout, "");
  t.regex(stderr, /n_ctx_seq/);
  t.true((await run({ TOOLKEN_LOG: "error" })).stderr.length < stderr.length);
});

test("onLog hears of them", async (t) => {
  const { stdout, stderr } = await run({}, "listen");
  t.is(stderr, "");
  t.regex(stdout, /^info .*llama_context: n_ctx_seq/mu);
  t.true(stdout.split("\n").every((line) => line === "" || /^(?:error|warn|info) \S/u.test(line)));
});

test("what is no listener and no level is refused", (t) => {
  t.throws(() => onLog(1 as never), { code: "INVALID_ARGUMENT" });
  t.throws(() => onLog(() => undefined, { level: "all" as never }), { code: "INVALID_ARGUMENT" });
  const stop = onLog(() => undefined);
  stop();
  stop();
});
