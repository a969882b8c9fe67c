// Remembers binaries that passed their trial, one small file each in the user's cache folder.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { cpus, release } from "node:os";
import { dirname, join } from "node:path";
import { cacheFolder } from "../utils/cache-folder.js";
import type { TrialRequest } from "./trial.js";

/** The directories whose backends passed a trial of this request on this machine, or undefined. */
export function rememberedTrial(request: TrialRequest, folder = cacheFolder()): string[] | undefined {
  try {
    const { backendDirectories } = JSON.parse(readFileSync(trialFile(request, folder), "utf8")) as {
      backendDirectories: string[];
    };
    return Array.isArray(backendDirectories) ? backendDirectories : undefined;
  } catch {
    return undefined;
  }
}

/** A cache that can't be written costs a trial at every start, nothing else. */
export function rememberTrial(
  request: TrialRequest,
  passed: readonly string[],
  folder = cacheFolder(),
): void {
  const file = trialFile(request, folder);
  const unfinished = `${file}.${process.pid}`;
  try {
    mkdirSync(dirname(file), { recursive: true });
    try {
      writeFileSync(
        unfinished,
        `${JSON.stringify({ binary: request.binary, backendDirectories: passed })}\n`,
      );
      renameSync(unfinished, file);
    } catch {
      rmSync(unfinished, { force: true });
    }
  } catch {
    // As above.
  }
}

function trialFile(request: TrialRequest, folder: string): string {
  const facts = [
    ...[request.binary, request.llamaDirectory, ...request.backendDirectories].flatMap(stamps),
    process.version,
    // A home folder may be shared by machines with other CPUs and drivers.
    cpus()[0]?.model,
    release(),
  ];
  const key = createHash("sha256").update(JSON.stringify(facts)).digest("hex").slice(0, 32);
  return join(folder, "trials", `${key}.json`);
}

/** Of a file, or of every file of a folder: a library may be damaged or replaced in its place. */
function stamps(path: string | undefined): unknown[] {
  if (path === undefined) return [null];
  try {
    const { mtimeMs, size } = statSync(path);
    return [[path, mtimeMs, size], ...filesIn(path).map((file) => stamp(file))];
  } catch {
    return [path];
  }
}

function filesIn(path: string): string[] {
  try {
    return readdirSync(path)
      .toSorted()
      .map((name) => join(path, name));
  } catch {
    return [];
  }
}

function stamp(path: string): unknown {
  const { mtimeMs, size } = statSync(path);
  return [path, mtimeMs, size];
}
