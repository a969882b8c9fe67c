import test from "ava";
import {
  createEngine,
  type Engine,
  loadModel,
  type Model,
  pullModel,
  quantizeModel,
  trainHead,
} from "../src/index.js";
import { annotate } from "../src/lab/annotation/index.js";
import { evaluate, evaluateSelection } from "../src/lab/evaluation/index.js";
import { runExperiment } from "../src/lab/experiments/index.js";
import { mineRows } from "../src/lab/mining/index.js";
import {
  extractFeatures,
  onPolicyExamples,
  requestFeatures,
  solveHead,
  splitExamples,
  trainHeadOnFeatures,
  trainReranker,
  trainSelection,
} from "../src/training/index.js";
import { loadTestModel, models } from "./support/models.js";
import { rejectsWith } from "./support/errors.js";

let model: Model;
let engine: Engine;
test.before(async () => {
  model = await loadTestModel(models.nano);
  engine = await createEngine(model, { contextSize: 512, parallel: 1 });
});
test.after.always(async () => {
  await engine.dispose();
  await model.dispose();
});

// Options are checked before anything else: no other argument needs to make sense.
const nothing = undefined as never;
type Call = (options: never) => unknown;

const rejects = test.macro({
  exec: async (t, call: Call, option: string, meant: string) => {
    const options = { [option]: 1 } as never;
    const error = await rejectsWith(
      t,
      // eslint-disable-next-line @typescript-eslint/require-await -- some of them throw at once
      (async () => call(options))(),
      "INVALID_ARGUMENT",
      new RegExp(`no option ${option}`, "u"),
    );
    t.is(error?.hint, `Did you mean ${meant}?`);
  },
  title: (name = "", _call: Call, option: string, meant: string) => `${name}: ${option} is ${meant}`,
});

test("loadModel", rejects, (options: never) => loadModel("nano", options), "gpulayers", "gpuLayers");
test("pullModel", rejects, (options: never) => pullModel("x", options), "foldr", "folder");
test("quantizeModel", rejects, (options: never) => quantizeModel("nano", "x", options), "typ", "type");
test("createEngine", rejects, (options: never) => createEngine(model, options), "tool", "tools");
test(
  "createEngine",
  rejects,
  (options: never) => createEngine(model, options),
  "placement",
  "advanced.placement",
);
test("generate", rejects, (options: never) => engine.generate(options), "maxOutputToken", "maxOutputTokens");
test("stream", rejects, (options: never) => engine.stream(options).next(), "temprature", "temperature");
test("chat", rejects, (options: never) => engine.chat(options), "systm", "system");
test("send", rejects, (options: never) => engine.chat().send("x", options), "toolchoice", "toolChoice");
test(
  "trainHead",
  rejects,
  (options: never) => trainHead(nothing, { ...(options as object), examples: [] } as never),
  "heldOut",
  "validationSplit",
);
test(
  "trainHead",
  rejects,
  (options: never) => trainHead(nothing, { ...(options as object), examples: [] } as never),
  "learningRate",
  "advanced.learningRate",
);
test(
  "trainHead",
  rejects,
  (options: never) => trainHead(nothing, { ...(options as object), tools: ["add"] } as never),
  "pertool",
  "perTool",
);
test(
  "trainHeadOnFeatures",
  rejects,
  (options: never) => trainHeadOnFeatures(nothing, options),
  "l2",
  "advanced.l2",
);
test(
  "trainSelection",
  rejects,
  (options: never) => trainSelection(nothing, options),
  "shrinkage",
  "advanced.shrinkage",
);
test(
  "trainReranker",
  rejects,
  (options: never) => trainReranker(nothing, options),
  "heldOut",
  "validationSplit",
);
test("extractFeatures", rejects, (options: never) => extractFeatures(nothing, options), "promp", "prompt");
test(
  "requestFeatures",
  rejects,
  (options: never) => requestFeatures(nothing, options),
  "request",
  "requests",
);
test(
  "onPolicyExamples",
  rejects,
  (options: never) => onPolicyExamples(nothing, options),
  "paralel",
  "parallel",
);
test("solveHead", rejects, (options: never) => solveHead(nothing, options), "lr", "learningRate");
test("splitExamples", rejects, (options: never) => splitExamples([], options), "heldOut", "validationSplit");
test("evaluate", rejects, (options: never) => evaluate(nothing, [], options), "maxTokens", "maxOutputTokens");
test(
  "evaluateSelection",
  rejects,
  (options: never) => evaluateSelection(nothing, options),
  "partal",
  "partial",
);
test("runExperiment", rejects, (options: never) => runExperiment("x.yaml", options), "variable", "variables");
test("mineRows", rejects, (options: never) => mineRows(nothing, options), "fold", "folds");
test("annotate", rejects, (options: never) => annotate(nothing, [], options), "treshold", "threshold");
