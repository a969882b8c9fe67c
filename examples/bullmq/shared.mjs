import { spawn } from "node:child_process";
import { once } from "node:events";

export const QUEUE = "toolken";

const { hostname, port } = new URL(process.env.REDIS_URL ?? "redis://127.0.0.1:6379");
export const connection = { host: hostname, port: Number(port || 6379), maxRetriesPerRequest: null };

/** Runs the command line; `TOOLKEN` is its program, else that of the PATH. It ends with this process. */
export async function toolken(words) {
  const program = process.env.TOOLKEN;
  const [command, ...first] = program === undefined ? ["toolken"] : [process.execPath, program];
  const child = spawn(command, [...first, ...words], { stdio: ["ignore", "ignore", "pipe"] });
  const end = () => child.kill("SIGTERM");
  process.once("exit", end);
  let problems = "";
  child.stderr.setEncoding("utf8").on("data", (text) => (problems += text));
  const [code] = await once(child, "close");
  process.off("exit", end);
  if (code !== 0) throw new Error(`toolken ${words[0]} ended with ${code}: ${problems.slice(-1000)}`);
}
