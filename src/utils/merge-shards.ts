// Files and folders of shards become those of one run.
import { cp, mkdir, readdir, readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expected, invalidArgument, ToolkenError } from "../errors.js";
import { writeFileAtomically } from "./atomic.js";
import { exists } from "./exists.js";
import { fileSystemError } from "./file-error.js";

interface Line {
  readonly file: string;
  readonly line: number;
  readonly json: string;
  readonly value: Readonly<Record<string, unknown>>;
}

/**
 * Writes what all shards of a job have written into one file or folder, as a single run would have: predictions and
 * annotated texts by their index, generations by their question, written requests tool by tool, folders of features
 * and experiments file by file.
 * The same command without `--shard` then goes on from it.
 *
 * @param shards in their order
 * @returns lines, or files of folders
 * @throws ToolkenError `INVALID_ARGUMENT`, `RECORD_INVALID` (file and line), `FILE_INVALID` (a shard is missing, or
 * belongs to another job), `FILE_NOT_FOUND`, `IO`
 */
export async function mergeShards(shards: readonly string[], out: string): Promise<number> {
  if (shards.length === 0) throw invalidArgument("at least one file or folder", "shards", shards);
  const kinds = await Promise.all(shards.map(isFolder));
  if (kinds.every(Boolean)) return mergeFolders(shards, out);
  if (kinds.some(Boolean)) throw invalidArgument("files, or folders, but not both", "shards", shards);
  const files = await Promise.all(shards.map(readLines));
  const lines = joined(files, shards);
  await writeFileAtomically(out, lines.map(({ json }) => `${json}\n`).join(""));
  return lines.filter((line) => !isHeader(line)).length;
}

function joined(files: readonly (readonly Line[])[], paths: readonly string[]): Line[] {
  if (files.some((file) => file.some(({ value }) => indexOf(value) !== undefined)))
    return byIndex(files.flat());
  return files.some(([first]) => isHeader(first)) ? behindHeader(files, paths) : toolByTool(files);
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (cause) {
    throw fileSystemError("read", path, cause);
  }
}

async function readLines(file: string): Promise<Line[]> {
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    throw fileSystemError("read", file, cause);
  });
  return text.split("\n").flatMap((json, at): Line[] => {
    if (json.trim() === "") return [];
    const line = at + 1;
    try {
      const value: unknown = JSON.parse(json);
      if (typeof value === "object" && value !== null) {
        return [{ file, line, json, value: value as Line["value"] }];
      }
    } catch {
      // Said below.
    }
    throw new ToolkenError(
      "RECORD_INVALID",
      `${file}:${line}: ${expected("a JSON object", "the line", json)}`,
      {
        hint: "A last line that was torn is repaired by running its shard again.",
      },
    );
  });
}

/** Predictions name their place in the line, annotated texts under `annotation`. */
function placed(value: Line["value"]): Line["value"] {
  const { annotation } = value;
  return typeof annotation === "object" && annotation !== null ? (annotation as Line["value"]) : value;
}

function indexOf(value: Line["value"]): number | undefined {
  const { index } = placed(value);
  return Number.isSafeInteger(index) ? (index as number) : undefined;
}

function byIndex(lines: readonly Line[]): Line[] {
  const sorted: Line[] = [];
  const settings = placed(lines[0]!.value).settings;
  for (const one of lines) {
    const index = indexOf(one.value);
    if (index === undefined) throw invalidLine(one, "a line with its index");
    if (placed(one.value).settings !== settings) throw invalidLine(one, "the settings of the other lines");
    if (sorted[index] !== undefined) throw invalidLine(one, `each index once, not ${index} again`);
    sorted[index] = one;
  }
  const missing = sorted.findIndex((one: Line | undefined) => one === undefined);
  if (missing >= 0) {
    throw new ToolkenError("FILE_INVALID", `No shard has item ${missing}`, {
      hint: "A shard is missing or has not finished: run it again.",
    });
  }
  return sorted;
}

/** The first line of a file of generations. */
function isHeader(line: Line | undefined): line is Line {
  return typeof line?.value.setup === "string";
}

/** In any order, as each generation names its question; in turns, which is that of a run without neighbours. */
function behindHeader(files: readonly (readonly Line[])[], paths: readonly string[]): Line[] {
  const [header] = files.flatMap(([first]) => (isHeader(first) ? [first] : []));
  const seen = new Set<unknown>();
  const bodies = files.map(([first, ...lines], i) => {
    if (!isHeader(first) || first.value.setup !== header!.value.setup) {
      const line = first ?? { file: paths[i]!, line: 1, json: "", value: {} };
      throw invalidLine(line, "the setup of the other files");
    }
    for (const one of lines) {
      const { question } = one.value;
      if (typeof question !== "string" || seen.has(question)) throw invalidLine(one, "each question once");
      seen.add(question);
    }
    return lines;
  });
  return [header!, ...inTurns(bodies)];
}

/** Requests of one tool stand together; shards took the tools in turn. */
function toolByTool(files: readonly (readonly Line[])[]): Line[] {
  const groups = files.map((lines) => {
    const tools = new Map<string, Line[]>();
    for (const one of lines) {
      const { tool } = one.value;
      if (typeof tool !== "string")
        throw invalidLine(one, "a line of predictions, annotated texts or requests");
      const known = tools.get(tool);
      if (known === undefined) tools.set(tool, [one]);
      else known.push(one);
    }
    return [...tools.values()];
  });
  return inTurns(groups).flat();
}

/** The first of every list, then the second of every list, and so on. */
function inTurns<T>(lists: readonly (readonly T[])[]): T[] {
  const longest = Math.max(...lists.map(({ length }) => length));
  return Array.from({ length: longest }, (_, i) =>
    lists.flatMap((list) => (i in list ? [list[i]!] : [])),
  ).flat();
}

function invalidLine({ file, line, json }: Line, what: string): ToolkenError {
  return new ToolkenError(
    "RECORD_INVALID",
    `${file}:${line}: ${expected(what, "the line", json.slice(0, 100))}`,
  );
}

/** What describes a run as a whole, such as logs, is the first shard's; a lock is nobody's. */
const LOCK = "run.lock";

async function mergeFolders(folders: readonly string[], out: string): Promise<number> {
  let count = 0;
  for (const folder of folders) {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    for (const entry of entries) {
      if (!entry.isFile() || entry.name === LOCK) continue;
      const from = join(entry.parentPath, entry.name);
      const inside = from.slice(join(folder, "x").length - 1);
      const to = join(out, inside);
      if (await exists(to)) {
        if (dirname(inside) === "." || (await readFile(from)).equals(await readFile(to))) continue;
        throw new ToolkenError("FILE_INVALID", `${from} differs from that of another shard`, {
          hint: "The folders belong to other jobs, or two shards did the same work.",
        });
      }
      await mkdir(dirname(to), { recursive: true });
      await cp(from, to);
      count++;
    }
  }
  return count;
}
