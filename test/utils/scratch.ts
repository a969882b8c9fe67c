// Tests that write files get a folder of their own, gone when the test ends.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ExecutionContext } from "ava";
import { ToolkenError, type ToolkenErrorCode } from "../../src/errors.js";

export async function scratchFolder(t: ExecutionContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "toolken-test-"));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A file of these bytes in a folder of its own. */
export async function scratchFile(
  t: ExecutionContext,
  content: Uint8Array | string,
  name = "sample.bin",
): Promise<string> {
  const path = join(await scratchFolder(t), name);
  await writeFile(path, content);
  return path;
}

/** Asserts a `ToolkenError` of this code whose message has this text; returns it. */
export async function throwsCode(
  t: ExecutionContext,
  code: ToolkenErrorCode,
  message: RegExp,
  action: () => unknown,
): Promise<ToolkenError> {
  // Inside of a promise, so that a synchronous throw counts too.
  const attempt = Promise.resolve().then(action);
  const error = await t.throwsAsync(attempt, { instanceOf: ToolkenError, message });
  t.is(error.code, code);
  return error;
}

/** The same numbers for the same seed (mulberry32), so that a failing mutation can be repeated. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A damaged copy: bytes flipped, overwritten by extremes, cut out, repeated, or the end missing. */
export function mutated(bytes: Uint8Array, random: () => number): Uint8Array {
  const int = (below: number) => Math.floor(random() * below);
  // Not slice(), which for a Buffer shares its memory.
  let copy = Uint8Array.from(bytes);
  for (let n = 1 + int(4); n > 0 && copy.length > 0; n--) {
    const at = int(copy.length);
    switch (int(5)) {
      case 0:
        copy[at] = int(256);
        break;
      case 1:
        copy[at] = [0, 1, 0x7f, 0x80, 0xff][int(5)]!;
        break;
      case 2:
        copy.fill(0xff, at, at + 1 + int(8));
        break;
      case 3:
        copy = copy.slice(0, at);
        break;
      default: {
        const part = copy.slice(at, at + 1 + int(16));
        const to = int(copy.length);
        copy = Uint8Array.from([...copy.subarray(0, to), ...part, ...copy.subarray(to)]);
      }
    }
  }
  return copy;
}
