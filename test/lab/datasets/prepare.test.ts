import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import anyTest, { type ExecutionContext, type TestFn } from "ava";
import {
  type DataSetName,
  dataSetNames,
  prepareDataSet,
  type PreparedDataSet,
  type PrepareOptions,
  writePrepared,
} from "../../../src/lab/datasets/index.js";
import { executeTool, loadTools } from "../../../src/tools/index.js";
import { loadPrompts } from "../../../src/prompts/prompts.js";
import { readQuestions } from "../../../src/lab/evaluation/index.js";
import { readTrainingExamples, type TrainingExample } from "../../../src/training/index.js";
import { ToolkenError, type ToolkenErrorCode } from "../../../src/index.js";

const test = anyTest as TestFn<{ folder: string }>;
type Context = ExecutionContext<{ folder: string }>;

test.beforeEach(async (t) => {
  t.context.folder = await mkdtemp(path.join(os.tmpdir(), "toolken-published-"));
});
test.afterEach.always(async (t) => {
  await rm(t.context.folder, { recursive: true });
});

type Files = Readonly<Record<string, string>>;

async function write(t: Context, files: Files): Promise<string> {
  const source = path.join(t.context.folder, "source");
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(source, name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, content);
  }
  return source;
}

async function prepare(
  t: Context,
  name: DataSetName,
  files: Files,
  options?: PrepareOptions,
): Promise<PreparedDataSet> {
  return prepareDataSet(name, await write(t, files), options);
}

const lines = (...records: unknown[]): string =>
  records.map((record) => `${JSON.stringify(record)}\n`).join("");

/** `question|answer [tool(args):result]`. */
function markup({ text, calls, questionEnd = 0 }: TrainingExample): string {
  let shown = text;
  for (const { start, end, tool, args, result } of [...calls].reverse()) {
    shown = `${shown.slice(0, start)}[${tool}(${args}):${result}]${shown.slice(end)}`;
  }
  return `${shown.slice(0, questionEnd)}|${shown.slice(questionEnd)}`;
}

const examplesOf = ({ parts }: PreparedDataSet): string[] =>
  parts.flatMap(({ examples }) => examples.map(markup));
const reasonsOf = ({ files }: PreparedDataSet): string[] =>
  files.flatMap(({ leftOut }) => leftOut.map(({ line, reason }) => `${line}: ${reason}`));
const remarksOf = ({ files }: PreparedDataSet): string[] =>
  files.flatMap(({ remarks }) => remarks.map(({ line, reason }) => `${line}: ${reason}`));

const refuses = test.macro(
  async (
    t,
    name: DataSetName,
    files: Files,
    code: ToolkenErrorCode,
    message: RegExp,
    options: PrepareOptions = {},
  ) => {
    const error = await t.throwsAsync(prepare(t as Context, name, files, options), {
      instanceOf: ToolkenError,
    });
    t.is(error.code, code);
    t.regex(error.message, message);
  },
);

// FuncQA

const apples = { question: "3 and 4 apples?", answer: "3+4=<add>(3, 4)=7<eoe>7 apples." };

test("FuncQA: texts, questions, prompts; what says the same in another form is passed over", async (t) => {
  const prepared = await prepare(t, "funcqa", {
    "func_dict.json": '{\n "<add>": 0,\n "<sqrt>": 1\n}',
    "training_data/add.jsonl": lines(apples, apples),
    "training_data/sqrt.jsonl": lines({ question: "Root of 9?", answer: "It is <sqrt>(9)=3." }),
    "train.json": JSON.stringify([
      { text: "Q: 3 and 4 apples?\nA: 3+4=7 apples.", tar_eq: ["<add>(3, 4)=7<eoe>"], tar_number: ["7"] },
    ]),
    "oh.json": JSON.stringify([{ question: "1 and 2?", answer: 3, func: "<add>(1, 2)=3" }]),
    "mh.json": lines(
      { question: "a?", answer: "5.0", calculation: ["<sqrt>(16)=4", "<add>(4, 1)=5"] },
      { question: "b?", answer: "5", calculation: ["<sqrt>(16))=4"] },
    ),
    "other.jsonl": lines({ nothing: 1 }),
    "template/llama_general.txt": "Q: [QUESTION]\nA:",
    "template/llama_<add>.txt": "Q: 1 and 2?\nA: <add>(1, 2)=3\n\nQ: [QUESTION]\nA:",
  });
  t.deepEqual(examplesOf(prepared), ["Q: 3 and 4 apples?\nA:| 3+4=[add(3, 4):7] apples."]);
  t.deepEqual(
    prepared.parts.map(({ name }) => name),
    ["mh", "oh", "training_data"],
  );
  t.deepEqual(
    reasonsOf(prepared).map((reason) => reason.replace(/of .*:/, "of FILE:")),
    [
      "2: the text is that of FILE:1, with the same calls",
      "1: the answer holds an unfinished call (<sqrt>()",
    ],
  );
  t.deepEqual(
    remarksOf(prepared).map((reason) => reason.replace(/example of .*/, "example")),
    [
      "2: <sqrt>(16))=4 is not <op>(args)=result; the question goes without its calls",
      "1: the question is a worked example",
    ],
  );
  const [mh, oh] = prepared.parts;
  t.deepEqual(oh!.questions, [
    {
      id: "oh-0",
      question: "1 and 2?",
      answer: 3,
      tool: "add",
      calls: [{ tool: "add", args: "1, 2", result: "3" }],
    },
  ]);
  t.deepEqual(
    mh!.questions.map(({ id, answer, tool, calls }) => [id, answer, tool, calls?.length]),
    [
      ["mh-0", "5.0", undefined, 2],
      ["mh-1", "5", undefined, undefined],
    ],
  );
  t.deepEqual(
    prepared.skipped.map(({ file, reason }) => [path.basename(file), reason]),
    [
      ["other.jsonl", "is no file of funcqa"],
      ["train.json", "says in another form (aligned) what other files say (annotated)"],
    ],
  );
  t.deepEqual(
    prepared.tools.map(({ name }) => name),
    ["add", "sqrt"],
  );
});

test(
  "FuncQA: a call that the list of tools does not have",
  refuses,
  "funcqa",
  {
    "func_dict.json": '{ "<sqrt>": 0, "<add>": 1 }',
    "train.jsonl": lines({ question: "2 by 3?", answer: "<multiply>(2, 3)=6<eoe>6" }),
  },
  "UNKNOWN_TOOL",
  /train\.jsonl:1: calls multiply, which is not among the 2 tools of funcqa/,
);

test(
  "FuncQA: an operator that nobody knows",
  refuses,
  "funcqa",
  {
    "oh.jsonl": lines(
      { question: "q", answer: 1, func: "<add>(1)=1" },
      { question: "q", answer: 1, func: "<frobnicate>(1)=1" },
    ),
  },
  "RECORD_INVALID",
  /oh\.jsonl:2: Expected one of FuncQA's operators for a tool but received "frobnicate"/,
);

test(
  "FuncQA: a folder of another data set",
  refuses,
  "funcqa",
  {
    "dev.jsonl": lines({ query: "q", tool: "t" }),
  },
  "FILE_INVALID",
  /Found no records of funcqa/,
);

test(
  "FuncQA: files that mix two kinds",
  refuses,
  "funcqa",
  {
    "train.jsonl": lines(apples) + lines({ question: "1 and 2?", answer: 3, func: "<add>(1, 2)=3" }),
  },
  "RECORD_INVALID",
  /train\.jsonl:2: Expected annotated: /,
);

test("a file that is named must be of the data set", async (t) => {
  const source = await write(t, { "dev.jsonl": lines({ query: "q", tool: "t" }) });
  const error = await t.throwsAsync(prepareDataSet("kamel", path.join(source, "dev.jsonl")), {
    instanceOf: ToolkenError,
  });
  t.is(error.code, "RECORD_INVALID");
  t.regex(error.message, /dev\.jsonl:1: Expected a record of kamel/);
});

// GSM8K

const eggs = {
  question: "Eggs?",
  answer:
    "She has 16-3-4 = <<16-3-4=9>>9 eggs.\nThat is $<<9*2.5=22.5>>22.50 or (1+2)*3=<<(1+2)*3=9>>9.\n#### 22.5",
};

test("GSM8K: marks become calls, without a model", async (t) => {
  const prepared = await prepare(t, "gsm8k", {
    "train.jsonl": lines(
      eggs,
      { question: "Wrong?", answer: "2+2=<<2+2=5>>5 and 1+1=<<1+1=2>>2\n#### 5" },
      { question: "Other number?", answer: "2+2=<<2+2=4>>5\n#### 5" },
      { question: "Nothing?", answer: "It is <<5=5>>5.\n#### 5" },
      { question: "Commas?", answer: "40*25=<<40*25=1000>>1,000 of <<5=5>>5.\n#### 1,000" },
    ),
  });
  t.deepEqual(examplesOf(prepared), [
    "Question: Eggs?\nAnswer:| She has 16-3-4 = [subtract(16, 3, 4):9] eggs.\nThat is $[multiply(9, 2.5):22.50] or (1+2)*3=[multiply(1+2, 3):9].\n#### 22.5",
    "Question: Commas?\nAnswer:| 40*25=[multiply(40, 25):1,000] of 5.\n#### 1,000",
  ]);
  t.deepEqual(reasonsOf(prepared), [
    "2: <<2+2=5>>: 2+2 is 4 and not 5",
    "3: <<2+2=4>>: what follows is not 4",
    "4: the answer marks no calculation",
  ]);
  t.deepEqual(prepared.files[0]!.marks, { read: 9, checked: 5, withoutOperation: 2, failed: 2 });
  t.deepEqual(
    prepared.parts[0]!.questions.map(({ answer }) => answer),
    ["22.5", "5", "5", "5", "1000"],
  );
});

test(
  "GSM8K: a solution without an answer",
  refuses,
  "gsm8k",
  {
    "train.jsonl": lines(eggs, { question: "q", answer: "just words" }),
  },
  "RECORD_INVALID",
  /train\.jsonl:2: Expected a record of gsm8k/,
);

// GSM8K-XL

const robe = {
  question: "{v_1} bolts and half of that for {v_2}?",
  answer: "<<{v_1}/2={r_1}>>{r_1}",
  enhanced_v: [8, "1/2"],
  enhanced_process: ["8/2 = 4.0", "8+4.0 = 12.0"],
};

test("GSM8K-XL: slots take the larger numbers, results stay as they are written", async (t) => {
  const json =
    lines(robe).replace("}\n", ', "enhanced_result": 12.0}\n') +
    lines(robe).replace("}\n", ', "enhanced_result": 13.0}\n');
  const prepared = await prepare(t, "gsm8k-xl", { "test.json": json });
  const [first] = prepared.parts[0]!.questions;
  t.is(first!.question, "8 bolts and half of that for 1/2?");
  t.is(first!.answer, "12.0");
  t.is(first!.template, robe.question);
  t.deepEqual(remarksOf(prepared), ["2: enhanced_process[1], 8+4.0 = 12.0, does not lead to 13.0"]);
  t.is(prepared.tools.length, 4);
});

test(
  "GSM8K-XL: a slot without a number",
  refuses,
  "gsm8k-xl",
  {
    "test.jsonl": lines({ ...robe, enhanced_v: [8], enhanced_result: 12 }),
  },
  "RECORD_INVALID",
  /test\.jsonl:1: Expected a value for the slot \{v_2\} for enhanced_v/,
);

// VirtualHome

const task = (plan: string): string =>
  `Task 4:\nI am in ['den']. The objects I can manipulate are ['lamp_shade', 'book'].\nGoal:\nRead\nHint:\nI read.\n\nPlan:\n${plan}`;
const reading = {
  text: task("[WALK] <lamp_shade>\n[READ] <book>\n[END]"),
  tar_eq: ["[WALK]", "<lamp_shade>", "[READ]", "<book>", "[END]"],
};

test("VirtualHome: a plan is made of calls, in groups that alternate", async (t) => {
  const prepared = await prepare(t, "virtualhome", {
    "plans.jsonl": lines(
      reading,
      { ...reading, text: task("read a book") },
      { ...reading, text: task("[WALK] <book>") },
    ),
    "raw.json": JSON.stringify([{ ...reading, text: `${task("[WALK] <book>\n[END]")}\n\n${reading.text}` }]),
    "general.txt":
      "Question: Task 4:\\nHint:\\nI read.\\n\nAnswer: Plan:\\n[END]\n\nQuestion: [QUESTION]\nAnswer:",
  });
  t.deepEqual(
    prepared.skipped.map(({ file }) => path.basename(file)),
    ["raw.json"],
  );
  const question = reading.text.slice(0, reading.text.indexOf("\n\nPlan:"));
  t.deepEqual(examplesOf(prepared), [
    `${question}\nPlan:\n|[WALK():[WALK]] [lamp_shade():<lamp_shade>]\n[READ():[READ]] [book():<book>]\n[END():[END]]`,
  ]);
  t.deepEqual(reasonsOf(prepared), [
    '2: the plan\'s line "read a book" is neither [ACTION] <object> nor [END]',
    "3: the plan does not end with [END]",
  ]);
  t.deepEqual(prepared.parts[0]!.questions, [
    {
      id: "plans-0",
      question,
      answer: "[WALK] <lamp_shade>\n[READ] <book>\n[END]",
      plan: [
        { action: "WALK", object: "lamp_shade" },
        { action: "READ", object: "book" },
      ],
    },
  ]);
  t.deepEqual(
    prepared.tools.map(({ name, published, group, result }) => [name, published, group, result]),
    [
      ["WALK", "[WALK]", "action", "[WALK]"],
      ["lamp_shade", "<lamp_shade>", "object", "<lamp_shade>"],
      ["READ", "[READ]", "action", "[READ]"],
      ["book", "<book>", "object", "<book>"],
      ["END", "[END]", "end", "[END]"],
    ],
  );
  t.deepEqual(prepared.plan, {
    groups: { action: ["WALK", "READ"], object: ["lamp_shade", "book"] },
    order: [
      { group: "action", then: " " },
      { group: "object", then: "\n" },
    ],
    end: "END",
  });
  const out = path.join(t.context.folder, "prepared");
  t.true((await writePrepared(out, prepared)).includes("plan.json"));
  t.deepEqual(JSON.parse(await readFile(path.join(out, "plan.json"), "utf8")), prepared.plan);
  t.is(prepared.prompts[0]!.text, "Task 4:\nHint:\nI read.\nPlan:\n[END]\n\n[QUESTION]\nPlan:\n");
});

test("VirtualHome: demonstrations before a task are left away", async (t) => {
  const text = `${task("[WALK] <book>\n[END]")}\n\n${reading.text}\n\n`;
  const [demonstrated, alone] = [
    await prepare(t, "virtualhome", { "raw.json": JSON.stringify([{ ...reading, text }]) }),
    await prepare(t, "virtualhome", { "raw.json": JSON.stringify([reading]) }),
  ];
  t.deepEqual(examplesOf(demonstrated), examplesOf(alone));
});

test(
  "VirtualHome: a plan that is not what its list says",
  refuses,
  "virtualhome",
  {
    "plans.jsonl": lines({ ...reading, tar_eq: ["[WALK]", "[END]"] }),
  },
  "RECORD_INVALID",
  /plans\.jsonl:1: Expected the tools of the plan, in its order for tar_eq/,
);

// KAMEL, SimpleToolQuestions

const relations = JSON.stringify(
  {
    tool_dict: { "<P17>": 0, "<a/b/c>": 1 },
    tool_information: {
      "<P17>": { tool_name: "<P17>", tool_description: "country(place): gets the country" },
      "<a/b/c>": { tool_name: "<a/b/c>", tool_description: "c: gets it" },
    },
  },
  null,
  1,
);
const relation = (dataSet: string, text: string, tool: string, entity: string[], result: string): object => ({
  dataset_name: dataSet,
  text,
  start_str_idx: [0],
  tool_calling: [{ call_tool: tool, call_param: entity, return: [result] }],
  result: [result],
});
const bonn = relation(
  "kamel",
  "Question: Where is Bonn, Rhine?\nAnswer: The answer is Germany",
  "<P17>",
  ["Bonn", "Rhine"],
  "Germany",
);

test("KAMEL: questions, relations, and tools that look their results up", async (t) => {
  const prepared = await prepare(t, "kamel", {
    "tool.json": relations,
    "train.jsonl": lines(bonn, {
      ...bonn,
      text: "Question: Where is Bonn, Rhine?\nAnswer: The answer is France",
    }),
    "test.jsonl": lines({
      dataset_name: "kamel",
      case_idx: 7,
      question: "Where is Faro?",
      tool: "P17",
      result: "Portugal",
    }),
  });
  t.deepEqual(examplesOf(prepared), [
    'Question: Where is Bonn, Rhine?\nAnswer: The answer is| [P17({"entity":"Bonn, Rhine"}):Germany]',
  ]);
  t.deepEqual(reasonsOf(prepared), ['2: the text does not end with the result "Germany"']);
  t.deepEqual(
    prepared.parts.map(({ questions }) => questions.map(({ id, question, tool }) => [id, question, tool])),
    [[["test-7", "Where is Faro?", "P17"]], [["train-0", "Where is Bonn, Rhine?", "P17"]]],
  );

  const out = path.join(t.context.folder, "out");
  await writePrepared(out, prepared);
  const tools = await loadTools(path.join(out, "tools.mjs"));
  t.deepEqual(
    tools.map(({ name, description }) => [name, description]),
    [
      ["P17", "country(place): gets the country"],
      ["a.b.c", "c: gets it"],
    ],
  );
  t.is((await executeTool(tools[0]!, '{"entity":"Bonn, Rhine"}')).text, "Germany");
  t.is((await executeTool(tools[0]!, '{"entity":"Faro"}')).text, "Portugal");
  await t.throwsAsync(executeTool(tools[0]!, '{"entity":"Rome"}'), { message: /knows nothing of "Rome"/ });
  await t.throwsAsync(executeTool(tools[0]!, '{"city":"Rome"}'), { code: "TOOL_ARGUMENTS_INVALID" });
  const prompts = await loadPrompts(path.join(out, "prompts"));
  t.is(prompts.general, "Question: [QUESTION]\nAnswer: The answer is");
  t.deepEqual(prompts.tools, {
    P17: 'Question: Where is Bonn, Rhine?\nAnswer: The answer is <P17>({"entity":"Bonn, Rhine"})=Germany\n\nQuestion: [QUESTION]\nAnswer: The answer is',
  });
});

test("SimpleToolQuestions: the first tools alone, in another form", async (t) => {
  const name = "SimpleQuestionsv2";
  const prepared = await prepare(
    t,
    "simpletoolquestions",
    {
      "tool.json": relations,
      "train.jsonl": lines(
        { ...relation(name, "Where is Bonn? Germany", "<P17>", ["Bonn"], "Germany"), case_idx: 5 },
        { ...relation(name, "What of it? This", "<a/b/c>", ["it"], "This"), case_idx: 6 },
      ),
    },
    { tools: 1, form: "Q: [QUESTION]\nA: " },
  );
  t.deepEqual(examplesOf(prepared), ['Q: Where is Bonn?\nA: |[P17({"entity":"Bonn"}):Germany]']);
  t.deepEqual(reasonsOf(prepared), ["2: calls a.b.c, which is not among the first 1 tools"]);
  t.deepEqual(
    prepared.parts[0]!.questions.map(({ id, answer, tool }) => [id, answer, tool]),
    [["train-5", "Germany", "P17"]],
  );
  t.deepEqual(
    prepared.tools.map(({ published }) => published),
    ["<P17>"],
  );
});

test(
  "SimpleToolQuestions: an id that occurs twice",
  refuses,
  "simpletoolquestions",
  {
    "train.jsonl": lines(
      { ...relation("SimpleQuestionsv2", "A? B", "<x>", ["A"], "B"), case_idx: 5 },
      { ...relation("SimpleQuestionsv2", "C? D", "<x>", ["C"], "D"), case_idx: 5 },
    ),
  },
  "RECORD_INVALID",
  /train\.jsonl:2: Expected another id than .*train\.jsonl:1 /,
);

test(
  "KAMEL: records of SimpleToolQuestions among them",
  refuses,
  "kamel",
  {
    "train.jsonl": lines(bonn, relation("SimpleQuestionsv2", "A? B", "<x>", ["A"], "B")),
  },
  "RECORD_INVALID",
  /train\.jsonl:2: Expected a record of kamel/,
);

test(
  "KAMEL: two tools in one row",
  refuses,
  "kamel",
  {
    "tool.json": relations.replace('"<a/b/c>": 1', '"<a/b/c>": 0'),
    "train.jsonl": lines(bonn),
  },
  "RECORD_INVALID",
  /tool\.json:1: Expected a row that no other tool has for tool_dict\["<a\/b\/c>"\]/,
);

// MetaTool

test("MetaTool: requests, and tools whose names are made fit", async (t) => {
  const prepared = await prepare(t, "metatool", {
    "tools.json": JSON.stringify({ "PDF&URLTool": "Reads files.", calculator: "Computes." }, null, 1),
    "dev.jsonl": lines({ query: "Read this.", tool: "PDF&URLTool" }),
    "train.jsonl": lines({ query: "Read this.", tool: "PDF&URLTool" }, { query: "1+1?", tool: "calculator" }),
  });
  t.deepEqual(examplesOf(prepared).slice(0, 1), [
    "Request: Read this.\nThe best tool for this request is| [PDF_URLTool():PDF&URLTool]",
  ]);
  t.regex(remarksOf(prepared).join(), /^1: the question is also that of .*dev\.jsonl:1$/);
  const out = path.join(t.context.folder, "out");
  await writePrepared(out, prepared);
  const [tool] = await loadTools(path.join(out, "tools.mjs"));
  t.is((await executeTool(tool!, "")).text, "PDF&URLTool");
});

test(
  "MetaTool: names that become one",
  refuses,
  "metatool",
  {
    "tools.json": JSON.stringify({ "a&b": "One.", "a/b": "Two.", "a b": "Three." }),
    "dev.jsonl": lines({ query: "q", tool: "a&b" }),
  },
  "RECORD_INVALID",
  /tools\.json:1: Expected a name that differs from a&b as a_b/,
);

test(
  "MetaTool: a tool that is not in the list",
  refuses,
  "metatool",
  {
    "tools.json": JSON.stringify({ a: "One.", b: "Two." }),
    "dev.jsonl": lines({ query: "q", tool: "a" }, { query: "q", tool: "c" }),
  },
  "UNKNOWN_TOOL",
  /dev\.jsonl:2: calls c, which is not among the 2 tools of metatool/,
);

// ASDiv, MAWPS, SVAMP

const problem = (solution: string, label: string, answer: string): object => ({
  text: `How many? Let's think step by step. The final answer is given by ${solution} = ${answer}`,
  tar_eq: [`${label}=${answer}`],
  tar_number: [answer],
});

test("word problems: one checked calculation each", async (t) => {
  const prepared = await prepare(t, "mawps", {
    "mawps.json": JSON.stringify([
      problem("( 7 - 4 )", "<subtract>(( 7, 4 ))", "3"),
      problem("( 6 + 18 ) / 6", "<add>(( 6, 18 ) / 6)", "4"),
      problem("5-2+5", "<add>(5-2, 5)", "8"),
      problem("1222 - 513", "<subtract>(1222, 513)", "208"),
      problem("GCD(40, 32)", "<gcd>((40, 32))", "8"),
      problem("8", "8", "8"),
    ]),
  });
  const opening = "How many? Let's think step by step.| The final answer is given by ";
  t.deepEqual(examplesOf(prepared), [
    `${opening}( 7 - 4 ) = [subtract(7, 4):3]`,
    `${opening}5-2+5 = [add(5-2, 5):8]`,
    `${opening}GCD(40, 32) = [gcd(40, 32):8]`,
  ]);
  t.deepEqual(
    reasonsOf(prepared).map((reason) => reason.slice(3)),
    [
      "the label is add, the outermost operation of ( 6 + 18 ) / 6 is divide",
      "1222 - 513 is 709 and not 208",
      "8 calculates nothing",
    ],
  );
  t.deepEqual(
    prepared.parts[0]!.questions.map(({ answer, tool }) => [answer, tool]),
    [
      ["3", "subtract"],
      ["4", undefined],
      ["8", undefined],
      ["208", "subtract"],
      ["8", "gcd"],
      ["8", undefined],
    ],
  );
});

test(
  "word problems: two numbers",
  refuses,
  "svamp",
  {
    "svamp.jsonl": lines({ ...problem("1+1", "<add>(1, 1)", "2"), tar_number: ["2", "3"] }),
  },
  "RECORD_INVALID",
  /svamp\.jsonl:1: Expected one calculation and one number/,
);

// Options and files

test(
  "a form where texts have their own",
  refuses,
  "funcqa",
  { "a.jsonl": lines(apples) },
  "INVALID_ARGUMENT",
  /no form for funcqa/,
  { form: "[QUESTION]" },
);
test(
  "a form without a slot",
  refuses,
  "metatool",
  { "a.jsonl": lines({ query: "q", tool: "t" }) },
  "INVALID_ARGUMENT",
  /a text with one \[QUESTION\] for form/,
  { form: "Question" },
);
test(
  "no tools at all",
  refuses,
  "metatool",
  { "a.jsonl": lines({ query: "q", tool: "t" }) },
  "INVALID_ARGUMENT",
  /an integer of 1 or more for tools/,
  { tools: 0 },
);
test("an empty file", refuses, "metatool", { "a.jsonl": "\n" }, "FILE_INVALID", /the file is empty/);
test(
  "a file that is no JSON",
  refuses,
  "metatool",
  { "a.jsonl": `${lines({ query: "q", tool: "t" })}{"query"\n` },
  "RECORD_INVALID",
  /a\.jsonl:2: Expected JSON/,
);
test(
  "a file with tools alone",
  refuses,
  "metatool",
  { "tools.json": '{"a": "A.", "b": "B."}' },
  "FILE_INVALID",
  /only tools and no records/,
);

test("a file that is not there", async (t) => {
  await t.throwsAsync(prepareDataSet("kamel", path.join(t.context.folder, "none")), {
    code: "FILE_NOT_FOUND",
  });
});

test("what is written can be read back, and is replaced as a whole", async (t) => {
  const out = path.join(t.context.folder, "deep", "out");
  const written = await writePrepared(
    out,
    await prepare(t, "gsm8k", { "train.jsonl": lines(eggs), "dev.jsonl": lines(eggs) }),
  );
  t.deepEqual(written, [
    "examples/dev.jsonl",
    "questions/dev.jsonl",
    "examples/train.jsonl",
    "questions/train.jsonl",
    "tools.json",
    "prompts/general.txt",
    "report.json",
  ]);
  const { examples, problems } = await readTrainingExamples(path.join(out, "examples", "train.jsonl"));
  t.deepEqual([examples.length, examples[0]!.calls.length, problems], [1, 3, []]);
  const [question] = await readQuestions(path.join(out, "questions", "train.jsonl"));
  t.deepEqual(question, { id: "train-0", question: "Eggs?", answer: "22.5" });
  const report = JSON.parse(await readFile(path.join(out, "report.json"), "utf8")) as { parts: unknown };
  t.deepEqual(report.parts, [
    { name: "dev", examples: 1, questions: 1 },
    { name: "train", examples: 1, questions: 1 },
  ]);

  await rm(path.join(t.context.folder, "source", "dev.jsonl"));
  await writePrepared(out, await prepare(t, "gsm8k", {}));
  t.false(existsSync(path.join(out, "examples", "dev.jsonl")));
  t.deepEqual(await readdir(path.dirname(out)), ["out"]);
});

test("a folder with other things is left alone", async (t) => {
  const out = path.join(t.context.folder, "out");
  await mkdir(out);
  await writeFile(path.join(out, "thesis.txt"), "…");
  const prepared = await prepare(t, "gsm8k", { "train.jsonl": lines(eggs) });
  await t.throwsAsync(writePrepared(out, prepared), {
    code: "INVALID_ARGUMENT",
    message: /holds other files/,
  });
  t.deepEqual(await readdir(out), ["thesis.txt"]);
  const signal = AbortSignal.abort();
  await t.throwsAsync(writePrepared(path.join(t.context.folder, "new"), prepared, { signal }), {
    code: "ABORTED",
  });
  t.deepEqual((await readdir(t.context.folder)).sort(), ["out", "source"]);
});

// The published files, where they are at hand.

const shared = path.resolve(process.env.TOOLKEN_DATA ?? "../shared/data");
const published: [DataSetName, string, Record<string, number>][] = [
  ["funcqa", "funcqa", { tools: 13, records: 714, texts: 640, questions: 64 }],
  ["gsm8k-xl", "gsm8k-xl", { tools: 4, records: 120, texts: 0, questions: 120 }],
  ["virtualhome", "virtualhome", { tools: 58, records: 232, texts: 230, questions: 232 }],
  ["kamel", "kamel", { tools: 234, records: 19_500, texts: 18_998, questions: 19_500 }],
  ["metatool", "metatool", { tools: 199, records: 11_602, texts: 11_602, questions: 11_602 }],
  [
    "simpletoolquestions",
    "simpletoolquestions",
    { tools: 1836, records: 12_190, texts: 12_188, questions: 12_190 },
  ],
  ["asdiv", "math/asdiv.dev.json", { tools: 5, records: 620, texts: 550, questions: 620 }],
  ["mawps", "math/mawps.dev.json", { tools: 5, records: 708, texts: 460, questions: 708 }],
  ["svamp", "math/svamp.dev.json", { tools: 5, records: 400, texts: 354, questions: 400 }],
];
for (const [name, location, counts] of published) {
  const place = path.join(shared, location);
  (existsSync(place) ? test : test.skip)(`the published files of ${name}`, async (t) => {
    const { tools, files } = await prepareDataSet(name, place);
    const sum = (count: (file: (typeof files)[number]) => number): number =>
      files.reduce((total, file) => total + count(file), 0);
    const found = {
      tools: tools.length,
      records: sum(({ records }) => records),
      texts: sum(({ examples }) => examples),
      questions: sum(({ questions }) => questions),
    };
    t.deepEqual(found, counts as typeof found);
  });
}

test("every data set has its own name", (t) => {
  t.is(new Set(dataSetNames).size, dataSetNames.length);
});
