// Runs ava with a readable report, and ends with the line "N passed, N failed" from its TAP output.
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";

const { resolve } = createRequire(import.meta.url);
const program = join(dirname(resolve("ava")), "cli.mjs");
const child = spawn(process.execPath, [program, "--tap", ...process.argv.slice(2)], {
  stdio: ["inherit", "pipe", "inherit"],
});

const lines = createInterface({ input: child.stdout });
const counts = { passed: 0, failed: 0 };
const failures = [];
let diagnosis;
for await (const line of lines) {
  const result = /^(not )?ok \d+ - (.*?)(?: # (SKIP|TODO).*)?$/u.exec(line);
  if (result !== null) {
    const [, failed, title, directive] = result;
    diagnosis = undefined;
    if (directive !== undefined) console.log(`  - ${title}`);
    else if (failed === undefined) {
      counts.passed++;
      console.log(`  ✔ ${title}`);
    } else {
      counts.failed++;
      console.log(`  ✘ ${title}`);
      diagnosis = [title];
      failures.push(diagnosis);
    }
  } else if (diagnosis !== undefined && /^\s/u.test(line)) diagnosis.push(line);
  else if (/^# (?!tests|pass|fail|skip)/u.test(line)) console.log(`  ${line.slice(2)}`);
}
const exitCode = await new Promise((settle) => {
  if (child.exitCode !== null) settle(child.exitCode);
  else child.on("close", settle);
});
for (const [title, ...details] of failures) console.log(`\n✘ ${title}\n${details.join("\n")}`);
// A file that does not load fails without a failed test.
const failed = exitCode === 0 ? counts.failed : Math.max(counts.failed, 1);
console.log(`${counts.passed} passed, ${failed} failed`);
process.exitCode = exitCode ?? 1;
