import { readFile } from "node:fs/promises";
import { join } from "node:path";
import test from "ava";
import { LineFile } from "../../src/files/line-file.js";
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
