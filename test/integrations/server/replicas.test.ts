// Two servers after haproxy, of which one is killed.
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { start, type Running } from "../../cli/spawn.js";
import { freePort, isInstalled } from "../../support/programs.js";

const CONFIG = new URL("../../../../examples/haproxy.cfg", import.meta.url);
const REQUESTS = 500;
const CLIENTS = 16;
/** Requests after which a server is killed. */
const KILLED_AFTER = 150;

const withHaproxy = isInstalled("haproxy", "-v") ? test : test.skip;

async function listening(): Promise<{ readonly server: Running; readonly port: string }> {
  const words = ["serve", "--port", "0", "--parallel", "4", "--max-queue", "500", "--threads", "1"];
  const server = start([...words, "--gpu", "cpu"], null);
  await server.printed("Listening on ");
  return { server, port: /:(\d+)\/v1/u.exec(server.output())![1]! };
}

/** Whether a request was answered whole, and how it ended else. */
async function ask(url: string, index: number): Promise<"answered" | "cut" | "refused"> {
  const stream = index % 2 === 0;
  try {
    const response = await fetch(`${url}/v1/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        messages: [{ role: "user", content: `What is ${index} plus 12?` }],
        max_tokens: 4,
        stream,
      }),
    });
    const text = await response.text();
    if (response.status !== 200) return "refused";
    return !stream || text.endsWith("data: [DONE]\n\n") ? "answered" : "cut";
  } catch {
    return "cut";
  }
}

withHaproxy(
  "a killed replica costs at most the requests that it was answering (needs haproxy)",
  async (t) => {
    const [a, b, port] = await Promise.all([listening(), listening(), freePort()]);
    const folder = await mkdtemp(join(tmpdir(), "toolken-haproxy-"));
    const config = (await readFile(CONFIG, "utf8"))
      .replace("127.0.0.1:8000", `127.0.0.1:${port}`)
      .replace("127.0.0.1:8081", `127.0.0.1:${a.port}`)
      .replace("127.0.0.1:8082", `127.0.0.1:${b.port}`);
    await writeFile(join(folder, "haproxy.cfg"), config);
    const proxy = spawn("haproxy", ["-db", "-f", join(folder, "haproxy.cfg")], { stdio: "ignore" });
    t.teardown(async () => {
      proxy.kill("SIGKILL");
      for (const { server } of [a, b]) server.kill("SIGKILL");
      await Promise.all([a.server.ended, b.server.ended]);
      await rm(folder, { recursive: true, force: true });
    });
    const url = `http://127.0.0.1:${port}`;
    // Until haproxy listens.
    while ((await ask(url, 0)) !== "answered");

    let [next, answered, failed, inFlight, atKill] = [0, 0, 0, 0, 0];
    await Promise.all(
      Array.from({ length: CLIENTS }, async () => {
        while (next < REQUESTS) {
          const index = next++;
          inFlight++;
          // A client repeats what failed, as those of OpenAI and AI SDK do.
          while ((await ask(url, index)) !== "answered") failed++;
          inFlight--;
          answered++;
          if (answered === KILLED_AFTER) {
            atKill = inFlight;
            a.server.kill("SIGKILL");
          }
        }
      }),
    );
    t.is(answered, REQUESTS);
    t.true(failed <= atKill, `${failed} failed, ${atKill} were in flight`);
    t.log(`${failed} of ${atKill} requests in flight were cut off and repeated`);
  },
);
