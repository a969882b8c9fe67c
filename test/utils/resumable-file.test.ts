import { appendFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import test from "ava";
import { type JsonObject, ResumableFile } from "../../src/utils/resumable-file.js";
import { rejectsWith } from "../support/errors.js";
import { scratchFile, scratchFolder } from "./scratch.js";

function open(path: string, settings: string): Promise<ResumableFile<JsonObject>> {
  return ResumableFile.openWithHeader(path, {
    content: "lines of this job",
    settings,
    read: (value) => value,
  });
}

async function written(path: string, ...values: readonly number[]): Promise<void> {
  await using file = await open(path, "one");
  await Promise.all(values.map((value) => file.append({ value })));
}

test("lines are appended, an incomplete last line is dropped", async (t) => {
  const path = join(await scratchFolder(t), "lines.jsonl");
  await written(path, 1, 2);
  await appendFile(path, '{"value":3');
  await written(path, 4);
  await using file = await open(path, "one");
  t.deepEqual([...file.cached.values()], [{ value: 1 }, { value: 2 }, { value: 4 }]);
});

test("an incomplete first line is rewritten", async (t) => {
  const path = await scratchFile(t, '{"setup":"on');
  await written(path, 1);
  t.is(await readFile(path, "utf8"), '{"setup":"one"}\n{"value":1}\n');
});

test("lines of another job and other files stay unchanged", async (t) => {
  const path = join(await scratchFolder(t), "lines.jsonl");
  await written(path, 1);
  await rejectsWith(t, open(path, "two"), "FILE_INVALID", /lines of this job.*another/);
  for (const [content, code] of [
    ['{"other":1}\n', "FILE_INVALID"],
    ["no JSON\n", "RECORD_INVALID"],
    ['{"setup":"one"}\n[1]\n', "RECORD_INVALID"],
  ] as const) {
    const other = await scratchFile(t, content);
    await rejectsWith(t, open(other, "one"), code);
    t.is(await readFile(other, "utf8"), content);
  }
  await rejectsWith(t, open(join(path, "below.jsonl"), "one"), "FILE_NOT_FOUND");
  await writeFile(path, '{"setup":"one"}\n{"value":1}\n{"value":\n');
  await rejectsWith(t, open(path, "one"), "RECORD_INVALID", /:3:/);
});
