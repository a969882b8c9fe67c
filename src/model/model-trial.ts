// Tries a model's file in a child process before this one loads it: llama.cpp ends the process on much of what can be
// wrong in a file. What passed is remembered until the file changes.
import { createHash } from "node:crypto";
import { mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ToolkenError, type ToolkenErrorCode, throwIfAborted } from "../errors.js";
import { runChild } from "../native/child.js";
import { cacheFolder } from "../utils/cache-folder.js";

export interface ModelTrialRequest {
  readonly path: string;
}

/** Empty when the model loads. */
export interface ModelTrialReport {
  readonly code?: ToolkenErrorCode;
  readonly message?: string;
}

const TIME_LIMIT_MS = 120_000;
const MAX_REMEMBERED = 500;

/**
 * Throws `MODEL_LOAD_FAILED` when llama.cpp refuses the file or ends the process that tries it, `ABORTED`.
 * @param llamaVersion of the addon that will load it
 */
export async function tryModel(path: string, llamaVersion: string, signal?: AbortSignal): Promise<void> {
  const key = await keyOf(path, llamaVersion);
  const memory = join(cacheFolder(), "models.json");
  const passed = await remembered(memory);
  if (passed.includes(key)) return;

  const program = new URL("./model-trial-child.js", import.meta.url);
  const request: ModelTrialRequest = { path };
  const result = await runChild<ModelTrialReport>(program, request, { timeLimit: TIME_LIMIT_MS, signal });
  throwIfAborted(signal);
  // Where no process can be started, nothing is known about the file.
  if ("unstarted" in result) return;
  if ("report" in result) {
    const { code, message = "" } = result.report;
    if (code !== undefined) throw new ToolkenError(code, message);
    await remember(memory, [...passed, key].slice(-MAX_REMEMBERED));
    return;
  }
  const { exitCode, signal: killed, complaint } = result;
  const end = killed ?? `exit code ${exitCode ?? "unknown"}`;
  throw new ToolkenError(
    "MODEL_LOAD_FAILED",
    `Expected a GGUF model that llama.cpp can load in ${path} but it ended a process that tried (${end})${complaint === "" ? "" : `: ${complaint}`}`,
    { hint: "The file is damaged, or of a kind that this version of llama.cpp does not know." },
  );
}

async function keyOf(path: string, llamaVersion: string): Promise<string> {
  const { mtimeMs, size, ino } = await stat(path);
  return createHash("sha256")
    .update(JSON.stringify([path, mtimeMs, size, ino, llamaVersion]))
    .digest("hex")
    .slice(0, 32);
}

async function remembered(memory: string): Promise<readonly string[]> {
  try {
    const keys = JSON.parse(await readFile(memory, "utf8")) as unknown;
    return Array.isArray(keys) ? (keys as string[]) : [];
  } catch {
    return [];
  }
}

/** A memory that can't be written costs a trial at every load, nothing else. */
async function remember(memory: string, keys: readonly string[]): Promise<void> {
  const unfinished = `${memory}.${process.pid}`;
  try {
    await mkdir(cacheFolder(), { recursive: true });
    await writeFile(unfinished, JSON.stringify(keys));
    await rename(unfinished, memory);
  } catch {
    await rm(unfinished, { force: true }).catch(() => undefined);
  }
}
