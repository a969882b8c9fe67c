// A run's folder is its memory: what is in it is finished or can go on, and only one process writes into it.
import { mkdir, open, readFile, readdir, rm } from "node:fs/promises";
import { hostname } from "node:os";
import path from "node:path";
import { ToolkenError } from "../errors.js";
import { writeFileAtomically } from "../files/atomic.js";
import { fileSystemError } from "../files/file-error.js";

const LOCK = "run.lock";

/** Locks of this process: a killed one may have had the same id, as in containers. */
const held = new Set<string>();

/** An experiment's folder, held by this process until `release`. */
export class RunFolder implements AsyncDisposable {
  readonly path: string;

  private constructor(folder: string) {
    this.path = folder;
  }

  /**
   * Makes the folder where it is not there, and takes it. What a killed run left half-written is removed.
   *
   * @throws ToolkenError `INVALID_ARGUMENT` (another process works in it), `IO`.
   */
  static async take(folder: string): Promise<RunFolder> {
    try {
      for (const part of ["cells", "features", "data"]) {
        await mkdir(path.join(folder, part), { recursive: true });
      }
    } catch (cause) {
      throw fileSystemError("write", folder, cause);
    }
    await takeLock(path.join(folder, LOCK));
    const taken = new RunFolder(folder);
    await taken.#removeTemporaryFiles();
    return taken;
  }

  file(...names: readonly string[]): string {
    return path.join(this.path, ...names);
  }

  async release(): Promise<void> {
    held.delete(this.file(LOCK));
    await rm(this.file(LOCK), { force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.release();
  }

  async #removeTemporaryFiles(): Promise<void> {
    const names = await readdir(this.path, { recursive: true });
    const left = names.filter((name) => path.basename(name).startsWith(".toolken-"));
    await Promise.all(left.map((name) => rm(this.file(name), { recursive: true, force: true })));
  }
}

/** A whole JSON file or none. @throws `IO`, `FILE_NOT_FOUND`. */
export async function writeJson(file: string, value: unknown): Promise<void> {
  await writeFileAtomically(file, `${JSON.stringify(value, null, 2)}\n`);
}

/** The file's value, undefined without a file or with one that is no JSON. @throws `IO` */
export async function readJson(file: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw fileSystemError("read", file, cause);
  }
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

interface Holder {
  readonly pid: number;
  readonly host: string;
}

async function takeLock(file: string): Promise<void> {
  const own: Holder = { pid: process.pid, host: hostname() };
  for (;;) {
    try {
      await using lock = await open(file, "wx");
      held.add(file);
      await lock.writeFile(JSON.stringify(own));
      return;
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw fileSystemError("write", file, cause);
    }
    const holder = (await readJson(file)) as Holder | undefined;
    if (held.has(file) || (holder !== undefined && isAlive(holder))) {
      const { pid, host } = holder ?? own;
      throw new ToolkenError(
        "INVALID_ARGUMENT",
        `Expected ${path.dirname(file)} for this run alone but process ${pid} on ${host} works in it`,
        { hint: `Wait for it, give another folder, or remove ${file} when there is no such process.` },
      );
    }
    // Of a process that was killed.
    await rm(file, { force: true });
  }
}

/** Of a process elsewhere nothing is known, so it counts as alive. */
function isAlive({ pid, host }: Holder): boolean {
  if (host !== hostname()) return true;
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
