import test from "ava";
import type { Model } from "../../src/index.js";
import { loadTestModel, models } from "../support/models.js";

const loaded: Model[] = [];
test.after.always(async () => {
  for (const model of loaded) await model.dispose();
});

for (const [name, path] of Object.entries(models)) {
  const check = path === undefined ? test.skip : test;
  let model: Model;
  if (path !== undefined) {
    test.before(async () => {
      model = await loadTestModel(path);
      loaded.push(model);
    });
  }

  check(`${name}: text survives encoding and decoding`, (t) => {
    const texts = ["Q: 12,5 % of $1,234.56?\nA:", "Grüße, мир 🌍👩‍👩‍👧 ✓", "  leading and trailing  ", ""];
    for (const text of texts) t.is(model.tokenizer.decode(model.tokenizer.encode(text)), text);
  });

  check(`${name}: characters split over tokens come out whole`, (t) => {
    const text = "a🌍b👩‍👩‍👧c";
    const decoder = model.tokenizer.decoder();
    const parts = [...model.tokenizer.encode(text)].map((token) => decoder.write(token));
    t.is(parts.join("") + decoder.end(), text);
    t.false(parts.some((part) => part.includes("\uFFFD")));
  });

  check(`${name}: the pieces of a text are its bytes`, (t) => {
    const text = "17 * 23 = 391 ✓";
    const pieces = [...model.tokenizer.encode(text)].map((token) => model.tokenizer.piece(token));
    t.is(Buffer.concat(pieces).toString("utf8"), text);
  });

  check(`${name}: control tokens in text of others are plain text`, (t) => {
    const { tokenizer, facts } = model;
    if (facts.eos === null) return t.pass();
    const name = Buffer.from(tokenizer.piece(facts.eos)).toString();
    t.false([...tokenizer.encode(name)].includes(facts.eos));
    t.true([...tokenizer.encode(name, { parseSpecial: true })].includes(facts.eos));
    t.true(tokenizer.isEndOfGeneration(facts.eos));
    t.true(tokenizer.isControl(facts.eos));
  });

  check(`${name}: tokens that lengthen a number are known`, (t) => {
    const { tokenizer } = model;
    t.true(tokenizer.startsWithDigit(tokenizer.encode("7")[0]!));
    t.false(tokenizer.startsWithDigit(tokenizer.encode("a")[0]!));
  });

  check(`${name}: refuses ids outside of the vocabulary`, (t) => {
    for (const token of [-1, model.facts.vocabularySize, 0.5, Number.NaN]) {
      t.throws(() => model.tokenizer.piece(token), { code: "INVALID_ARGUMENT", message: /token id/u });
    }
    t.throws(() => model.tokenizer.encode(5 as never), { code: "INVALID_ARGUMENT" });
  });
}
