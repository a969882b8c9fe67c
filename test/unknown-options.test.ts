import test from "ava";
import {
  buildFromSource,
  createEngine,
  type Engine,
  importHead,
  importReranker,
  loadModel,
  type Model,
  pullModel,
  quantizeModel,
  Reranker,
  ToolHead,
  trainHead,
} from "../src/index.js";
import { toolken } from "../src/integrations/ai-sdk/index.js";
import { mcpTools, openMcpServers } from "../src/integrations/mcp/index.js";
import { annotate, readSolutions } from "../src/lab/annotation/index.js";
import { prepareDataSet, writePrepared } from "../src/lab/datasets/index.js";
import { compareRuns, evaluate, evaluateSelection, readRun } from "../src/lab/evaluation/index.js";
import { readExperiment, resultsPage, runExperiment } from "../src/lab/experiments/index.js";
import { mineRows, readMinedRows } from "../src/lab/mining/index.js";
import { plotSpec, writePlot } from "../src/lab/plots/index.js";
import { generateWordProblems, toolModeText } from "../src/lab/word-problems/index.js";
import {
  alignExample,
  evaluateHead,
  extractFeatures,
  Features,
  foldExamples,
  onPolicyExamples,
  readTrainingExamples,
  requestFeatures,
  solveHead,
  splitExamples,
  synthesizeRequests,
  trainHeadOnFeatures,
  trainReranker,
  trainSelection,
  updateHead,
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
const head = (): ToolHead => ToolHead.create({ tools: ["add"], weights: new Float32Array(4) });

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
test("createContext", rejects, (options: never) => model.createContext(options), "batchsize", "batchSize");
test(
  "encode",
  rejects,
  (options: never) => model.tokenizer.encode("x", options),
  "parse_special",
  "parseSpecial",
);
test("ToolHead.create", rejects, (options: never) => ToolHead.create(options), "weight", "weights");
test("ToolHead.load", rejects, (options: never) => ToolHead.load("nano", options), "forced", "force");
test("ToolHead.save", rejects, (options: never) => head().save("x", options), "typ", "type");
test("ToolHead.merge", rejects, (options: never) => head().merge(head(), options), "forced", "force");
test(
  "assertFits",
  rejects,
  (options: never) => {
    head().assertFits(nothing, options);
  },
  "forced",
  "force",
);
test("importHead", rejects, (options: never) => importHead("x", options), "tool", "tools");
test("Reranker.of", rejects, (options: never) => Reranker.of(options), "topk", "topK");
test("Reranker.load", rejects, (options: never) => Reranker.load("nano", options), "tool", "tools");
test("importReranker", rejects, (options: never) => importReranker("x", options), "topk", "topK");
test("buildFromSource", rejects, (options: never) => buildFromSource(options), "sources", "source");
test(
  "readTrainingExamples",
  rejects,
  (options: never) => readTrainingExamples("x", options),
  "formt",
  "format",
);
test("foldExamples", rejects, (options: never) => foldExamples([], options), "fold", "folds");
test(
  "alignExamples",
  rejects,
  (options: never) => alignExample(nothing, nothing, options),
  "includequestion",
  "includeQuestion",
);
test("Features.load", rejects, (options: never) => Features.load("x", options), "forced", "force");
test("evaluateHead", rejects, (options: never) => evaluateHead(nothing, nothing, options), "biass", "bias");
test("updateHead", rejects, (options: never) => updateHead(model, head(), options), "pertool", "perTool");
test(
  "synthesizeRequests",
  rejects,
  (options: never) => synthesizeRequests([], options),
  "pertool",
  "perTool",
);
test("toolken", rejects, (options: never) => toolken(engine, options), "modelID", "modelId");
test("mcpTools", rejects, (options: never) => mcpTools({}, options), "timeOut", "timeout");
test(
  "openMcpServers",
  rejects,
  (options: never) => openMcpServers({ mcpServers: {} }, options),
  "stdErr",
  "stderr",
);
test("readSolutions", rejects, (options: never) => readSolutions("x", options), "from", "form");
test("prepareDataSet", rejects, (options: never) => prepareDataSet("funcqa", "x", options), "tool", "tools");
test("writePrepared", rejects, (options: never) => writePrepared("x", nothing, options), "signals", "signal");
test("readRun", rejects, (options: never) => readRun("package.json", options), "partal", "partial");
test("compareRuns", rejects, (options: never) => compareRuns(nothing, nothing, options), "sed", "seed");
test("readExperiment", rejects, (options: never) => readExperiment("x", options), "variable", "variables");
test("resultsPage", rejects, (options: never) => resultsPage([], options), "comand", "command");
test("readMinedRows", rejects, (options: never) => readMinedRows("x", options), "forced", "force");
test("plotSpec", rejects, (options: never) => plotSpec("matches", ["x"], options), "measur", "measure");
test(
  "writePlot",
  rejects,
  (options: never) => writePlot("matches", ["x"], "x.svg", options),
  "scal",
  "scale",
);
test(
  "generateWordProblems",
  rejects,
  (options: never) => generateWordProblems(options),
  "operator",
  "operators",
);
test(
  "toolModeText",
  rejects,
  (options: never) => toolModeText(nothing, 0, options),
  "demonstration",
  "demonstrations",
);
test("annotate", rejects, (options: never) => annotate(nothing, [], options), "treshold", "threshold");
