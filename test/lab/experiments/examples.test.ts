// The examples are read as they stand, whatever variables point to.
import { readdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import test from "ava";
import { dataSetNames } from "../../../src/lab/datasets/index.js";
import { readExperiment } from "../../../src/lab/experiments/index.js";

const folder = fileURLToPath(new URL("../../../../examples/experiments/", import.meta.url));

test("every example is an experiment, and every data set with a figure of its own has one", async (t) => {
  const used = new Set<string>();
  for (const file of await readdir(folder)) {
    const { spec } = await readExperiment(folder + file, { variables: { data: "/d", models: "/m" } });
    t.true(spec.methods.length >= 2 || spec.models.length >= 2, file);
    for (const { dataset } of spec.data) used.add(dataset!);
  }
  // GSM8K has only training texts here.
  t.deepEqual([...used].sort(), dataSetNames.filter((name) => name !== "gsm8k").sort());
});
