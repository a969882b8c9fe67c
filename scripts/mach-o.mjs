// Reads what decides whether a thin 64-bit Mach-O library loads: header, load commands, symbols, signature.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

const MAGIC_64 = 0xfeedfacf;
const COMMANDS = {
  0x2: "symtab",
  0xc: "dylib",
  0xd: "id",
  0x1c: "rpath",
  0x1d: "signature",
  0x32: "build",
  0x18: "dylib",
  0x1f: "dylib",
};
const CPUS = { 0x01000007: "x64", 0x0100000c: "arm64" };

/** @returns {{ cpu: string, type: number, libraries: string[], rpaths: string[], minimum?: string, undefinedSymbols: { name: string, from: string }[], exported: Set<string>, signature: "missing" | "valid" | string }} */
export function readMachO(path) {
  const file = readFileSync(path);
  if (file.length < 32 || file.readUInt32LE(0) !== MAGIC_64)
    throw new Error(`${path} is no 64-bit Mach-O file`);
  const result = {
    cpu: CPUS[file.readUInt32LE(4)] ?? "unknown",
    type: file.readUInt32LE(12),
    libraries: [],
    rpaths: [],
    undefinedSymbols: [],
    exported: new Set(),
    signature: "missing",
  };
  let symtab;
  let offset = 32;
  for (let i = 0; i < file.readUInt32LE(16); i++) {
    const command = file.readUInt32LE(offset) & 0x7fffffff;
    const size = file.readUInt32LE(offset + 4);
    const kind = COMMANDS[command];
    if (kind === "dylib") result.libraries.push(text(file, offset + file.readUInt32LE(offset + 8)));
    if (kind === "rpath") result.rpaths.push(text(file, offset + file.readUInt32LE(offset + 8)));
    if (kind === "build") result.minimum = version(file.readUInt32LE(offset + 12));
    if (kind === "signature") result.signature = checkSignature(file, file.readUInt32LE(offset + 8));
    if (kind === "symtab") symtab = offset;
    offset += size;
  }
  if (symtab !== undefined) readSymbols(file, symtab, result);
  return result;
}

function readSymbols(file, command, { libraries, undefinedSymbols, exported }) {
  const [start, count, strings] = [8, 12, 16].map((at) => file.readUInt32LE(command + at));
  for (let i = 0; i < count; i++) {
    const at = start + i * 16;
    const type = file[at + 4];
    // Debugging entries, then local symbols.
    if ((type & 0xe0) !== 0 || (type & 0x01) === 0) continue;
    const name = text(file, strings + file.readUInt32LE(at));
    if ((type & 0x0e) !== 0) {
      if ((type & 0x10) === 0) exported.add(name);
      continue;
    }
    const ordinal = file.readUInt16LE(at + 6) >> 8;
    const from = ordinal === 0xfe ? "dynamic lookup" : (libraries[ordinal - 1] ?? `ordinal ${ordinal}`);
    undefinedSymbols.push({ name, from });
  }
}

/** "valid" when every page has the hash that the code directory gives: macOS on arm64 kills what has not. */
function checkSignature(file, start) {
  for (let i = 0; i < file.readUInt32BE(start + 8); i++) {
    const directory = start + file.readUInt32BE(start + 12 + i * 8 + 4);
    if (file.readUInt32BE(directory) !== 0xfade0c02) continue;
    const [hashes, slots, limit] = [16, 28, 32].map((at) => file.readUInt32BE(directory + at));
    const pageSize = 2 ** file[directory + 39];
    if (file[directory + 37] !== 2) return "unknown hash";
    for (let page = 0; page < slots; page++) {
      const bytes = file.subarray(page * pageSize, Math.min((page + 1) * pageSize, limit));
      const expected = file.subarray(directory + hashes + page * 32, directory + hashes + page * 32 + 32);
      if (!createHash("sha256").update(bytes).digest().equals(expected)) return `page ${page} was changed`;
    }
    return "valid";
  }
  return "no code directory";
}

function text(file, start) {
  return file.toString("utf8", start, file.indexOf(0, start));
}

function version(packed) {
  return `${packed >> 16}.${(packed >> 8) & 0xff}`;
}
