#!/usr/bin/env node
// The program `toolken`: its arguments, streams and signals.
import { EXIT_INTERRUPTED } from "./exit-codes.js";

const controller = new AbortController();
const output = { isClosed: false };

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    // The second time there is no patience left for a clean end.
    if (controller.signal.aborted) process.exit(EXIT_INTERRUPTED);
    controller.abort(new Error(signal));
  });
}

// A reader that has seen enough (`toolken … | head`) is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  output.isClosed = true;
  controller.abort(error);
});
process.stderr.on("error", () => undefined);

// Read after the handlers: an interrupt while the program loads ends it as cleanly as a later one.
const { commands } = await import("./commands/index.js");
const { runProgram } = await import("./program.js");
const exitCode = await runProgram(commands, process.argv.slice(2), process, controller.signal);
process.exitCode = output.isClosed ? 0 : exitCode;
