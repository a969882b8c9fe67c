// Runs ava and ends with the line "N passed, N failed", which any continuous integration can count.
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { stripVTControlCharacters } from "node:util";

const { resolve } = createRequire(import.meta.url);
const program = join(dirname(resolve("ava")), "cli.mjs");
const env = process.stdout.isTTY ? { FORCE_COLOR: "1", ...process.env } : process.env;
const child = spawn(process.execPath, [program, ...process.argv.slice(2)], {
  env,
  stdio: ["inherit", "pipe", "inherit"],
});

let output = "";
child.stdout.setEncoding("utf8").on("data", (text) => {
  process.stdout.write(text);
  output += text;
});
child.on("close", (exitCode) => {
  const lines = stripVTControlCharacters(output).split("\n");
  const matching = (pattern) => lines.filter((line) => pattern.test(line)).length;
  const passed = matching(/^\s+✔ /u);
  const failed = matching(/^\s+✘ \[fail\]: /u);
  // A file that does not load fails without a failed test.
  console.log(`${passed} passed, ${exitCode === 0 ? failed : Math.max(failed, 1)} failed`);
  process.exitCode = exitCode ?? 1;
});
