import { chmod, mkdtemp, readdir, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import test from "ava";
import { everything } from "../support/mcp-servers.js";
import { start, toolken } from "./spawn.js";

const compute = ["--gpu", "cpu", "--threads", "1"];

test("serve answers until it is interrupted, and ends after its running requests", async (t) => {
  const program = start(["serve", "--port", "0", "--api-key", "secret", "--threads", "1"], null);
  const url = await program.printed("Listening on ").then(() => program.output().trim().split(" ").at(-1)!);
  t.is((await fetch(`${url}/models`)).status, 401);
  const response = await fetch(`${url}/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: "Bearer secret" },
    body: JSON.stringify({
      messages: [{ role: "user", content: "What is 12 plus 30?" }],
      stream: true,
      max_tokens: 64,
    }),
  });
  t.is(response.status, 200);
  program.kill("SIGTERM");
  t.true((await response.text()).endsWith("data: [DONE]\n\n"));
  t.is((await program.ended).exitCode, 0);
});

test("an address in use is named", async (t) => {
  const program = start(["serve", "--port", "0", "--threads", "1"], null);
  await program.printed("Listening on ");
  const port = /:(\d+)\//u.exec(program.output())![1]!;
  const { exitCode, stderr } = await start(["serve", "--port", port, "--threads", "1"]).ended;
  t.is(exitCode, 1);
  t.regex(stderr, /can't listen on 127\.0\.0\.1:\d+/u);
  program.kill("SIGINT");
  await program.ended;
});

test("serve executes the tools of MCP servers, by a head that is trained once", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "toolken-serve-"));
  const config = join(folder, "mcp.json");
  await writeFile(config, JSON.stringify({ mcpServers: { everything } }));
  const words = ["serve", "--port", "0", "--mcp", config, "--head", "auto", "--parallel", "1", ...compute];
  const program = start(words, null, { XDG_CACHE_HOME: folder });
  await program.printed("Listening on ");
  const url = /Page (\S+)\//u.exec(program.output())![1]!;
  interface Info {
    tools: { name: string }[];
    head: { size: number };
  }
  const info = (await (await fetch(`${url}/inspect/info`)).json()) as Info;
  t.true(info.tools.some(({ name }) => name === "echo"));
  // A row for each tool and one for none.
  t.is(info.head.size, info.tools.length + 1);
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      messages: [{ role: "user", content: "Give me the tiny image." }],
      tool_choice: { type: "function", function: { name: "get-tiny-image" } },
      max_tokens: 16,
    }),
  });
  const { choices } = (await response.json()) as {
    choices: { message: { content: string; tool_calls?: unknown } }[];
  };
  t.is(response.status, 200);
  t.is(typeof choices[0]!.message.content, "string");
  t.is(choices[0]!.message.tool_calls, undefined);
  program.kill("SIGTERM");
  t.is((await program.ended).exitCode, 0);
});

test("a head without rows for all tools of MCP servers is said", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "toolken-rows-"));
  const config = join(folder, "mcp.json");
  await writeFile(config, JSON.stringify({ mcpServers: { everything } }));
  const words = ["serve", "--port", "0", "--mcp", config, "--head", "nano", "--tools", "math", ...compute];
  const program = start(words, null);
  await program.printed("Listening on ");
  program.kill("SIGINT");
  const { exitCode, stderr } = await program.ended;
  t.is(exitCode, 0);
  t.regex(stderr, /The head has no row for \d+ of \d+ tools/u);
});

test("inspect --open shows the page in the user's browser", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "toolken-open-"));
  const [browser, opened] = [join(folder, "browser.sh"), join(folder, "opened")];
  await writeFile(browser, `#!/bin/sh\necho "$1" > '${opened}.part' && mv '${opened}.part' '${opened}'\n`);
  await chmod(browser, 0o755);
  const program = start(["inspect", "--open", "What is 1 plus 2?", ...compute], null, { BROWSER: browser });
  await program.printed("Listening on ");
  const page = /Page (\S+)/u.exec(program.output())![1]!;
  t.regex(await (await fetch(page)).text(), /^<!doctype html>/u);
  await appearance(folder, "opened");
  program.kill("SIGINT");
  t.is((await program.ended).exitCode, 0);
  t.is((await readFile(opened, "utf8")).trim(), `${page}#question=What+is+1+plus+2%3F`);

  const alone = start(["inspect", "--open", ...compute], null, { BROWSER: join(folder, "missing") });
  await alone.printed("Listening on ");
  alone.kill("SIGINT");
  t.regex((await alone.ended).stderr, /No browser could be opened .* Open http:/u);
  const { exitCode, stderr } = await toolken(["inspect", ...compute]);
  t.is(exitCode, 2);
  t.regex(stderr, /Missing --question/u);
});

/** Resolves when a folder has a file. */
async function appearance(folder: string, name: string): Promise<void> {
  while (!(await readdir(folder)).includes(name)) await delay(20);
}
