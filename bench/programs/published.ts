// The published way of working, in Python (bench/published): for comparison only.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { root } from "../root.js";
import { LineProgram } from "./line-program.js";

const REQUIREMENTS = "bench/published/requirements.txt";

/** The rival on a model; undefined with a note where there is no Python with its packages. */
export async function startPublished(
  model: string,
  args: readonly string[],
  threads: number,
): Promise<LineProgram | undefined> {
  const own = join(root, ".venv", "bin", "python");
  const python = process.env.TOOLKEN_BENCH_PYTHON ?? (existsSync(own) ? own : "python3");
  const script = join(root, "bench", "published", "rival.py");
  const limit = threads > 0 ? ["--threads", String(threads)] : [];
  const program = new LineProgram(python, [script, model, ...limit, ...args]);
  try {
    await program.ask("facts");
    return program;
  } catch (error) {
    await program[Symbol.asyncDispose]();
    console.error(
      `Left out: ${python} does not run the published way of working ` +
        `(pip install -r ${REQUIREMENTS}; TOOLKEN_BENCH_PYTHON names another Python).\n` +
        (error instanceof Error ? error.message.split("\n").slice(-3).join("\n") : ""),
    );
    return undefined;
  }
}
