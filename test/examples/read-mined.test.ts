import test from "ava";
import type { MinedInfo, MinedRow } from "../../src/examples/mined-row.js";
import { minedLines } from "../../src/examples/mined-file.js";
import { type PublishedRow, publishedRow } from "../../src/examples/published-rows.js";
import { readMinedRows } from "../../src/examples/read-mined.js";
import { scratchFile } from "../utils/scratch.js";
import { rejectsWith } from "../support/errors.js";

const identity = {
  architecture: "llama",
  name: "a model",
  embeddingLength: 8,
  vocabularySize: 64,
  fingerprint: "f".repeat(64),
};
const info: MinedInfo = {
  tools: ["add", "multiply", "power"],
  model: identity,
  topTools: 2,
  settings: "0123456789abcdef",
  folds: [{ fold: 0, trainedTexts: 4, minedTexts: 2, steps: 20, bias: [0, 0, null] }],
};

const question = "A crate holds 12 jars. How many jars do 31 crates hold?";
const questionEnd = `Q: ${question}\nA:`.length;
const start = questionEnd + " They hold 12*31=".length;
const example = {
  text: `Q: ${question}\nA: They hold 12*31=372 jars.`,
  questionEnd,
  calls: [{ tool: "multiply", start, end: start + 3, args: "12, 31", result: "372" }],
};

const row: MinedRow = {
  id: "0:40",
  example: "0",
  index: 0,
  offset: start,
  position: 40,
  question,
  text: " They hold 12*31=",
  generated: false,
  label: "multiply",
  kind: "tool",
  goldInTop: true,
  goldRank: 1,
  goldTool: { tool: "multiply", logit: 3, probability: 0.5 },
  tools: [
    { tool: "multiply", logit: 3, probability: 0.5 },
    { tool: "add", logit: 2, probability: 0.5 * Math.exp(-1) },
  ],
  toolProbability: 0.75,
  tokens: [{ text: "3", token: 7, logit: 1, probability: 0.5 * Math.exp(-2) }],
  margin: 2,
  rank: 1,
  entropy: 1.25,
  toolEntropy: 0.9,
  fold: 0,
};
const reject: MinedRow = {
  ...row,
  id: "0:33",
  position: 33,
  offset: questionEnd + 10,
  text: " They hold",
  label: "REJ",
  kind: "reject",
  goldRank: null,
  goldTool: null,
};

const lines = (...rows: readonly unknown[]): string => [...minedLines(info, rows as MinedRow[])].join("");
const json = (...rows: readonly unknown[]): string => rows.map((one) => `${JSON.stringify(one)}\n`).join("");

test("own rows come back as they were written", async (t) => {
  const file = await scratchFile(t, lines(row, reject));
  const read = await readMinedRows(file, { tools: ["power", "add", "multiply"], for: identity });
  t.deepEqual(read, { info, tools: info.tools, rows: [row, reject], misaligned: [] });
});

test("published rows come back with what they hold", async (t) => {
  const outside = {
    ...row,
    id: "1:9",
    index: 1,
    position: 9,
    label: "power",
    goldInTop: false,
    goldRank: 3,
    goldTool: { tool: "power", logit: -1, probability: 0.5 * Math.exp(-4) },
  };
  const written = [row, reject, outside].map((one) => publishedRow(one, info.tools));
  t.deepEqual(written[2]!.candidates, ["<multiply>", "<add>", "<power>"]);
  t.is(written[2]!.k, 2);
  const controlled = { ...written[0]!, prefix_text: `<|begin_of_text|><bos>${written[0]!.prefix_text}` };
  const file = await scratchFile(t, json(controlled, ...written.slice(1)));
  const read = await readMinedRows(file);
  t.is(read.info, null);
  t.deepEqual(read.tools, ["add", "multiply", "power"]);
  const [first, second, third] = read.rows as [MinedRow, MinedRow, MinedRow];
  t.like(first, {
    ...{ id: "0:40", example: "0", question, text: row.text, label: "multiply", kind: "tool", margin: 2 },
    ...{ rank: 1, entropy: null, toolEntropy: 0.9, tokens: [], goldInTop: true, goldRank: 1, offset: start },
  });
  t.deepEqual(
    first.tools.map(({ tool, logit }) => [tool, Math.round(logit * 1e6) / 1e6]),
    [
      ["multiply", 3],
      ["add", 2],
    ],
  );
  t.true(Math.abs(first.tools[0]!.probability - 0.5 / 0.75) < 1e-9);
  t.like(second, { label: "REJ", kind: "reject", goldTool: null });
  t.like(third, { label: "power", goldInTop: false, goldRank: null });
  t.is(third.tools.length, 2);
  t.true(Math.abs(third.goldTool!.logit - -1) < 1e-9);
});

function published(change: Partial<PublishedRow>, of: MinedRow = row): PublishedRow {
  return { ...publishedRow(of, info.tools), ...change };
}
const prefixed = (text: string, of: MinedRow = row): PublishedRow =>
  published({ prefix_text: `Q: ${question}\nA:${text}` }, of);

for (const [title, record, reason] of [
  ["a call that is due", prefixed(" They hold 12*31="), undefined],
  ["a call after white space", prefixed(" They hold "), undefined],
  ["a call one digit late", prefixed(" They hold 12*31=3"), /ends in "3".*late/],
  ["a call after its result", prefixed(" They hold 12*31=372."), /ends in "372\.".*late/],
  ["a reject within words", prefixed(" They hold", reject), undefined],
  ["a reject after a number of the question", prefixed(" With 12", reject), undefined],
  ["a reject within such a number", prefixed(" With 3", reject), undefined],
  ["a reject within a result", prefixed(" They hold 12*31=37", reject), /later tokens/],
  ["a step of the question", published({ prefix_text: "<bos>Q: A crate holds" }), /within the question/],
] as const) {
  test(`a published row by itself: ${title}`, async (t) => {
    const { rows, misaligned } = await readMinedRows(await scratchFile(t, json(record), "rows.jsonl"));
    t.is(rows.length, 1);
    t.is(misaligned.length, reason === undefined ? 0 : 1);
    if (reason === undefined) return;
    t.regex(misaligned[0]!.reason, reason);
    t.is(misaligned[0]!.line, 1);
    t.regex(misaligned[0]!.file, /rows\.jsonl$/);
  });
}

for (const [title, record, reason] of [
  ["a call that is due", prefixed(" They hold 12*31="), undefined],
  [
    "another tool's call",
    prefixed(" They hold 12*31=", { ...row, label: "add" }),
    /multiply is due, not of add/,
  ],
  ["a call where none is due", prefixed(" They hold"), /no call of multiply is due/],
  ["a call within its result", prefixed(" They hold 12*31=37"), /inside the result 372/],
  ["a call after its result", prefixed(" They hold 12*31=372"), /already: the step is late/],
  ["a reject where a call is due", prefixed(" They hold 12*31=", reject), /a call of multiply is due/],
  ["a reject within a result", prefixed(" They hold 12*31=3", reject), /inside the result/],
  ["a reject after a result", prefixed(" They hold 12*31=372", reject), undefined],
  ["another text", prefixed(" It holds"), /no text has this question/],
] as const) {
  test(`a published row beside its text: ${title}`, async (t) => {
    const file = await scratchFile(t, json(record));
    const { misaligned } = await readMinedRows(file, { examples: [example] });
    t.is(misaligned.length, reason === undefined ? 0 : 1);
    if (reason !== undefined) t.regex(misaligned[0]!.reason, reason);
  });
}

test("own rows are compared with texts when these are given", async (t) => {
  const file = await scratchFile(t, lines(row, { ...row, id: "0:41", text: " They hold 12*31=3" }));
  const { misaligned } = await readMinedRows(file, { examples: [example] });
  t.deepEqual(
    misaligned.map(({ id, line }) => [id, line]),
    [["0:41", 3]],
  );
  const generated = await scratchFile(t, lines({ ...row, generated: true, text: " Of their own" }));
  t.deepEqual((await readMinedRows(generated, { examples: [example] })).misaligned, []);
});

for (const [title, content, code, message] of [
  ["an empty file", "", "FILE_INVALID", /empty/],
  ["no row", lines(), "FILE_INVALID", /at least one mined row/],
  ["no JSON", lines(row) + "{", "RECORD_INVALID", /rows\.jsonl:3: Expected JSON/],
  ["an array", lines(row) + "[1]\n", "RECORD_INVALID", /:3: Expected a JSON object/],
  [
    "fields of something else",
    json({ question: "a" }),
    "RECORD_INVALID",
    /:1: Expected the fields of mined rows/,
  ],
  ["a row twice", lines(row, row), "RECORD_INVALID", /:3: Expected an id that line 2 does not have/],
  ["a label without its kind", lines({ ...row, label: "REJ" }), "RECORD_INVALID", /:2:.*label/],
  ["a kind without its label", lines({ ...reject, label: "add" }), "RECORD_INVALID", /:2:.*REJ.*label/],
  [
    "a logit that is a text",
    lines({ ...row, margin: "1" }),
    "RECORD_INVALID",
    /:2: Expected a number for margin/,
  ],
  ["a tool without a name", lines({ ...row, tools: [{ logit: 1 }] }), "RECORD_INVALID", /tools\[0\]\.tool/],
  ["no candidates", lines({ ...row, tools: [] }), "RECORD_INVALID", /:2:.*tools/],
  [
    "candidates in another order",
    lines({ ...row, tools: row.tools.toReversed() }),
    "RECORD_INVALID",
    /descending/,
  ],
  [
    "a candidate twice",
    lines({ ...row, tools: [row.tools[0], row.tools[0]] }),
    "RECORD_INVALID",
    /different tools/,
  ],
  ["gold that is not where it says", lines({ ...row, goldInTop: false }), "RECORD_INVALID", /goldInTop/],
  [
    "a tool of none",
    lines({ ...row, tools: [{ ...row.tools[0], tool: "sing" }], goldInTop: false }),
    "RECORD_INVALID",
    /first line/,
  ],
  [
    "a version to come",
    lines(row).replace('"format_version":1', '"format_version":2'),
    "RECORD_INVALID",
    /:1:.*format_version/,
  ],
  [
    "probabilities that are missing",
    json(published({ candidate_probs: [] })),
    "RECORD_INVALID",
    /2 probabilities/,
  ],
  ["ids that are missing", json(published({ candidate_tool_ids: [1] })), "RECORD_INVALID", /2 ids/],
  [
    "a probability above 1",
    json(published({ candidate_probs: [1.5, 0.1] })),
    "RECORD_INVALID",
    /candidate_probs\[0\]/,
  ],
  ["gold that is no candidate", json(published({ gold_label: "<power>" })), "RECORD_INVALID", /gold_label/],
  ["gold that is a tool and REJ", json(published({ gold_label: "REJ" })), "RECORD_INVALID", /gold_is_tool/],
  ["a margin of other logits", json(published({ logit_margin: 7 })), "RECORD_INVALID", /logit_margin/],
  [
    "two ids of one tool",
    json(published({}), published({ position: 3, candidate_tool_ids: [2, 0] })),
    "RECORD_INVALID",
    /:2:.*candidate_tool_ids/,
  ],
] as const) {
  test(`refuses ${title}`, async (t) => {
    await rejectsWith(t, readMinedRows(await scratchFile(t, content, "rows.jsonl")), code, message);
  });
}

test("refuses rows of other tools and models", async (t) => {
  const own = await scratchFile(t, lines(reject, row), "rows.jsonl");
  const tools = (...names: string[]): Promise<unknown> => readMinedRows(own, { tools: names });
  await rejectsWith(t, tools("add", "power"), "UNKNOWN_TOOL", /:2:.*multiply, which is not given/);
  await rejectsWith(t, tools("add", "multiply", "power", "ln"), "UNKNOWN_TOOL", /without the tool ln/);
  const other = { ...identity, fingerprint: "0".repeat(64) };
  await rejectsWith(t, readMinedRows(own, { for: other }), "MODEL_MISMATCH", /mined rows/);
  await t.notThrowsAsync(readMinedRows(own, { for: other, force: true }));
  const wider = { ...identity, embeddingLength: 9 };
  await rejectsWith(t, readMinedRows(own, { for: wider, force: true }), "MODEL_MISMATCH");
  const foreign = await scratchFile(t, json(published({})));
  await t.notThrowsAsync(readMinedRows(foreign, { tools: ["add", "multiply", "ln"] }));
  await rejectsWith(t, readMinedRows(foreign, { tools: ["add"] }), "UNKNOWN_TOOL", /multiply/);
  await rejectsWith(t, readMinedRows("/nowhere/rows.jsonl"), "FILE_NOT_FOUND");
});
