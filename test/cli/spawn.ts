// Runs the built program as a shell would.
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const PROGRAM = fileURLToPath(new URL("../../src/cli/main.js", import.meta.url));

export interface Ended {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly ended: Promise<Ended>;
  kill(signal: NodeJS.Signals): void;
  /** Resolves when standard output has this text. */
  readonly printed: (text: string) => Promise<void>;
  /** What standard output has so far. */
  readonly output: () => string;
  /** Closes the reading end of standard output. */
  closeOutput(): void;
}

/** @param input what standard input holds before it ends; null leaves it open */
export function start(
  words: readonly string[],
  input: string | null = "",
  env: NodeJS.ProcessEnv = {},
): Running {
  const child = spawn(process.execPath, [PROGRAM, ...words], {
    env: { ...process.env, NO_COLOR: "1", FORCE_COLOR: undefined, ...env },
  });
  let [stdout, stderr] = ["", ""];
  const waiting: (() => void)[] = [];
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    for (const look of waiting) look();
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  // A program that has ended does not read any more.
  child.stdin.on("error", () => undefined);
  if (input !== null) child.stdin.end(input);
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (exitCode) => {
      resolve({ exitCode, stdout, stderr });
    });
  });
  return {
    ended,
    kill: (signal) => void child.kill(signal),
    output: () => stdout,
    closeOutput: () => void child.stdout.destroy(),
    printed: (text) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (stdout.includes(text)) resolve();
        };
        waiting.push(look);
        look();
        void ended.then(() => {
          reject(new Error(`The program ended before it printed ${text}: ${stderr}`));
        });
      }),
  };
}

export function toolken(words: readonly string[], input = ""): Promise<Ended> {
  return start(words, input).ended;
}
