// Many clients at once on a server of the built program, some of which go at random; then kill -9 and a restart.
//   node scripts/load-server.mjs [--clients 200] [--aborting 20] [--seconds 120] [--parallel 8] [--threads n]
// Prints one line of JSON for each of the two, and ends with 1 when an answer was lost or a place was not given back.
import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: {
    clients: { type: "string", default: "200" },
    aborting: { type: "string", default: "20" },
    seconds: { type: "string", default: "120" },
    parallel: { type: "string", default: "8" },
    threads: { type: "string" },
  },
});
const [clients, aborting, seconds] = [values.clients, values.aborting, values.seconds].map(Number);
const program = fileURLToPath(new URL("../dist/src/cli/main.js", import.meta.url));
const DONE = "data: [DONE]\n\n";

async function start(port) {
  const words = ["serve", "--port", String(port), "--parallel", values.parallel, "--max-queue", "1000"];
  if (values.threads !== undefined) words.push("--threads", values.threads);
  const child = spawn(process.execPath, [program, ...words], { stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  for await (const chunk of child.stdout.setEncoding("utf8").iterator({ destroyOnReturn: false })) {
    text += chunk;
    const url = /Listening on (\S+)\/v1/u.exec(text)?.[1];
    if (url === undefined) continue;
    child.stdout.resume();
    return { child, url };
  }
  throw new Error("the server did not start");
}

const ask = (url, signal) =>
  fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      messages: [{ role: "user", content: `What is ${Math.ceil(Math.random() * 9999)} plus 12?` }],
      max_tokens: 48,
      stream: true,
    }),
    signal,
  });

/** Resident memory in MiB and open files of a process; of other systems than Linux unknown. */
function state(pid) {
  if (process.platform !== "linux") return null;
  const kibibytes = Number(/VmRSS:\s+(\d+)/u.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]);
  return { memory: Math.round(kibibytes / 1024), files: readdirSync(`/proc/${pid}/fd`).length };
}

const { child, url } = await start(0);
const counts = { answered: 0, aborted: 0, lost: 0 };
const durations = [];
const end = Date.now() + 1000 * seconds;
const states = { before: state(child.pid) };
const quarters = [1, 2, 3].map((n) =>
  delay(250 * n * seconds).then(() => {
    states[`quarter${n}`] = state(child.pid);
  }),
);
await Promise.all(
  Array.from({ length: clients }, async (_, i) => {
    while (Date.now() < end) {
      const from = performance.now();
      const signal = i < aborting ? AbortSignal.timeout(1 + Math.floor(3000 * Math.random())) : undefined;
      try {
        const text = await (await ask(url, signal)).text();
        if (text.endsWith(DONE)) {
          counts.answered++;
          durations.push(performance.now() - from);
        } else counts.lost++;
      } catch {
        if (signal?.aborted) counts.aborted++;
        else counts.lost++;
      }
    }
  }),
);
await Promise.all(quarters);
durations.sort((a, b) => a - b);
const at = (share) => durations[Math.min(durations.length - 1, Math.floor(share * durations.length))] / 1000;

/** Places are given back at the latest with the next token of what the last clients have left. */
async function settled() {
  for (;;) {
    const metrics = await (await fetch(`${url}/metrics`)).text();
    const gauge = (name) => Number(new RegExp(`^${name} (.*)$`, "mu").exec(metrics)[1]);
    const gauges = { running: gauge("toolken_requests_running"), waiting: gauge("toolken_requests_waiting") };
    if (gauges.running + gauges.waiting === 0 || Date.now() > end + 120_000) return gauges;
    await delay(100);
  }
}
const gauges = await settled();
states.after = state(child.pid);
console.log(JSON.stringify({ ...counts, p50: at(0.5), p99: at(0.99), ...gauges, states }));

// Killed under load, the server comes back on its port.
const port = new URL(url).port;
const under = Array.from({ length: 20 }, () => ask(url).then((response) => response.text()));
await Promise.race(under.map((one) => one.catch(() => undefined)));
child.kill("SIGKILL");
await Promise.allSettled(under);
const again = await start(port);
const response = await ask(again.url);
const whole = (await response.text()).endsWith(DONE);
console.log(JSON.stringify({ restarted: response.status, whole }));
again.child.kill("SIGTERM");
process.exitCode = counts.lost > 0 || gauges.running + gauges.waiting > 0 || !whole ? 1 : 0;
