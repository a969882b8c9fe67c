import test from "ava";
import { start } from "./spawn.js";

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
