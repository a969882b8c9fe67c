import test from "ava";
import { toolken } from "./spawn.js";

test("a piped chat answers line by line and obeys its commands", async (t) => {
  const lines = [
    "/help",
    "/tools",
    "/why",
    "What is 3 plus 4?",
    "",
    "/reset",
    "/nothing",
    "And 5 plus 6?",
    "/exit",
    "unread",
  ];
  const words = ["chat", "--tools", "math", "--gpu", "cpu", "--threads", "1", "--max-tokens", "8"];
  const { exitCode, stdout, stderr } = await toolken(words, `${lines.join("\n")}\n`);
  t.is(exitCode, 0);
  t.regex(stdout, /^\/tools lists [^\n]*\nadd: The sum[^]*\nNo tool has been chosen in the last answer\.\n/u);
  t.false(stdout.includes("> ") || stdout.includes("\u001B"), stdout);
  t.true(stderr.includes("Unknown command /nothing. /tools lists the tools"), stderr);
});

test("an answer that does not fit is a message, not the end of the chat", async (t) => {
  const words = ["chat", "--gpu", "cpu", "--threads", "1", "--context-size", "256", "--max-tokens", "4"];
  const { exitCode, stderr } = await toolken(words, `${"word ".repeat(600)}\nHello?\n`);
  t.is(exitCode, 0);
  t.regex(stderr, /The conversation has \d+ tokens, the context has room for 256/u);
});
