import { appendFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import test from "ava";
import { type LanguageModelLike, synthesizeRequests } from "../../../../src/training/index.js";
import { rejectsWith } from "../../../support/errors.js";
import { scratchFolder } from "../../../utils/scratch.js";
import { officeTools } from "../tools.js";
import { listWriter } from "../writer.js";

test("requests are written for every tool, filtered and retried", async (t) => {
  const writer = listWriter();
  const { records, report } = await synthesizeRequests(officeTools, { writer, perTool: 4, roundTrip: false });
  t.is(report.kept, 24);
  t.is(report.written, 30);
  t.deepEqual(report.drops, [{ reason: "names the tool", count: 6 }]);
  t.deepEqual(report.short, []);
  const kept = records.filter((record) => record.kept);
  t.is(new Set(kept.map(({ style }) => style)).size, 4);
  t.is(kept[0]!.request, "will it rain in Porto");
  const mail = writer.jobs.find(({ tool }) => tool.name === "send_mail")!;
  t.regex(mail.others[0]!, /^delete mail: /u);
});

test("requests of one tool are told apart from those of further tools", async (t) => {
  const writer = listWriter();
  const mail = officeTools.find(({ name }) => name === "send_mail")!;
  const options = { writer, perTool: 2, roundTrip: false as const };
  const { records } = await synthesizeRequests([mail], { ...options, among: officeTools });
  t.deepEqual(new Set(records.map(({ tool }) => tool)), new Set(["send_mail"]));
  t.true(writer.jobs.every(({ tool }) => tool.name === "send_mail"));
  t.regex(writer.jobs[0]!.others[0]!, /^delete mail: /u);
});

test("values come from the schema", async (t) => {
  const { records } = await synthesizeRequests(officeTools, {
    writer: listWriter(),
    perTool: 4,
    roundTrip: false,
  });
  const values = (tool: string) =>
    records.filter((record) => record.tool === tool).map((record) => record.arguments);
  t.true(values("get_weather").some((drawn) => ["celsius", "fahrenheit"].includes(String(drawn?.unit))));
  t.deepEqual(
    values("convertCurrency").find((drawn) => drawn !== undefined),
    { amount: 20, from: "EUR", to: "JPY" },
  );
});

test("requests that fit other tools better are dropped, and attempts end", async (t) => {
  const { report } = await synthesizeRequests(officeTools, {
    writer: listWriter(),
    perTool: 2,
    retries: 1,
    roundTrip: (requests) => requests.map(() => 6),
  });
  t.is(report.kept, 0);
  t.is(report.written, 24);
  t.is(report.short.length, 6);
  t.deepEqual(report.drops, [
    { reason: "fits other tools better", count: 18 },
    { reason: "names the tool", count: 6 },
  ]);
});

test("the file is written as it goes, reused and may be edited", async (t) => {
  const path = join(await scratchFolder(t), "requests.jsonl");
  const abort = new AbortController();
  const options = { perTool: 3, roundTrip: false as const, path };
  await rejectsWith(
    t,
    synthesizeRequests(officeTools, {
      ...options,
      writer: listWriter(),
      signal: abort.signal,
      onProgress: ({ done }) => {
        if (done >= 3) abort.abort();
      },
    }),
    "ABORTED",
  );
  const first = (await readFile(path, "utf8")).trim().split("\n");
  t.true(first.length >= 3 && first.length < 12);
  const edited = first.map((line) => line.replace("will it rain in Porto", "is it wet in Porto"));
  await writeFile(path, `${edited.join("\n")}\n`);
  await appendFile(path, `${JSON.stringify({ request: "my own words", tool: "play_music" })}\n`);

  const writer = listWriter();
  const { records, report } = await synthesizeRequests(officeTools, { ...options, writer });
  t.is(report.kept, 18);
  t.true(records.some(({ request }) => request === "is it wet in Porto"));
  t.true(records.some(({ request, tool }) => request === "my own words" && tool === "play_music"));
  t.false(writer.jobs.some(({ tool }) => tool.name === "get_weather"));

  const again = listWriter();
  await synthesizeRequests(officeTools, { ...options, writer: again });
  t.deepEqual(again.jobs, []);
});

test("a line that is no request is refused with its place", async (t) => {
  const path = join(await scratchFolder(t), "requests.jsonl");
  await writeFile(path, '{"request":"a request","tool":"play_music"}\n{"request":7,"tool":"x"}\n');
  const options = { writer: listWriter(), path };
  await rejectsWith(t, synthesizeRequests(officeTools, options), "RECORD_INVALID", /requests\.jsonl:2: /u);
});

test("any language model of AI SDK may write", async (t) => {
  const prompts: unknown[] = [];
  const writer: LanguageModelLike = {
    modelId: "scripted",
    provider: "test",
    doGenerate(options: { prompt: unknown }) {
      prompts.push(options.prompt);
      const text =
        'Here you go:\n1. is it windy up there\n2) snow forecast alps\n**3.** "should I take the red coat to Oslo?"';
      return Promise.resolve({
        content: [
          { type: "reasoning", text: "…" },
          { type: "text", text },
        ],
      });
    },
  };
  const { records } = await synthesizeRequests([officeTools[0]!], { writer, perTool: 3, roundTrip: false });
  t.deepEqual(
    records.map(({ request }) => request),
    ["is it windy up there", "snow forecast alps", "should I take the red coat to Oslo?"],
  );
  t.is(records[0]!.writer, "test/scripted");
  t.regex(JSON.stringify(prompts[0]), /Write 3 messages/u);
});

test("options are checked", async (t) => {
  const writer = listWriter();
  await rejectsWith(t, synthesizeRequests([], { writer }), "INVALID_ARGUMENT");
  await rejectsWith(t, synthesizeRequests(officeTools, { writer, perTool: 0 }), "INVALID_ARGUMENT");
  await rejectsWith(
    t,
    synthesizeRequests(officeTools, { writer, styles: ["rude" as never] }),
    "INVALID_ARGUMENT",
  );
  await rejectsWith(t, synthesizeRequests(officeTools, { writer: {} as never }), "INVALID_ARGUMENT");
});
