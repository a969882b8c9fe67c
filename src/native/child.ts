// Work that may take a process down, in one of its own: it reports on one line and ends with its parent.
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/** The child marks its one line: drivers print to standard output too. */
const REPORT_MARK = "toolken-child:";
const MAX_COMPLAINT_LENGTH = 2_000;

export type ChildResult<Report> =
  | { readonly report: Report }
  /** It ended without a report. */
  | {
      readonly exitCode: number | null;
      readonly signal: NodeJS.Signals | null;
      /** The last line of its standard error; may be empty. */
      readonly complaint: string;
    }
  /** No process could be started here. */
  | { readonly unstarted: Error };

export interface ChildOptions {
  /** Milliseconds until it is killed. Default: none. */
  readonly timeLimit?: number;
  /** Kills it. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs a program of ours (`answerParent`) with a request. It is killed when this process, or the worker thread that
 * started it, ends.
 */
export function runChild<Report>(
  program: URL,
  request: unknown,
  { timeLimit, signal: abort }: ChildOptions = {},
): Promise<ChildResult<Report>> {
  const env: NodeJS.ProcessEnv = { ...process.env, ELECTRON_RUN_AS_NODE: "1", GGML_NO_BACKTRACE: "1" };
  // Loaders and debuggers of this process are not part of it.
  delete env.NODE_OPTIONS;
  return new Promise((resolve) => {
    let child;
    try {
      child = spawn(process.execPath, [fileURLToPath(program), JSON.stringify(request)], {
        env,
        stdio: ["pipe", "pipe", "pipe"],
        ...(timeLimit === undefined ? {} : { timeout: timeLimit }),
        killSignal: "SIGKILL",
        windowsHide: true,
      });
    } catch (error) {
      resolve({ unstarted: error as Error });
      return;
    }
    const stop = (): void => void child.kill("SIGKILL");
    abort?.addEventListener("abort", stop, { once: true });
    let output = "";
    let complaints = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
    child.stderr
      .setEncoding("utf8")
      .on("data", (text: string) => (complaints = (complaints + text).slice(-MAX_COMPLAINT_LENGTH)));
    // A child that ends at once closes its input; that is no failure of ours.
    child.stdin.on("error", () => undefined);
    child.on("error", (error) => {
      resolve({ unstarted: error });
    });
    child.on("close", (exitCode, signal) => {
      abort?.removeEventListener("abort", stop);
      const line = output.split("\n").find((entry) => entry.startsWith(REPORT_MARK));
      if (line === undefined) {
        resolve({ exitCode, signal, complaint: complaints.trim().split("\n").at(-1) ?? "" });
      } else resolve({ report: JSON.parse(line.slice(REPORT_MARK.length)) as Report });
    });
  });
}

/** The child's side: answers the request of `runChild` and ends the process. */
export async function answerParent(answer: (request: never) => unknown): Promise<void> {
  const end = (): void => {
    process.kill(process.pid, "SIGKILL");
  };
  process.stdin.on("close", end).on("error", end).resume();
  const report = await answer(JSON.parse(process.argv[2] ?? "{}") as never);
  process.stdout.write(`\n${REPORT_MARK}${JSON.stringify(report)}\n`, () => process.exit());
}
