import test from "ava";
import { readToolRequests } from "../../src/training/index.js";
import type { ToolkenErrorCode } from "../../src/index.js";
import { toolRequests, type ToolRequest } from "../../src/examples/requests.js";
import { scratchFile } from "../utils/scratch.js";
import { rejectsWith } from "../support/errors.js";

const lines = (...records: readonly object[]): string =>
  records.map((record) => JSON.stringify(record)).join("\n");

test("questions with their tools, and those that name none", async (t) => {
  const file = await scratchFile(
    t,
    lines(
      { question: "Will it rain?", tool: "<weather>", answer: "no", id: "a" },
      { question: "How are you?" },
      { question: "Half of 12?", func: "<divide>(12, 2)" },
      { question: "Half of 12 and 3?", calculation: ["<divide>(12, 2)=6", "<add>(6, 3)=9"] },
    ),
    "questions.jsonl",
  );
  const { requests, problems } = await readToolRequests(file);
  t.deepEqual(requests, [
    { id: "a", question: "Will it rain?", tool: "weather", source: { file, line: 1 } },
    { id: "2", question: "Half of 12?", tool: "divide", source: { file, line: 3 } },
  ]);
  const reason = "names no tool that alone answers it";
  t.deepEqual(problems, [
    { file, line: 2, reason },
    { file, line: 4, reason },
  ]);
});

const refuses = test.macro(async (t, content: string, code: ToolkenErrorCode, message: RegExp) => {
  await rejectsWith(t, readToolRequests(await scratchFile(t, content, "q.jsonl")), code, message);
});

const rain = { question: "Will it rain?", tool: "weather" };
test("an empty file", refuses, "", "FILE_INVALID", /q\.jsonl/);
test(
  "no tool anywhere",
  refuses,
  lines({ question: "Why?" }),
  "FILE_INVALID",
  /name their tool in .*q\.jsonl/,
);
test(
  "a line that is no JSON",
  refuses,
  `${lines(rain)}\n{"question":`,
  "RECORD_INVALID",
  /q\.jsonl:2: Expected JSON/,
);
test(
  "a record without a question",
  refuses,
  lines(rain, { query: "Will it snow?", tool: "weather" }),
  "RECORD_INVALID",
  /q\.jsonl:2: Expected a non-empty string for question/,
);
test(
  "an id twice",
  refuses,
  lines({ ...rain, id: "a" }, { ...rain, id: "b" }, { ...rain, id: "a" }),
  "RECORD_INVALID",
  /q\.jsonl:3: Expected an id that no earlier question has/,
);

for (const [title, given] of [
  ["no requests", []],
  ["a request without a tool", [{ id: "a", question: "Why?" }]],
  ["a request without words", [{ id: "a", question: " ", tool: "weather" }]],
  ["a request that is null", [null]],
  [
    "an id twice",
    [
      { id: "a", ...rain },
      { id: "a", ...rain },
    ],
  ],
] as const) {
  test(`values: ${title}`, async (t) => {
    await rejectsWith(t, toolRequests(given as unknown as ToolRequest[]), "INVALID_ARGUMENT");
  });
}
