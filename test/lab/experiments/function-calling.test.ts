// The rival, on the embedded model: what it costs is the measurement, so it must end in time.
import test from "ava";
import { openFunctionCalling } from "../../../src/lab/experiments/methods/function-calling.js";
import { mathTools } from "../../../src/index.js";
import { rejectsWith } from "../../support/errors.js";
import { loadTestModel, models } from "../../support/models.js";
import type { MethodSetup } from "../../../src/lab/experiments/methods/method.js";

const QUESTION = "What is 12 plus 30?";

test("answers end at their tokens, calls included, one question after the other", async (t) => {
  await using model = await loadTestModel(models.nano);
  const tools = mathTools.slice(0, 2);
  const answering = await openFunctionCalling({ model, tools, answer: {} } as unknown as MethodSetup);
  const maxTokens = 24;
  for (let n = 0; n < 2; n++) {
    const answer = await answering.generate({ prompt: QUESTION, maxOutputTokens: maxTokens });
    t.true(answer.usage.details.decodedTokens > 0);
    t.true(answer.usage.details.textTokens <= 3 * maxTokens);
    t.true(["end", "length"].includes(answer.finishReason));
  }
  const controller = new AbortController();
  controller.abort();
  await rejectsWith(
    t,
    answering.generate({ prompt: QUESTION, maxOutputTokens: maxTokens, signal: controller.signal }),
    "ABORTED",
  );
  await answering[Symbol.asyncDispose]();
});
