import { availableParallelism } from "node:os";
import test from "ava";
import { rejectsWith } from "../support/errors.js";
import { loadTestModel, models } from "../support/models.js";

test("threads are never more than the CPUs that the process may use", async (t) => {
  await using model = await loadTestModel(models.nano, { threads: 1000 });
  await using context = await model.createContext({ contextSize: 256 });
  t.true(context.threads <= availableParallelism());
  const { ids } = await context.prefill(0, model.tokenizer.encode("Q: What is 2 plus 3?"), { top: 1 });
  t.is(ids.length, 1);
  await using more = await model.createContext({ contextSize: 256, threads: 1024 });
  t.is(more.threads, context.threads);
  await rejectsWith(t, loadTestModel(models.nano, { threads: 1025 }), "INVALID_ARGUMENT");
  await rejectsWith(t, model.createContext({ threads: 1025 }), "INVALID_ARGUMENT");
});
