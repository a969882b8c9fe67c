// Mining takes long: its parts are kept beside the output until that is whole, and go when it is.
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { recordInvalid, readRecords } from "../../examples/records.js";
import { writeFileAtomically } from "../../utils/atomic.js";
import { exists } from "../../utils/exists.js";
import { assertPath, fileSystemError, invalidFile } from "../../utils/file-error.js";
import { type JsonObject, type LineLocation, ResumableFile } from "../../utils/resumable-file.js";
import { hasMinedInfo, minedLines, readMinedInfo, readMinedRow } from "../../examples/mined-file.js";
import type { MinedInfo, MinedRow } from "../../examples/mined-row.js";
import type { MinedFormat, ResolvedMineOptions } from "./options.js";
import { publishedRow } from "../../examples/published-rows.js";
import type { MiningDigests } from "./settings.js";
import type { MinedFoldRows } from "./mined-fold-rows.js";

const PARTS = ".parts";

/** Where one run keeps its parts and writes its rows; without an `out` nowhere. */
export class MiningStore implements AsyncDisposable {
  /** What an earlier run has written: nothing is left to do. */
  readonly finished: { readonly info: MinedInfo; readonly rows: readonly MinedRow[] } | undefined;
  /** Folds that an earlier run has finished. */
  readonly folds: readonly MinedFoldRows[];
  /** Folder of the features of these texts. */
  readonly features: string | undefined;
  /** File of the model's own generations. */
  readonly generations: string | undefined;
  readonly #out: string | undefined;
  readonly #format: MinedFormat;
  readonly #parts: ResumableFile<MinedFoldRows> | undefined;

  private constructor(
    options: ResolvedMineOptions,
    digests: MiningDigests,
    finished: MiningStore["finished"],
    parts: ResumableFile<MinedFoldRows> | undefined,
  ) {
    const { out, format, features } = options;
    this.finished = finished;
    this.folds = [...(parts?.cached.values() ?? [])];
    const folder = features ?? (out === undefined ? undefined : join(out + PARTS, "features"));
    this.features = folder === undefined ? undefined : join(folder, digests.features);
    this.generations = out === undefined ? undefined : join(out + PARTS, "generations.jsonl");
    this.#out = out;
    this.#format = format;
    this.#parts = parts;
  }

  /** @throws `FILE_INVALID` (an output or parts of other settings), `RECORD_INVALID`, `FILE_NOT_FOUND`, `IO`. */
  static async open(options: ResolvedMineOptions, digests: MiningDigests): Promise<MiningStore> {
    const { out, format, features } = options;
    if (features !== undefined) assertPath(features, "features");
    if (out === undefined) return new MiningStore(options, digests, undefined, undefined);
    assertPath(out, "out");
    if (await exists(out)) {
      return new MiningStore(options, digests, await finishedRows(out, format, digests.rows), undefined);
    }
    await mkdir(out + PARTS).catch((cause: unknown) => {
      if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw fileSystemError("write", out, cause);
    });
    const parts = await ResumableFile.openWithHeader(join(out + PARTS, "folds.jsonl"), {
      content: "parts of mining with this model, these texts and settings",
      settings: digests.rows,
      read: readFold,
    });
    return new MiningStore(options, digests, undefined, parts);
  }

  /** Keeps the rows of a fold. @throws `IO`. */
  async add(fold: MinedFoldRows): Promise<void> {
    await this.#parts?.append({ ...fold });
  }

  /** Writes all rows and removes the parts. @throws `IO`. */
  async finish(info: MinedInfo, rows: readonly MinedRow[]): Promise<void> {
    if (this.#out === undefined) return;
    const lines = this.#format === "toolken" ? minedLines(info, rows) : publishedLines(info, rows);
    await writeFileAtomically(this.#out, encoded(lines));
    await this.#parts?.close();
    await rm(this.#out + PARTS, { recursive: true, force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts?.close();
  }
}

function readFold(value: JsonObject, location: LineLocation): MinedFoldRows {
  const { fold, rows } = value as unknown as Partial<MinedFoldRows>;
  if (typeof fold?.fold === "number" && Array.isArray(rows)) return { fold, rows };
  throw recordInvalid(location, "a fold with its rows", "the line", value);
}

async function finishedRows(
  out: string,
  format: MinedFormat,
  settings: string,
): Promise<NonNullable<MiningStore["finished"]>> {
  const refuse = (found: string, hint = "Give another path, or delete the file."): never => {
    throw invalidFile(out, "no file, or rows mined with this model, these texts and settings", found, {
      hint,
    });
  };
  if (format !== "toolken") refuse("a file, and published rows don't say what they were mined with");
  const [first, ...records] = await readRecords(out);
  if (!hasMinedInfo(first!)) refuse("another file");
  const info = readMinedInfo(first!);
  if (info.settings !== settings) refuse("those of others");
  return { info, rows: records.map(readMinedRow) };
}

function* publishedLines(info: MinedInfo, rows: readonly MinedRow[]): Generator<string> {
  for (const row of rows) yield `${JSON.stringify(publishedRow(row, info.tools))}\n`;
}

function* encoded(lines: Iterable<string>): Generator<Uint8Array> {
  const encoder = new TextEncoder();
  for (const line of lines) yield encoder.encode(line);
}
