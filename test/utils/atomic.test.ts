import { lstat, mkdir, readFile, readdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import test from "ava";
import { writeFileAtomically } from "../../src/utils/atomic.js";
import { fileSystemError } from "../../src/utils/file-error.js";
import { readTextFile } from "../../src/utils/open-file.js";
import { scratchFolder, throwsCode } from "./scratch.js";

test("writes text, bytes, and chunks that come over time", async (t) => {
  const folder = await scratchFolder(t);
  async function* slow() {
    yield Uint8Array.of(104);
    await Promise.resolve();
    yield Uint8Array.of(105);
  }
  await writeFileAtomically(join(folder, "a"), "hé");
  await writeFileAtomically(join(folder, "b"), Uint8Array.of(1, 2));
  await writeFileAtomically(join(folder, "c"), slow());
  t.is(await readTextFile(join(folder, "a")), "hé");
  t.deepEqual([...(await readFile(join(folder, "b")))], [1, 2]);
  t.is(await readTextFile(join(folder, "c")), "hi");
  t.deepEqual((await readdir(folder)).toSorted(), ["a", "b", "c"]);
});

test("a failing content leaves the old file, and no temporary one", async (t) => {
  const folder = await scratchFolder(t);
  const path = join(folder, "kept");
  await writeFile(path, "old");
  function* failing() {
    yield Uint8Array.of(1);
    throw new RangeError("the content's own");
  }
  await t.throwsAsync(writeFileAtomically(path, failing()), { instanceOf: RangeError });
  t.is(await readFile(path, "utf8"), "old");
  t.deepEqual(await readdir(folder), ["kept"]);
});

test("errors of the system say what can be done", (t) => {
  const hintOf = (code: string): string | undefined =>
    fileSystemError("write", "a", Object.assign(new Error(code), { code })).hint;
  t.regex(hintOf("ENOSPC") ?? "", /Free space/u);
  t.regex(hintOf("EROFS") ?? "", /read-only/u);
  t.regex(hintOf("EACCES") ?? "", /permissions/u);
  t.is(hintOf("EIO"), undefined);
});

test("an abort while writing leaves the old file, and no temporary one", async (t) => {
  const folder = await scratchFolder(t);
  const path = join(folder, "kept");
  await writeFile(path, "old");
  const abort = new AbortController();
  function* aborting() {
    yield Uint8Array.of(1);
    abort.abort();
    yield Uint8Array.of(2);
  }
  await throwsCode(t, "ABORTED", /aborted/, () =>
    writeFileAtomically(path, aborting(), { signal: abort.signal }),
  );
  t.is(await readFile(path, "utf8"), "old");
  t.deepEqual(await readdir(folder), ["kept"]);
});

test("a missing folder, a folder in the file's place, a path that is none", async (t) => {
  const folder = await scratchFolder(t);
  const missing = await throwsCode(t, "FILE_NOT_FOUND", /No folder/, () =>
    writeFileAtomically(join(folder, "none", "a"), "x"),
  );
  t.truthy(missing.cause);
  await mkdir(join(folder, "taken"));
  const taken = await throwsCode(t, "IO", /taken/, () => writeFileAtomically(join(folder, "taken"), "x"));
  t.truthy(taken.cause);
  t.deepEqual(await readdir(folder), ["taken"]);
  await throwsCode(t, "INVALID_ARGUMENT", /path/, () => writeFileAtomically("a\0b", "x"));
  await throwsCode(t, "INVALID_ARGUMENT", /path/, () => writeFileAtomically("", "x"));
});

test("a symbolic link stays a link", async (t) => {
  const folder = await scratchFolder(t);
  await mkdir(join(folder, "real"));
  await writeFile(join(folder, "real", "file"), "old");
  await symlink(join(folder, "real", "file"), join(folder, "link"));
  await writeFileAtomically(join(folder, "link"), "new");
  t.true((await lstat(join(folder, "link"))).isSymbolicLink());
  t.is(await readFile(join(folder, "real", "file"), "utf8"), "new");
});

test("a name of the greatest length can be written", async (t) => {
  const path = join(await scratchFolder(t), "n".repeat(255));
  await writeFileAtomically(path, "x");
  t.is(await readTextFile(path), "x");
});

test("reading text: missing, a folder, too long, not UTF-8", async (t) => {
  const folder = await scratchFolder(t);
  await throwsCode(t, "FILE_NOT_FOUND", /none/, () => readTextFile(join(folder, "none")));
  await throwsCode(t, "FILE_INVALID", /regular file/, () => readTextFile(folder));
  await writeFile(join(folder, "long"), "12345");
  await throwsCode(t, "FILE_INVALID", /at most 4 bytes, found 5/, () =>
    readTextFile(join(folder, "long"), 4),
  );
  await writeFile(join(folder, "bytes"), Uint8Array.of(0xc3, 0x28));
  await throwsCode(t, "FILE_INVALID", /UTF-8/, () => readTextFile(join(folder, "bytes")));
});
