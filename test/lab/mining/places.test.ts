import test from "ava";
import { alignExample } from "../../../src/training/align.js";
import type { TrainingExample } from "../../../src/examples/example.js";
import { createFrame } from "../../../src/training/frame.js";
import { TextPlaces } from "../../../src/lab/mining/places.js";
import { models, loadTestModel } from "../../support/models.js";

/** A tokenizer of single bytes: steps lie inside of characters. */
const bytes = {
  addsBos: true,
  bos: 256,
  encode: (text: string) => Int32Array.from(Buffer.from(text)),
  piece: (token: number) => Uint8Array.of(token),
};
const toolIndex = new Map([["add", 0]]);
const asked = "Q: 2€+3€?\nA:";
const example: TrainingExample = {
  text: `${asked} 2€+3€= 5€.`,
  questionEnd: asked.length,
  calls: [{ tool: "add", start: asked.length + 8, end: asked.length + 9, args: "2, 3", result: "5" }],
};

test("every step has the whole characters before it", (t) => {
  const prefix = "Ünder a prompt\n\n";
  const framed = {
    ...example,
    text: prefix + example.text,
    questionEnd: prefix.length + asked.length,
    calls: example.calls.map((call) => ({
      ...call,
      start: call.start + prefix.length,
      end: call.end + prefix.length,
    })),
  };
  const places = new TextPlaces(example, alignExample(bytes, framed, { toolIndex }));
  const answer = example.text.slice(asked.length);
  const texts = Array.from({ length: places.count }, (_, step) => places.at(step).text);
  // A step per byte of the answer; the space before the result is a token of its own.
  t.is(texts.length, Buffer.byteLength(answer));
  t.deepEqual(texts.slice(0, 6), ["", " ", " 2", " 2", " 2", " 2€"]);
  t.is(texts.at(-1), answer.slice(0, -1));
  texts.forEach((text, step) => {
    t.is(places.at(step).offset, asked.length + text.length);
    t.is(places.position(step), Buffer.byteLength(asked) + step);
  });
});

const { smollm2 } = models;
(smollm2 === undefined ? test.skip : test)("in a chat the answer begins after the template", async (t) => {
  await using model = await loadTestModel(smollm2!);
  const frame = createFrame(model, [example], {
    prompt: "Q: [QUESTION]\nA:",
    chat: true,
    includeQuestion: false,
  });
  const framed = frame.frame(example);
  if (typeof framed === "string") return t.fail(framed);
  const aligned = alignExample(model.tokenizer, framed.example, {
    toolIndex,
    prefix: framed.prefix!,
    addSpecial: false,
  });
  const places = new TextPlaces(example, aligned);
  t.deepEqual(places.at(0), { offset: asked.length + 1, text: "" });
  const tool = Array.from({ length: places.count }, (_, step) => places.at(step)).find(
    ({ text }) => text === "2€+3€=",
  );
  t.is(tool?.offset, example.calls[0]!.start - 1);
  t.is(places.position(0), 0);
});
