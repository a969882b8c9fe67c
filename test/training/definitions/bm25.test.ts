import test from "ava";
import { Bm25, searchWords } from "../../../src/training/definitions/bm25.js";

const documents = [
  "get weather: forecast for a city, rain and wind",
  "convert currency: euros into dollars",
  "city guide: museums of a city, restaurants of the city",
];

test("words of a search are lower-case, without stop words and plural s", (t) => {
  t.deepEqual(searchWords("What are the getForecasts for glass cities?"), ["forecast", "glass", "citie"]);
});

test("the document with the rarest common words comes first", (t) => {
  const index = new Bm25(documents);
  t.is(index.ranking("will it rain in the city")[0], 0);
  t.is(index.ranking("dollars")[0], 1);
  t.deepEqual(index.ranking("museums in this city").slice(0, 1), [2]);
  t.deepEqual(index.ranking("zebra"), []);
});

test("scores are those of the formula", (t) => {
  const index = new Bm25(["apple pear", "apple"], { k1: 1.2, b: 0.75 });
  const idf = Math.log(1 + 1.5 / 1.5);
  const norm = 1.2 * (1 - 0.75 + (0.75 * 2) / 1.5);
  t.true(Math.abs(index.scores("pear")[0]! - (idf * 2.2) / (1 + norm)) < 1e-12);
  t.is(index.scores("pear")[1], 0);
});
