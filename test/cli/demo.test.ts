import test from "ava";
import { toolken } from "./spawn.js";

const words = ["demo", "--texts", "120", "--problems", "2", "--gpu", "cpu", "--threads", "1"];

test("the demo trains a head, and answers problems alone and with tools", async (t) => {
  const { stdout, stderr, exitCode } = await toolken(words);
  t.is(exitCode, 0, stderr);
  t.regex(stdout, /^Trained a head for 13 tools .* on 120 texts/mu);
  t.regex(stdout, /^Right: \d of 2 alone, \d of 2 with tools\.$/mu);
});

test("--json prints one document", async (t) => {
  const { stdout, stderr, exitCode } = await toolken([...words, "--reranker", "nano", "--json"]);
  t.is(exitCode, 0, stderr);
  const { problems, withTools } = JSON.parse(stdout) as { problems: unknown[]; withTools: number };
  t.is(problems.length, 2);
  t.true(withTools >= 1);
});
