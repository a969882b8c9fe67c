import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import test from "ava";
import { readPredictions } from "../../src/lab/evaluation/predictions.js";
import { parseAnswer } from "../../src/metrics/answer.js";
import { answerMetrics } from "../../src/metrics/answers.js";

test("counts exact and approximate matches separately", (t) => {
  const metrics = answerMetrics([
    { prediction: "0.39", gold: 0.3936 },
    { prediction: "1000.5", gold: 1000.8 },
    { prediction: "5", gold: 5 },
    { prediction: null, gold: 5 },
  ]);
  t.deepEqual(metrics, {
    questions: 4,
    exactMatches: 2,
    approximateMatches: 2,
    unanswered: 1,
    exactMatch: 0.5,
    approximateMatch: 0.5,
  });
});

test("no questions", (t) => {
  const { exactMatch, approximateMatch, questions } = answerMetrics([]);
  t.deepEqual([exactMatch, approximateMatch, questions], [0, 0, 0]);
});

const outputs = path.resolve(process.env.TOOLKEN_DATA ?? "../shared/data", "outputs");
const expectedFile = path.join(outputs, "expected_metrics.json");
const published = existsSync(expectedFile)
  ? (JSON.parse(readFileSync(expectedFile, "utf8")) as Record<
      string,
      { n: number; em: number; approx: number }
    >)
  : {};

async function score(file: string, parse: boolean): Promise<{ n: number; em: number; approx: number }> {
  const predictions = await readPredictions(path.join(outputs, file));
  const { questions, exactMatch, approximateMatch } = answerMetrics(
    predictions.map(({ prediction, generation, gold }) => ({
      prediction: parse ? parseAnswer(generation) : prediction,
      gold,
    })),
  );
  return { n: questions, em: exactMatch, approx: approximateMatch };
}

for (const [file, figures] of Object.entries(published)) {
  test(`the published figures of ${file}, from its stored answers`, async (t) => {
    t.deepEqual(await score(file, false), figures);
  });
  test(`the published figures of ${file}, from its texts`, async (t) => {
    // The published GSM8K-XL script takes all that follows ####, so its stored answer to one question is
    // "27.0 hours", which is no number to it; the last number of that text is right.
    const more = file.startsWith("gsm8k") ? 1 : 0;
    const { n, em, approx } = await score(file, true);
    t.is(n, figures.n);
    t.is(em, (Math.round(figures.em * n) + more) / n);
    t.is(approx, (Math.round(figures.approx * n) + more) / n);
  });
}
if (Object.keys(published).length === 0) {
  test.skip("the published figures", (t) => {
    t.fail("no prediction files");
  });
}
