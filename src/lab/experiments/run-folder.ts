// A run's folder is its memory: what is in it is finished or can go on, and only one process writes into it.
import { randomBytes } from "node:crypto";
import { link, mkdir, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import path from "node:path";
import { ToolkenError } from "../../errors.js";
import { writeFileAtomically } from "../../utils/atomic.js";
import { fileSystemError } from "../../utils/file-error.js";

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
    try {
      await taken.#removeTemporaryFiles();
    } catch (cause) {
      await taken.release();
      throw fileSystemError("write", folder, cause);
    }
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

/** Only one of several that come at once gets it: a lock appears whole, and a stale one is moved away by one alone. */
async function takeLock(file: string): Promise<void> {
  const own: Holder = { pid: process.pid, host: hostname() };
  while (!(await placeLock(file, own))) {
    const holder = (await readJson(file)) as Holder | undefined;
    if (held.has(file) || (holder !== undefined && isAlive(holder))) throw inUse(file, holder ?? own);
    await removeStale(file, holder);
  }
  held.add(file);
}

/** @returns whether it is placed @throws `IO` */
async function placeLock(file: string, own: Holder): Promise<boolean> {
  const text = JSON.stringify(own);
  const whole = besides(file);
  try {
    await writeFile(whole, text, { flag: "wx" });
    await link(whole, file).catch(async (error: unknown) => {
      if (!NO_LINKS.has(codeOf(error))) throw error;
      await writeFile(file, text, { flag: "wx" });
    });
    return true;
  } catch (cause) {
    // Another process has its lock there, or has just removed all temporary files.
    if (codeOf(cause) === "EEXIST") return false;
    if (codeOf(cause) === "ENOENT" && (cause as NodeJS.ErrnoException).syscall === "link") return false;
    throw fileSystemError("write", file, cause);
  } finally {
    await rm(whole, { force: true });
  }
}

/** What file systems without hard links answer. */
const NO_LINKS: ReadonlySet<string> = new Set(["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"]);

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? "";
}

/** Removes the lock of a killed process, unless it is somebody else's by now. */
async function removeStale(file: string, expected: Holder | undefined): Promise<void> {
  const moved = besides(file);
  try {
    await rename(file, moved);
  } catch (cause) {
    if (codeOf(cause) === "ENOENT") return;
    throw fileSystemError("write", file, cause);
  }
  const found = (await readJson(moved)) as Holder | undefined;
  if (found?.pid !== expected?.pid || found?.host !== expected?.host) {
    await link(moved, file).catch(() => undefined);
  }
  await rm(moved, { force: true });
}

/** A name that is removed with other temporary files when nobody comes back to it. */
function besides(file: string): string {
  return path.join(path.dirname(file), `.toolken-lock-${randomBytes(9).toString("base64url")}`);
}

function inUse(file: string, { pid, host }: Holder): ToolkenError {
  return new ToolkenError(
    "INVALID_ARGUMENT",
    `Expected ${path.dirname(file)} for this run alone but process ${pid} on ${host} works in it`,
    { hint: `Wait for it, give another folder, or remove ${file} when there is no such process.` },
  );
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
