import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { mergeShards } from "../../src/utils/merge-shards.js";
import { synthesizeRequests } from "../../src/training/index.js";
import { rejectsWith } from "../support/errors.js";
import { officeTools } from "../training/definitions/tools.js";
import { listWriter } from "../training/definitions/writer.js";
import { scratchFolder } from "./scratch.js";

async function write(t: ExecutionContext, ...files: readonly (readonly object[])[]): Promise<string[]> {
  const folder = await scratchFolder(t);
  return Promise.all(
    files.map(async (lines, i) => {
      const path = join(folder, `part-${i}.jsonl`);
      await writeFile(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
      return path;
    }),
  );
}

const line = (index: number, settings = "s"): object => ({ index, settings, text: `t${index}` });
const annotated = (index: number): object => ({ text: `t${index}`, annotation: { index, settings: "s" } });

for (const [name, of] of [
  ["predictions", line],
  ["annotated texts", annotated],
] as const) {
  test(`${name} are joined in the order of their items`, async (t) => {
    const parts = await write(t, [of(2), of(0)], [of(1), of(3)]);
    const out = join(parts[0]!, "..", "out.jsonl");
    t.is(await mergeShards(parts, out), 4);
    const expected = [0, 1, 2, 3].map((index) => `${JSON.stringify(of(index))}\n`).join("");
    t.is(await readFile(out, "utf8"), expected);
  });
}

test("what does not belong together is refused, and nothing is written", async (t) => {
  const cases = [
    [[[line(0)], [line(2)]], "FILE_INVALID"],
    [[[line(0)], [line(0)]], "RECORD_INVALID"],
    [[[line(0)], [line(1, "other")]], "RECORD_INVALID"],
    [[[line(0)], [{ tool: "a", request: "b" }]], "RECORD_INVALID"],
    [[[{ other: 1 }]], "RECORD_INVALID"],
  ] as const;
  for (const [files, code] of cases) {
    const parts = await write(t, ...files);
    const out = join(parts[0]!, "..", "out.jsonl");
    await rejectsWith(t, mergeShards(parts, out), code);
    await t.throwsAsync(readFile(out));
  }
  await rejectsWith(t, mergeShards([], "out"), "INVALID_ARGUMENT");
  await rejectsWith(t, mergeShards(["missing.jsonl"], "out"), "FILE_NOT_FOUND");
  const [part] = await write(t, []);
  await writeFile(part!, '{"index":0');
  await rejectsWith(t, mergeShards([part!], "out"), "RECORD_INVALID");
});

test("requests that shards have written are those of one run", async (t) => {
  const folder = await scratchFolder(t);
  const options = { perTool: 3, roundTrip: false } as const;
  const single = join(folder, "single.jsonl");
  await synthesizeRequests(officeTools, { ...options, writer: listWriter(), path: single });
  const parts = await Promise.all(
    [0, 1, 2].map(async (index) => {
      const path = join(folder, `part-${index}.jsonl`);
      const shard = { index, count: 3 };
      await synthesizeRequests(officeTools, { ...options, writer: listWriter(), path, shard });
      return path;
    }),
  );
  const merged = join(folder, "merged.jsonl");
  await mergeShards(parts, merged);
  t.is(await readFile(merged, "utf8"), await readFile(single, "utf8"));
});

test("folders are joined file by file", async (t) => {
  const folder = await scratchFolder(t);
  const files = { a: ["cells/1/metrics.json", "run.lock"], b: ["cells/2/metrics.json", "log.jsonl"] };
  for (const [part, names] of Object.entries(files)) {
    for (const name of [...names, "cells/shared.json"]) {
      await mkdir(join(folder, part, name, ".."), { recursive: true });
      await writeFile(join(folder, part, name), name);
    }
  }
  const parts = [join(folder, "a"), join(folder, "b")];
  const out = join(folder, "out");
  t.is(await mergeShards(parts, out), 4);
  for (const name of ["cells/1/metrics.json", "cells/2/metrics.json", "cells/shared.json", "log.jsonl"]) {
    t.is(await readFile(join(out, name), "utf8"), name);
  }
  await t.throwsAsync(readFile(join(out, "run.lock")));
  await writeFile(join(folder, "b", "cells", "shared.json"), "other");
  await rejectsWith(t, mergeShards(parts, join(folder, "again")), "FILE_INVALID");
  await rejectsWith(t, mergeShards([parts[0]!, join(folder, "a", "run.lock")], out), "INVALID_ARGUMENT");
});
