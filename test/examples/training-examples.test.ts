import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import anyTest, { type ExecutionContext, type TestFn } from "ava";
import {
  readTrainingExamples,
  type ReadTrainingOptions,
  type TrainingTexts,
  writeTrainingExamples,
} from "../../src/examples/training-examples.js";
import { ToolkenError, type ToolkenErrorCode } from "../../src/errors.js";
import type { TrainingExample } from "../../src/examples/example.js";

const test = anyTest as TestFn<{ folder: string }>;
type Context = ExecutionContext<{ folder: string }>;

test.beforeEach(async (t) => {
  t.context.folder = await mkdtemp(path.join(os.tmpdir(), "toolken-datasets-"));
});
test.afterEach.always(async (t) => {
  await rm(t.context.folder, { recursive: true });
});

async function read(
  t: Context,
  content: string | Uint8Array,
  options?: ReadTrainingOptions,
): Promise<TrainingTexts> {
  const file = path.join(t.context.folder, "data.jsonl");
  await writeFile(file, content);
  return readTrainingExamples(file, options);
}

/** The example as `Q: …\nA:|… [tool(args):result] …`. */
function markup(example: TrainingExample): string {
  let shown = "";
  let from = 0;
  for (const call of example.calls) {
    shown += `${example.text.slice(from, call.start)}[${call.tool}(${call.args}):${call.result}]`;
    from = call.end;
  }
  shown += example.text.slice(from);
  const end = example.questionEnd;
  return end === undefined ? shown : `${shown.slice(0, end)}|${shown.slice(end)}`;
}

const json = (...records: unknown[]): string => records.map((record) => JSON.stringify(record)).join("\n");

const gives = test.macro(async (t, record: unknown, wanted: string) => {
  const { examples, problems } = await read(t, json(record));
  t.deepEqual(problems, []);
  t.deepEqual(examples.map(markup), [wanted]);
  for (const { text, calls } of examples) {
    for (const { start, end, result } of calls) t.is(text.slice(start, end), result);
  }
});

const reports = test.macro(async (t, record: unknown, reason: RegExp) => {
  const { examples, problems } = await read(t, json(record));
  t.deepEqual(examples, []);
  t.is(problems.length, 1);
  t.regex(problems[0]!.reason, reason);
  t.is(problems[0]!.line, 1);
});

const refuses = test.macro(
  async (
    t,
    content: string | Uint8Array,
    code: ToolkenErrorCode,
    message: RegExp,
    options: ReadTrainingOptions = {},
  ) => {
    const error = await t.throwsAsync(read(t as Context, content, options), { instanceOf: ToolkenError });
    t.is(error.code, code);
    t.regex(error.message, message);
  },
);

const annotated = (answer: string, question = "How many?"): unknown => ({ question, answer });

test(
  "annotated: the repetition after <eoe> is the result's place",
  gives,
  annotated("It is 76+18=<add>(76, 18)=94<eoe>94 cups."),
  "Q: How many?\nA:| It is 76+18=[add(76, 18):94] cups.",
);
test(
  "annotated: without a repetition the result goes where the call was",
  gives,
  annotated("It is 76+18=<add>(76, 18)=94<eoe> cups."),
  "Q: How many?\nA:| It is 76+18=[add(76, 18):94] cups.",
);
test(
  "annotated: a result at the end",
  gives,
  annotated("ln <ln>(5)=1.61<eoe>1.61"),
  "Q: How many?\nA:| ln [ln(5):1.61]",
);
test(
  "annotated: spaces around the equals sign",
  gives,
  annotated("7P6 = <permutate>(7,6) = 5040<eoe>5040."),
  "Q: How many?\nA:| 7P6 = [permutate(7,6):5040].",
);
test(
  "annotated: a space between <eoe> and the repetition stays",
  gives,
  annotated("It is <add>(1,1)=2<eoe> 2."),
  "Q: How many?\nA:| It is  [add(1,1):2].",
);
test(
  "annotated: white space of question and answer stays, as the aligned form has it",
  gives,
  annotated(" log(10)=<log>(10)=1<eoe>1.", " log(10) equals?"),
  "Q:  log(10) equals?\nA:|  log(10)=[log(10):1].",
);
test(
  "annotated: brackets among the arguments, several calls",
  gives,
  annotated("<multiply>((1+2)*3, 4)=36<eoe>36, then <sqrt>(36)=6<eoe>6."),
  "Q: How many?\nA:| [multiply((1+2)*3, 4):36], then [sqrt(36):6].",
);
test(
  "annotated: text that is no number",
  gives,
  annotated("She lives in <capital>(Chad)=N'Djamena 🏙<eoe>N'Djamena 🏙!"),
  "Q: How many?\nA:| She lives in [capital(Chad):N'Djamena 🏙]!",
);
test(
  "annotated: a negative result",
  gives,
  annotated("x=<subtract>(1,3)=-2<eoe>-2."),
  "Q: How many?\nA:| x=[subtract(1,3):-2].",
);
test("annotated: no call at all", gives, annotated("I don't know."), "Q: How many?\nA:| I don't know.");

test(
  "annotated: the number continues after the repetition",
  reports,
  annotated("=<add>(1,2)=3<eoe>35 cups"),
  /another number/,
);
test("annotated: a decimal goes on", reports, annotated("=<add>(1,2)=3<eoe>3.5 cups"), /another number/);
test("annotated: another number follows", reports, annotated("=<add>(1,2)=3<eoe>4 cups"), /another number/);
test("annotated: <eoe> is missing", reports, annotated("50-25=<subtract>(50,25)=25."), /unfinished call/);
test("annotated: only <eoe> is there", reports, annotated("211*2=422<eoe>422."), /unfinished call \(<eoe>\)/);
test("annotated: no result", reports, annotated("=<add>(1,2)=<eoe>"), /has no result/);

const aligned = (text: string, ...calls: [string, string][]): unknown => ({
  text,
  start_token_idx: calls.map(() => 70),
  end_token_idx: calls.map(() => 74),
  tar_eq: calls.map(([equation]) => equation),
  tar_number: calls.map(([, number]) => number),
});

test(
  "aligned: token indices are ignored, the question too",
  gives,
  aligned("Q: 94 cups?\nA: It is 76+18=94 cups.", ["<add>(76, 18)=94<eoe>", "94"]),
  "Q: 94 cups?\nA:| It is 76+18=[add(76, 18):94] cups.",
);
test(
  "aligned: Question and Answer in full, a number with a leading space",
  gives,
  aligned("Question: 5?\nAnswer: It is 5P3 = 60.", ["<permutate>(5,3) = 60<eoe>", " 60"]),
  "Question: 5?\nAnswer:| It is 5P3 = [permutate(5,3):60].",
);
test(
  "aligned: an operand with the same digits is passed over",
  gives,
  aligned("Q: ?\nA: From 25 on, 50-25=25 remain.", ["<subtract>(50,25)=25<eoe>", "25"]),
  "Q: ?\nA:| From 25 on, 50-25=[subtract(50,25):25] remain.",
);
test(
  "aligned: without an equals sign the last one counts",
  gives,
  aligned("Q: ?\nA: The divisor of 264, which is 264.", ["<gcd>(264,264)=264<eoe>", "264"]),
  "Q: ?\nA:| The divisor of 264, which is [gcd(264,264):264].",
);
test(
  "aligned: several calls in order, parts of longer numbers passed over",
  gives,
  aligned(
    "Q: ?\nA: 18.9/2 = 9, 9+21+.9=$30.9; 1,309 or 30.9.",
    ["<divide>(18, 2)=9<eoe>", "9"],
    ["<add>(9, 21)=30.9<eoe>", "30.9"],
    ["<add>(1)=30.9<eoe>", "30.9"],
  ),
  "Q: ?\nA:| 18.9/2 = [divide(18, 2):9], 9+21+.9=$[add(9, 21):30.9]; 1,309 or [add(1):30.9].",
);
test("aligned: a text without calls", gives, aligned("Q: ?\nA: None."), "Q: ?\nA:| None.");
test(
  "aligned: a text without a question",
  gives,
  aligned("1+1=2", ["<add>(1,1)=2", "2"]),
  "1+1=[add(1,1):2]",
);
test(
  "aligned: the result is not there",
  reports,
  aligned("Q: 7\nA: x", ["<ln>(5)=7<eoe>", "7"]),
  /7 of <ln>\(5\)=7<eoe> is not in/,
);
test(
  "aligned: results in another order",
  reports,
  aligned("Q:\nA: =2 =1", ["<ln>(5)=1<eoe>", "1"], ["<ln>(5)=2<eoe>", "2"]),
  /result 2 .* is not in the text after/,
);
test("aligned: markup in the text", reports, aligned("Q:\nA: <add>(1,2)=3."), /unfinished call \(<add>\(\)/);
test(
  "aligned: lists of unequal length",
  refuses,
  json({ text: "a", tar_eq: ["<ln>(1)=0<eoe>"], tar_number: [] }),
  "RECORD_INVALID",
  /data\.jsonl:1: Expected 1 results for tar_number/,
);
test(
  "aligned: number and call contradict each other",
  refuses,
  json(aligned("a 5", ["<ln>(1)=0<eoe>", "5"])),
  "RECORD_INVALID",
  /tar_number\[0\]/,
);
test(
  "aligned: what is no call",
  refuses,
  json(aligned("a 5", ["1+4=5", "5"])),
  "RECORD_INVALID",
  /data\.jsonl:1: Expected <op>\(args\)=result for tar_eq\[0\] but received "1\+4=5" of type string/,
);

test(
  "calculator: GSM8K's annotations",
  gives,
  annotated("He eats $3+4=<<3+4=7>>7.\nThen 16-3-4 = <<16-3-4=9>>9 and .5*10=<<.5*10=5>>5\n#### 5"),
  "Question: How many?\nAnswer:| He eats $3+4=[add(3, 4):7].\nThen 16-3-4 = [subtract(16, 3, 4):9] and .5*10=[multiply(.5, 10):5]\n#### 5",
);
test("calculator: mixed operators", reports, annotated("<<2*3+1=7>>7"), /one kind of operator/);
test("calculator: no operator", reports, annotated("<<7=7>>7"), /one kind of operator/);
test("calculator: a dangling operator", reports, annotated("<<7+=7>>7"), /one kind of operator/);
test("calculator: a slot", reports, annotated("<<{v_1}+2={r_1}>>{r_1}"), /one kind of operator/);
test("calculator: another result", reports, annotated("<<1+2=3>>4"), /not followed by its result/);
test("calculator: the number goes on", reports, annotated("<<1+2=3>>3.5"), /another number/);

const own = (changes: Record<string, unknown> = {}, call: Record<string, unknown> = {}): unknown => ({
  text: "Q: 1+1?\nA: It is 2.",
  calls: [{ tool: "add", start: 17, end: 18, args: "1,1", result: "2", ...call }],
  ...changes,
});

test("own form", gives, own(), "Q: 1+1?\nA: It is [add(1,1):2].");
test(
  "own form: questionEnd, brackets around the tool's name",
  gives,
  own({ questionEnd: 10 }, { tool: "<add>" }),
  "Q: 1+1?\nA:| It is [add(1,1):2].",
);
test(
  "own form: calls come out in order",
  gives,
  {
    text: "🙂 1 2",
    calls: [
      { tool: "b", start: 5, end: 6, args: "", result: "2" },
      { tool: "a", start: 3, end: 4, args: "", result: "1" },
    ],
  },
  "🙂 [a():1] [b():2]",
);

const wrong: readonly [string, unknown, RegExp][] = [
  ["a number", 5, /Expected a JSON object for the record but received 5 of type number/],
  ["an array", [1], /a JSON object for the record but received \[1\]/],
  ["null", null, /a JSON object for the record but received null/],
  [
    "text is missing",
    { text: 4, calls: [] },
    /Expected a non-empty string for text but received 4 of type number/,
  ],
  ["text is empty", own({ text: "" }), /for text/],
  ["calls is missing", own({ calls: undefined }), /Expected an array for calls/],
  ["a call is a text", own({ calls: ["add"] }), /Expected an object for calls\[0\] but received "add"/],
  ["no tool", own({}, { tool: "<>" }), /a tool name for calls\[0\]\.tool/],
  ["start is a fraction", own({}, { start: 16.5 }), /calls\[0\]\.start but received 16\.5/],
  ["start is a text", own({}, { start: "17" }), /calls\[0\]\.start but received "17" of type string/],
  ["start is negative", own({}, { start: -1 }), /from 0 to 18 for calls\[0\]\.start/],
  ["end before start", own({}, { end: 17 }), /from 18 to 19 for calls\[0\]\.end/],
  ["end after the text", own({}, { end: 99 }), /from 18 to 19/],
  ["args is an array", own({}, { args: [1, 1] }), /a text for calls\[0\]\.args/],
  [
    "result elsewhere",
    own({}, { start: 16, end: 17 }),
    /the text at its offsets \(" "\) for calls\[0\]\.result but received "2"/,
  ],
  ["white space", own({}, { start: 16, end: 17, result: " " }), /more than white space/],
  ["questionEnd after a result", own({ questionEnd: 18 }), /after questionEnd \(18\)/],
  ["questionEnd is a text", own({ questionEnd: "1" }), /questionEnd/],
  ["id is empty", own({ id: "" }), /for id/],
  ["id is an object", own({ id: {} }), /for id/],
  ["half an emoji", own({ text: "\ud83d 2" }), /lone surrogates/],
  [
    "an offset inside an emoji",
    { text: "🙂", calls: [{ tool: "a", start: 1, end: 2, args: "", result: "\ude42" }] },
    /between two characters/,
  ],
  [
    "results that overlap",
    {
      text: "1234",
      calls: [
        { tool: "a", start: 0, end: 3, args: "", result: "123" },
        { tool: "a", start: 2, end: 4, args: "", result: "34" },
      ],
    },
    /do not overlap/,
  ],
];
for (const [name, record, message] of wrong) {
  const content = `${json(own())}

${json(record)}`;
  test(
    `own form refuses: ${name}`,
    refuses,
    content,
    "RECORD_INVALID",
    new RegExp(`data\\.jsonl:3: .*(?:${message.source})`),
  );
}

test(
  "not JSON, with its line",
  refuses,
  `${json(own())}\n\n{"text": "a",`,
  "RECORD_INVALID",
  /data\.jsonl:3: Expected JSON for the record but received/,
);
test(
  "bytes that are no UTF-8",
  refuses,
  Buffer.concat([Buffer.from(`${json(own())}\n`), Buffer.from([0x22, 0xff, 0x22])]),
  "RECORD_INVALID",
  /data\.jsonl:2: Expected UTF-8/,
);
test("an empty file", refuses, "", "FILE_INVALID", /the file is empty/);
test("a file of white space", refuses, "\n \r\n\n", "FILE_INVALID", /the file is empty/);
test("an empty array", refuses, "[ \n]", "FILE_INVALID", /the file is empty/);
test(
  "fields that no form has",
  refuses,
  '{"a":1}',
  "RECORD_INVALID",
  /data\.jsonl:1: Expected text and calls, .* but received \["a"\]/,
);
test(
  "another form on a later line",
  refuses,
  json(own(), annotated("x")),
  "RECORD_INVALID",
  /data\.jsonl:2: .* for text/,
);
test("a forced form", refuses, json(own()), "RECORD_INVALID", /data\.jsonl:1: .* for question/, {
  format: "annotated",
});
test(
  "a form that doesn't exist",
  refuses,
  json(own()),
  "INVALID_ARGUMENT",
  /one of auto, toolken, annotated, aligned, calculator/,
  { format: "xml" as "auto" },
);
test(
  "an id used twice",
  refuses,
  json(own({ id: "a" }), own({ id: "b" }), own({ id: "a" })),
  "RECORD_INVALID",
  /data\.jsonl:3: Expected an id other than that of .*data\.jsonl:1 for id but received "a"/,
);
test("a tool that isn't among the given", refuses, json(own()), "UNKNOWN_TOOL", /data\.jsonl:1: calls add/, {
  tools: ["subtract"],
});
test("given tools may carry brackets", async (t) => {
  t.is((await read(t, json(own()), { tools: ["<add>"] })).examples.length, 1);
});

test("a missing file", async (t) => {
  const error = await t.throwsAsync(readTrainingExamples(path.join(t.context.folder, "none")), {
    instanceOf: ToolkenError,
  });
  t.is(error.code, "FILE_NOT_FOUND");
});
test("paths of a wrong type", async (t) => {
  for (const paths of [[], 5, [5], undefined]) {
    const error = await t.throwsAsync(readTrainingExamples(paths as unknown as string), {
      instanceOf: ToolkenError,
    });
    t.is(error.code, "INVALID_ARGUMENT");
  }
});

test("byte order mark and CRLF", async (t) => {
  const { examples } = await read(
    t,
    `\ufeff${json(own(), own({ text: "Q: 1+1?\nA: It is 2!" })).replace("\n", "\r\n")}\r\n`,
  );
  t.deepEqual(
    examples.map(({ text, source }) => [text.at(-1), source?.line]),
    [
      [".", 1],
      ["!", 2],
    ],
  );
});

const pretty = JSON.stringify(
  [own(), { ...(own() as object), id: 'brackets ]}{[ and "quotes\\" \n' }, own({ id: "c" })],
  null,
  2,
);
test("an array over many lines, with the line where each record begins", async (t) => {
  const { examples } = await read(t, `\n${pretty}\n`);
  const lines = `\n${pretty}`.split("\n");
  t.deepEqual(
    examples.map(({ source }) => lines[source!.line - 1]),
    ["  {", "  {", "  {"],
  );
  t.is(new Set(examples.map(({ source }) => source?.line)).size, 3);
});
test("an array on one line", async (t) => {
  t.is((await read(t, JSON.stringify([own(), own()]))).examples.length, 2);
});

const arrayErrors: readonly [string, string, RegExp][] = [
  [
    "a wrong record",
    '[\n{"text":"a","calls":[]},\n\n{"text":"b",\n"calls":5}]',
    /:4: Expected an array for calls/,
  ],
  ["no JSON in a record", '[\n{"text":"a","calls":[]},\n{"text" "b"}]', /:3: Expected JSON/],
  ["cut off in a record", '[\n{"text":"a","calls":[]},\n{"text":"b"', /:3: Expected the array to be closed/],
  [
    "cut off in a string",
    '[\n{"text":"a","calls":[]},\n{"text":"b\\"',
    /:3: Expected the array to be closed/,
  ],
  ["a comma too many", '[\n{"text":"a","calls":[]},\n]', /:3: Expected JSON/],
  ["two commas", '[{"text":"a","calls":[]},\n,{}]', /:2: Expected JSON/],
  ["closed by a brace", '[{"text":"a","calls":[]}}', /:1: Expected JSON/],
  ["text after the array", '[{"text":"a","calls":[]}]\n\n[]', /:3: Expected nothing after the array/],
];
for (const [name, content, message] of arrayErrors) {
  test(`an array with ${name}`, refuses, content, "RECORD_INVALID", message);
}

test("a line of several megabytes", async (t) => {
  const long = 'x\\"'.repeat(2_000_000);
  const { examples } = await read(
    t,
    `${JSON.stringify({ text: `${long}5`, calls: [{ tool: "a", start: long.length, end: long.length + 1, args: "", result: "5" }] })}\n`,
  );
  t.is(examples[0]?.text.length, long.length + 1);
});
test("markup of several megabytes doesn't hang or overflow", async (t) => {
  const answers = [
    "<add>(".repeat(500_000),
    `<add>(${") ".repeat(1_000_000)}`,
    `<add>(1)=${"1".repeat(3_000_000)}`,
    "<<".repeat(500_000),
  ];
  const { problems } = await read(t, json(...answers.map((answer) => annotated(answer))), {
    format: "annotated",
  });
  t.deepEqual(
    problems.map(({ line }) => line),
    [1, 2, 3, 4],
  );
});

test("a folder's .jsonl files in order, several paths", async (t) => {
  const folder = path.join(t.context.folder, "raw");
  await mkdir(folder);
  await writeFile(path.join(folder, "b.jsonl"), json(annotated("b")));
  await writeFile(path.join(folder, "a.jsonl"), json(annotated("a"), annotated("211<eoe>211")));
  await writeFile(path.join(folder, "notes.txt"), "not read");
  const other = path.join(t.context.folder, "own.json");
  await writeFile(other, JSON.stringify([own()]));
  const { examples, problems } = await readTrainingExamples([folder, other]);
  t.deepEqual(
    examples.map(({ source }) => path.basename(source!.file)),
    ["a.jsonl", "b.jsonl", "own.json"],
  );
  t.deepEqual(
    problems.map(({ file, line }) => [path.basename(file), line]),
    [["a.jsonl", 2]],
  );
});
test("a folder without .jsonl files", async (t) => {
  const error = await t.throwsAsync(readTrainingExamples(t.context.folder), { instanceOf: ToolkenError });
  t.is(error.code, "FILE_INVALID");
});

test("what is written is read back", async (t) => {
  const { examples } = await read(
    t,
    json(own({ id: "one", questionEnd: 10 }), own({ text: "Q: 1+1?\nA: It is 2🙂" })),
  );
  const file = path.join(t.context.folder, "copy.jsonl");
  await writeTrainingExamples(file, examples);
  const copy = await readTrainingExamples(file);
  const bare = ({ examples: all }: TrainingTexts): unknown[] =>
    all.map((example) => ({ ...example, source: undefined }));
  t.deepEqual(bare(copy), bare({ examples, problems: [] }));
  t.deepEqual((await readdir(t.context.folder)).sort(), ["copy.jsonl", "data.jsonl"]);
});
test("an example that could not be read back is not written", async (t) => {
  const file = path.join(t.context.folder, "copy.jsonl");
  await writeFile(file, "old");
  const bad = { text: "ab", calls: [{ tool: "a", start: 0, end: 1, args: "", result: "b" }] };
  await t.throwsAsync(writeTrainingExamples(file, [bad]), { instanceOf: ToolkenError });
  t.is(await readFile(file, "utf8"), "old");
});

const shared = path.resolve(process.env.TOOLKEN_DATA ?? "../shared/data");
const withData = existsSync(path.join(shared, "funcqa")) ? test : test.skip;

withData("FuncQA: the raw and the aligned form give the same examples", async (t) => {
  const raw = await readTrainingExamples(path.join(shared, "funcqa/training_data"));
  const published = await readTrainingExamples(path.join(shared, "funcqa/train.json"));
  const shown = ({ examples }: TrainingTexts): string[] => examples.map(markup).sort();
  t.deepEqual(shown(published), shown(raw));
  for (const { examples, problems } of [raw, published]) {
    t.is(examples.length, 646);
    // Three texts without a complete call, and one with half a call after a whole one.
    t.is(problems.length, 4);
    t.true(problems.every(({ reason }) => reason.includes("unfinished call")));
    t.is(new Set(examples.flatMap(({ calls }) => calls.map(({ tool }) => tool))).size, 13);
  }
});
