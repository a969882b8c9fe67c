import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import test from "ava";
import { readSolutions, scoreAnnotations } from "../../../src/lab/annotation/index.js";
import type { ToolkenErrorCode } from "../../../src/index.js";
import { scratchFolder } from "../../utils/scratch.js";
import { rejectsWith } from "../../support/errors.js";

test("plain, marked and annotated solutions become texts; the marks are checked", async (t) => {
  const file = join(await scratchFolder(t), "solutions.jsonl");
  const records = [
    { id: 7, question: "How many?", answer: "There are 405 seats." },
    { question: "Half?", solution: "It is 48/2 = <<48/2=24>>24." },
    { question: "Half?", answer: "It is 48/2 = <<48/2=25>>25." },
    { question: "Both?", answer: "Both have 76+18=<add>(76, 18)=94<eoe>94." },
    { text: "Sum: 1 and 2 are 3.", questionEnd: 4, id: "t" },
  ];
  await writeFile(file, records.map((record) => `${JSON.stringify(record)}\n`).join(""));
  const { solutions, problems } = await readSolutions(file);
  t.deepEqual(
    solutions.map(({ id, text, questionEnd, calls }) => [
      id,
      text,
      questionEnd,
      calls.map(({ tool }) => tool),
    ]),
    [
      ["7", "Q: How many?\nA: There are 405 seats.", 15, []],
      [undefined, "Question: Half?\nAnswer: It is 48/2 = 24.", 23, ["divide"]],
      [undefined, "Q: Both?\nA: Both have 76+18=94.", 11, ["add"]],
      ["t", "Sum: 1 and 2 are 3.", 4, []],
    ],
  );
  t.deepEqual(problems, [{ file, line: 3, reason: "<<48/2=25>>: 48/2 is 24 and not 25" }]);
  const [other] = (await readSolutions(file, { form: "Question: [QUESTION]\nAnswer:" })).solutions;
  t.is(other!.text, "Question: How many?\nAnswer: There are 405 seats.");
});

const refuses = test.macro<[string, ToolkenErrorCode, RegExp]>({
  exec: async (t, content, code, message) => {
    const file = join(await scratchFolder(t), "bad.jsonl");
    await writeFile(file, content);
    await rejectsWith(t, readSolutions(file), code, message);
  },
  title: (what) => `refused: ${what ?? ""}`,
});

test("an empty file", refuses, "", "FILE_INVALID", /at least one record/);
test("no JSON", refuses, '{"question": "a"', "RECORD_INVALID", /bad\.jsonl:1/);
test("no solution", refuses, '\n{"question": "a"}', "RECORD_INVALID", /bad\.jsonl:2: .*answer/);
test("a solution that is a number", refuses, '{"question": "a", "answer": 7}', "RECORD_INVALID", /string/);
test(
  "an id that occurs twice",
  refuses,
  '{"id":1,"question":"a","answer":"b"}\n{"id":1,"question":"c","answer":"d"}',
  "RECORD_INVALID",
  /bad\.jsonl:2: .*bad\.jsonl:1/,
);

test("a form without a slot is refused", async (t) => {
  await rejectsWith(t, readSolutions("any.jsonl", { form: "Q:" }), "INVALID_ARGUMENT", /\[QUESTION\]/);
});

test("found calls are compared by place, tool and arguments", (t) => {
  const call = (tool: string, start: number, args: string) => ({
    tool,
    start,
    end: start + 2,
    args,
    result: "12",
  });
  const known = [
    call("add", 0, "5, 7"),
    call("multiply", 10, "3, 4"),
    call("gcd", 20, "36,24"),
    call("ln", 30, "9"),
  ];
  const found = [
    call("add", 0, "7, 5"),
    call("multiply", 10, "2, 6"),
    call("lcm", 20, "12, 4"),
    call("add", 40, "6, 6"),
  ];
  const score = scoreAnnotations([
    { known, found },
    { known: [], found: [] },
  ]);
  t.like(score, { texts: 2, known: 4, found: 4 });
  t.deepEqual(score.places, { right: 3, precision: 0.75, recall: 0.75, f1: 0.75 });
  t.deepEqual([score.tools.right, score.calls.right], [2, 1]);
});
