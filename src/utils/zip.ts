// PyTorch's checkpoints are zip archives of uncompressed entries: this reads exactly those, with every bound checked.
// Layout and field names: PKWARE APPNOTE 6.3.10, sections 4.3.7 to 4.3.16 and 4.5.3.
import { crc32 } from "node:zlib";
import type { ToolkenError } from "../errors.js";
import { invalidFile, shown } from "./file-error.js";
import type { OpenFile } from "./open-file.js";

export interface ZipEntry {
  readonly name: string;
  /** Bytes; stored as they are. */
  readonly size: number;
  readonly crc: number;
  /** Offset of the local header in the file. */
  readonly headerOffset: number;
  /** Offset of what follows: the next entry's local header, or the directory. */
  readonly limit: number;
}

const MAX_DIRECTORY = 16 * 1024 * 1024;
const END_LENGTH = 22;
const MAX_COMMENT_LENGTH = 0xffff;
const ZIP64_LOCATOR_LENGTH = 20;
const ZIP64_END_LENGTH = 56;
const CENTRAL_LENGTH = 46;
const LOCAL_LENGTH = 30;
const UNKNOWN16 = 0xffff;
const UNKNOWN32 = 0xffffffff;

/** An archive on disk; entries are read one at a time. */
export class ZipArchive {
  readonly entries: ReadonlyMap<string, ZipEntry>;
  readonly #file: OpenFile;

  private constructor(file: OpenFile, entries: ReadonlyMap<string, ZipEntry>) {
    this.#file = file;
    this.entries = entries;
  }

  /** @throws `FILE_INVALID` for anything but an intact archive of stored, unencrypted, disjoint entries. */
  static async read(file: OpenFile): Promise<ZipArchive> {
    const directory = await findDirectory(file);
    if (directory.size > MAX_DIRECTORY) {
      throw invalidFile(
        file.path,
        `a zip directory of at most ${MAX_DIRECTORY} bytes`,
        `${directory.size} bytes`,
      );
    }
    const bytes = await file.read(directory.offset, directory.size);
    const headers = readDirectory(bytes, directory.count, file.path);
    const entries = withLimits(headers, directory.offset, file.path);
    return new ZipArchive(file, new Map(entries.map((entry) => [entry.name, entry])));
  }

  /** The entry's bytes, in a buffer of their own. @throws `FILE_INVALID` when absent or its checksum differs. */
  async readEntry(name: string): Promise<Uint8Array<ArrayBuffer>> {
    const entry = this.entries.get(name);
    const path = this.#file.path;
    if (!entry) throw invalidFile(path, `an entry ${shown(name)} in the zip archive`, "none");
    const header = viewOf(await this.#file.read(entry.headerOffset, LOCAL_LENGTH));
    if (header.getUint32(0, true) !== 0x04034b50) {
      throw invalidFile(path, `a local header for the zip entry ${shown(name)}`, "other bytes");
    }
    const start = entry.headerOffset + LOCAL_LENGTH + header.getUint16(26, true) + header.getUint16(28, true);
    // An entry that lies about its size would reach into its neighbour or into the directory.
    if (start + entry.size > entry.limit) throw tooLong(entry, path);
    const bytes = await this.#file.read(start, entry.size);
    const crc = crc32(bytes);
    if (crc !== entry.crc) {
      throw invalidFile(path, `the zip entry ${shown(name)} with checksum ${entry.crc}`, String(crc), {
        hint: "The file is damaged, or was written without checksums; get it again or save it again.",
      });
    }
    return bytes;
  }
}

type EntryHeader = Omit<ZipEntry, "limit">;

interface Directory {
  readonly offset: number;
  readonly size: number;
  readonly count: number;
}

async function findDirectory(file: OpenFile): Promise<Directory> {
  const { path, size } = file;
  const tailStart = Math.max(0, size - END_LENGTH - MAX_COMMENT_LENGTH);
  const tail = viewOf(await file.read(tailStart, size - tailStart));
  let end = tail.byteLength - END_LENGTH;
  while (end >= 0 && !isEndOfDirectory(tail, end)) end--;
  if (end < 0) throw invalidFile(path, "a zip archive with its directory at the end", "none");
  if (tail.getUint16(end + 4, true) !== 0 || tail.getUint16(end + 6, true) !== 0) {
    throw invalidFile(path, "a zip archive in one part", "several parts");
  }
  const endOffset = tailStart + end;
  let directory: Directory = {
    count: tail.getUint16(end + 10, true),
    size: tail.getUint32(end + 12, true),
    offset: tail.getUint32(end + 16, true),
  };
  if (directory.count === UNKNOWN16 || directory.size === UNKNOWN32 || directory.offset === UNKNOWN32) {
    directory = await readZip64End(file, endOffset);
  }
  if (directory.offset + directory.size > endOffset) {
    throw invalidFile(
      path,
      `a zip directory that ends before byte ${endOffset}`,
      `${directory.size} bytes from byte ${directory.offset}`,
    );
  }
  return directory;
}

function isEndOfDirectory(tail: DataView, at: number): boolean {
  return (
    tail.getUint32(at, true) === 0x06054b50 &&
    at + END_LENGTH + tail.getUint16(at + 20, true) === tail.byteLength
  );
}

async function readZip64End(file: OpenFile, endOffset: number): Promise<Directory> {
  const unfit = (found: string) => invalidFile(file.path, "a zip64 directory record", found);
  if (endOffset < ZIP64_LOCATOR_LENGTH) throw unfit("none");
  const locator = viewOf(await file.read(endOffset - ZIP64_LOCATOR_LENGTH, ZIP64_LOCATOR_LENGTH));
  if (locator.getUint32(0, true) !== 0x07064b50) throw unfit("none");
  const offset = Number(locator.getBigUint64(8, true));
  if (offset + ZIP64_END_LENGTH > endOffset) throw unfit(`an offset of ${offset}`);
  const record = viewOf(await file.read(offset, ZIP64_END_LENGTH));
  if (record.getUint32(0, true) !== 0x06064b50) throw unfit("other bytes");
  return {
    count: Number(record.getBigUint64(32, true)),
    size: Number(record.getBigUint64(40, true)),
    offset: Number(record.getBigUint64(48, true)),
  };
}

function readDirectory(bytes: Uint8Array, count: number, path: string): EntryHeader[] {
  const view = viewOf(bytes);
  const names = new Set<string>();
  const entries: EntryHeader[] = [];
  let at = 0;
  while (at < bytes.byteLength) {
    if (at + CENTRAL_LENGTH > bytes.byteLength || view.getUint32(at, true) !== 0x02014b50) {
      throw invalidFile(path, `a header of zip entry ${entries.length}`, "other bytes");
    }
    const nameEnd = at + CENTRAL_LENGTH + view.getUint16(at + 28, true);
    const extraEnd = nameEnd + view.getUint16(at + 30, true);
    const next = extraEnd + view.getUint16(at + 32, true);
    if (next > bytes.byteLength) {
      throw invalidFile(
        path,
        `a header of zip entry ${entries.length}`,
        "one that is longer than the directory",
      );
    }
    const name = decodeName(bytes.subarray(at + CENTRAL_LENGTH, nameEnd), path);
    if (names.has(name)) throw invalidFile(path, "zip entries of different names", `${shown(name)} twice`);
    names.add(name);
    const flags = view.getUint16(at + 8, true);
    const method = view.getUint16(at + 10, true);
    if (flags & 1) throw invalidFile(path, `the zip entry ${shown(name)} unencrypted`, "an encrypted one");
    if (method !== 0) {
      throw invalidFile(
        path,
        `the zip entry ${shown(name)} uncompressed, as PyTorch writes it`,
        `method ${method}`,
      );
    }
    entries.push({
      name,
      crc: view.getUint32(at + 16, true),
      ...readSizes(view, at, nameEnd, extraEnd, path),
    });
    at = next;
  }
  if (entries.length !== count) throw invalidFile(path, `${count} zip entries`, `${entries.length}`);
  return entries;
}

function readSizes(view: DataView, at: number, extraStart: number, extraEnd: number, path: string) {
  let compressed = view.getUint32(at + 20, true);
  let size = view.getUint32(at + 24, true);
  let headerOffset = view.getUint32(at + 42, true);
  // The zip64 field (id 1) has 8 bytes for each value that did not fit, in this order.
  let wide = findExtra(view, extraStart, extraEnd, 1);
  const widened = (value: number): number => {
    if (value !== UNKNOWN32) return value;
    if (!wide || wide.byteLength < 8) throw invalidFile(path, "a zip64 size of an entry", "none");
    const exact = Number(wide.getBigUint64(0, true));
    wide = new DataView(wide.buffer, wide.byteOffset + 8, wide.byteLength - 8);
    return exact;
  };
  size = widened(size);
  compressed = widened(compressed);
  headerOffset = widened(headerOffset);
  if (size !== compressed) {
    throw invalidFile(path, "zip entries stored at their own size", `${compressed} bytes for ${size}`);
  }
  return { size, headerOffset };
}

function findExtra(view: DataView, start: number, end: number, id: number): DataView | null {
  for (let at = start; at + 4 <= end;) {
    const length = view.getUint16(at + 2, true);
    if (at + 4 + length > end) return null;
    if (view.getUint16(at, true) === id) return new DataView(view.buffer, view.byteOffset + at + 4, length);
    at += 4 + length;
  }
  return null;
}

/** Each entry with the place where it must end at the latest. */
function withLimits(headers: readonly EntryHeader[], directoryOffset: number, path: string): ZipEntry[] {
  const inOrder = headers.toSorted((a, b) => a.headerOffset - b.headerOffset);
  return inOrder.map((header, i) => {
    const entry = { ...header, limit: inOrder[i + 1]?.headerOffset ?? directoryOffset };
    if (entry.headerOffset + LOCAL_LENGTH + entry.size > entry.limit) throw tooLong(entry, path);
    return entry;
  });
}

function tooLong({ name, size, headerOffset, limit }: ZipEntry, path: string): ToolkenError {
  return invalidFile(
    path,
    `the zip entry ${shown(name)} to end before byte ${limit}`,
    `a size of ${size} bytes from byte ${headerOffset}`,
  );
}

function decodeName(bytes: Uint8Array, path: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw invalidFile(path, "names of zip entries in UTF-8", "other bytes", { cause });
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
