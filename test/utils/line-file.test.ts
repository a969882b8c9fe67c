import { open, readFile } from "node:fs/promises";
import { join } from "node:path";
import test from "ava";
import { LineFile } from "../../src/utils/line-file.js";
import { scratchFile, scratchFolder, throwsCode } from "./scratch.js";

test("lines of concurrent calls do not mix, and are there when the file is opened again", async (t) => {
  const path = join(await scratchFolder(t), "lines.jsonl");
  const file = await LineFile.open(path);
  t.deepEqual([file.lines, file.droppedTornLine], [[], false]);
  const values = Array.from({ length: 20 }, (_, i) => ({ i, text: "x".repeat(1000 * (20 - i)) }));
  await Promise.all(values.map((value) => file.append(value)));
  await file.close();
  const again = await LineFile.open(path);
  t.deepEqual(
    again.lines.map((line) => JSON.parse(line) as unknown),
    values,
  );
  await again.close();
});

test.serial("a disk that is full for a moment costs the line that it cut, no other", async (t) => {
  const path = await scratchFile(t, '{"a":1}\n', "lines.jsonl");
  await using anyFile = await open(path);
  // Every file handle of the process has this prototype.
  const handles = Object.getPrototypeOf(anyFile) as { appendFile: (line: Buffer) => Promise<void> };
  const { appendFile } = handles;
  handles.appendFile = async function (this: { write: (part: Buffer) => Promise<unknown> }, line) {
    if (!line.includes("full")) return appendFile.call(this, line);
    await this.write(line.subarray(0, 5));
    throw Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
  };
  const file = await LineFile.open(path);
  try {
    const lines = [{ b: 2 }, { full: true }, { c: 3 }].map((value) => file.append(value));
    t.deepEqual(
      (await Promise.allSettled(lines)).map(({ status }) => status),
      ["fulfilled", "rejected", "fulfilled"],
    );
  } finally {
    handles.appendFile = appendFile;
    await file.close();
  }
  t.is(await readFile(path, "utf8"), '{"a":1}\n{"b":2}\n{"c":3}\n');
});

test("a line that was cut off is dropped", async (t) => {
  const path = await scratchFile(t, '{"a":1}\n{"a":2,"te', "lines.jsonl");
  const file = await LineFile.open(path);
  t.deepEqual([file.lines, file.droppedTornLine], [['{"a":1}'], true]);
  await file.append({ a: 3 });
  await file.close();
  t.is(await readFile(path, "utf8"), '{"a":1}\n{"a":3}\n');
});

for (const content of ['{"a":1}', "somebody's notes", '{"a":1}\nnotes']) {
  test(`a last line without an end is not taken for a torn one: ${content}`, async (t) => {
    const path = await scratchFile(t, content, "other.txt");
    const seen: string[][] = [];
    const refuse = (lines: readonly string[]): void => {
      seen.push([...lines]);
      throw new Error("not mine");
    };
    await throwsCode(t, "IO", /not mine/, () => LineFile.open(path, refuse));
    t.deepEqual(seen, [content.split("\n")]);
    t.is(await readFile(path, "utf8"), content);
    const file = await LineFile.open(path);
    await file.append({ b: 1 });
    await file.close();
    t.is(await readFile(path, "utf8"), `${content}\n{"b":1}\n`);
  });
}

test("a folder that does not exist", async (t) => {
  const path = join(await scratchFolder(t), "none", "lines.jsonl");
  await throwsCode(t, "FILE_NOT_FOUND", /none/, () => LineFile.open(path));
});
