import test from "ava";
import type { Model } from "../../../../src/index.js";
import { modelWriter } from "../../../../src/training/definitions/synthesis/model-writer.js";
import type { WritingJob } from "../../../../src/training/index.js";
import { rejectsWith } from "../../../support/errors.js";
import { loadTestModel, models } from "../../../support/models.js";
import { officeTools } from "../tools.js";

const job: WritingJob = {
  tool: officeTools[0]!,
  summary: "get weather: Current weather and forecast for a city.",
  others: ["send mail: Sends an e-mail."],
  tasks: [
    { style: "casual", values: { city: "Porto" }, seed: 1 },
    { style: "keywords", values: {}, seed: 2 },
    { style: "indirect", values: {}, seed: 3 },
  ],
};

let model: Model;
test.before(async () => {
  model = await loadTestModel(models.nano);
});
test.after.always(async () => {
  await model.dispose();
});

for (const family of ["few-shot", "user-turn"] as const) {
  test(`${family}: a text per task, the same whatever the number of sequences`, async (t) => {
    const texts: (readonly string[])[] = [];
    for (const parallel of [1, 3]) {
      const writer = await modelWriter(model, { family, parallel, threads: 1, maxTokens: 6, temperature: 0 });
      try {
        texts.push(await writer.write(job));
        t.deepEqual(await writer.write(job), texts.at(-1)!);
      } finally {
        await writer.dispose();
      }
    }
    t.is(texts[0]!.length, 3);
    t.deepEqual(texts[0], texts[1]);
    t.false(texts[0]!.join("").trim() === "");
  });
}

test("an aborted job ends, the writer goes on", async (t) => {
  const writer = await modelWriter(model, { threads: 1, maxTokens: 200 });
  try {
    const abort = new AbortController();
    const written = writer.write(job, abort.signal);
    setTimeout(() => {
      abort.abort();
    }, 20);
    await rejectsWith(t, written, "ABORTED");
    t.is((await writer.write(job)).length, 3);
  } finally {
    await writer.dispose();
  }
});
