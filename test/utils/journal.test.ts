import { appendFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import test from "ava";
import { Journal } from "../../src/utils/journal.js";
import { rejectsWith } from "../support/errors.js";
import { scratchFile, scratchFolder } from "./scratch.js";

const CONTENT = "lines of this job";

async function written(path: string, ...values: readonly number[]): Promise<void> {
  await using journal = await Journal.open(path, "one", CONTENT);
  await Promise.all(values.map((value) => journal.append({ value })));
}

test("lines are added to, a torn one is dropped", async (t) => {
  const path = join(await scratchFolder(t), "journal.jsonl");
  await written(path, 1, 2);
  await appendFile(path, '{"value":3');
  await written(path, 4);
  await using journal = await Journal.open(path, "one", CONTENT);
  t.deepEqual(journal.entries, [
    { line: 2, value: { value: 1 } },
    { line: 3, value: { value: 2 } },
    { line: 4, value: { value: 4 } },
  ]);
});

test("a first line that was torn is written anew", async (t) => {
  const path = await scratchFile(t, '{"setup":"on');
  await written(path, 1);
  t.is(await readFile(path, "utf8"), '{"setup":"one"}\n{"value":1}\n');
});

test("another job's lines and other files stay as they are", async (t) => {
  const path = join(await scratchFolder(t), "journal.jsonl");
  await written(path, 1);
  await rejectsWith(t, Journal.open(path, "two", CONTENT), "FILE_INVALID", /lines of this job.*another/);
  for (const [content, code] of [
    ['{"other":1}\n', "FILE_INVALID"],
    ["no JSON\n", "RECORD_INVALID"],
    ['{"setup":"one"}\n[1]\n', "RECORD_INVALID"],
  ] as const) {
    const other = await scratchFile(t, content);
    await rejectsWith(t, Journal.open(other, "one", CONTENT), code);
    t.is(await readFile(other, "utf8"), content);
  }
  await rejectsWith(t, Journal.open(join(path, "below.jsonl"), "one", CONTENT), "FILE_NOT_FOUND");
  await writeFile(path, '{"setup":"one"}\n{"value":1}\n{"value":\n');
  await rejectsWith(t, Journal.open(path, "one", CONTENT), "RECORD_INVALID", /:3:/);
});
