// From mined rows to a reranker in one call: prompts, hidden states, solve, report.
import { basename } from "node:path";
import { splitExamples } from "../../examples/split.js";
import { ToolkenError, invalidArgument, throwIfAborted } from "../../errors.js";
import type { HeadModelFacts } from "../../head/model-identity.js";
import type { Model } from "../../model/model.js";
import { resolveDocumentation } from "../../reranker/prompt.js";
import { Reranker } from "../../reranker/reranker.js";
import { toolSet, type ToolSet } from "../../tools/index.js";
import { readFoldHeads } from "./fold-heads.js";
import type { SolverReport } from "../report.js";
import { l2Values, type Solution, solverFields } from "../solver.js";
import { timed } from "../timed.js";
import { resolveOptions } from "../../utils/options.js";
import { type ResolvedReranker, trainRerankerOptions, type TrainRerankerOptions } from "./options.js";
import type { RowSolve } from "./choose-l2.js";
import { decisionsOf, judgeFolds, judgeHeldOut, type JudgeTask } from "./judge.js";
import { readHiddenStates } from "./hidden-states.js";
import { readDocumentation, readRerankRows } from "./read-rows.js";
import { RerankFeatures } from "./rerank-features.js";
import { rerankMetrics, rerankTradeOff, type RerankDecision, type RerankMetrics } from "./rerank-metrics.js";
import { type RerankInputs, rerankInputs } from "./rerank-prompts.js";
import type { RerankReport } from "./rerank-report.js";
import { type RerankExample, rerankExamples } from "./rerank-rows.js";
import { type RerankProblem, solveReranker } from "./solve-reranker.js";

/** A reranker with the report of its training. */
export type TrainedReranker = Reranker & { readonly metadata: RerankReport };

/**
 * Trains a reranker (Toolken+, arXiv 2410.12004): one forward pass over the rows' prompts, then a convex problem with
 * one optimum. Equal input gives equal weights.
 *
 * @throws `INVALID_ARGUMENT`, `UNKNOWN_TOOL` (rows or a head of other tools, a tool without documentation),
 * `MODEL_MISMATCH` (rows, head or kept hidden states of another model), `CONTEXT_FULL` (no prompt fits the model's
 * context), `RECORD_INVALID` (file and line), `FILE_NOT_FOUND`, `FILE_INVALID` (kept hidden states of other prompts),
 * `DECODE_FAILED`, `IO`, `ABORTED`, `DISPOSED`.
 *
 * @example
 * const reranker = await trainReranker(model, { rows: "mined.jsonl", tools: mathTools, head });
 * console.log(formatRerankReport(reranker.metadata));
 * await reranker.save("reranker.safetensors");
 */
export async function trainReranker(model: Model, given: TrainRerankerOptions): Promise<TrainedReranker> {
  const begin = performance.now();
  const options = resolveOptions(trainRerankerOptions, given, "trainReranker");
  const { head, force, validationSplit, seed, refit, threads, signal } = options;
  const { outside, classWeights, prior: hasPrior, ...solver } = options.advanced;
  const tools = toolSet(options.tools);
  if (tools.size === 0) throw invalidArgument("at least one tool", "tools", []);
  throwIfAborted(signal);
  const identity = { ...(await model.identity()), fileName: basename(model.path) };
  if (head !== undefined) {
    head.assertFits(identity, { force });
    assertSameTools(head.tools, tools);
  }
  if (options.foldHeads !== undefined && hasPrior && head === undefined) {
    throw invalidArgument("the head of all folds beside foldHeads", "head", head, {
      hint: "What is judged with the folds' heads as priors has that head as its own.",
    });
  }
  const documentation = resolveDocumentation(tools, await readDocumentation(options.documentation ?? {}));
  const read = await readRerankRows(options.rows, tools.names, { for: identity, force });
  const { examples, topK } = rerankExamples(read.rows, tools, { topK: options.topK, outside });
  const prompts = await rerankInputs(model, examples, tools, documentation, signal);

  const features = await timed(() => keptOrRead(model, prompts, identity, options));
  const { h, tokens } = features.value;
  const problem = problemOf(examples, prompts, tools.names, h);
  const prior = hasPrior ? head : undefined;
  const { method, maxIterations, tolerance, learningRate, epochs, batchSize, weightDecay } = solver;
  // Adam decays weights instead.
  const values = method === "adam" ? [solverFields.l2.def.defaultValue] : l2Values(solver.l2);
  const rerankerOf = ({ weights }: Solution, metadata: Record<string, unknown> = {}): Reranker =>
    Reranker.of({ tools: tools.names, weights, topK, model: identity, documentation, metadata });
  const solve = (phase: "solve" | "refit", how: RowSolve): Promise<Solution> =>
    solveReranker(problem, {
      ...{ method, maxIterations, tolerance, learningRate, epochs, batchSize, weightDecay },
      ...{ classWeights, seed, threads, signal },
      ...how,
      onProgress: ({ done, total, loss }) => {
        options.onProgress?.({ phase, done, total, loss });
      },
    });
  const task: JudgeTask = {
    problem,
    examples,
    exampleOf: prompts.inputs.map(({ example }) => example),
    values,
    seed,
    prior,
    rerankerOf,
    solve: (how) => solve("solve", how),
  };
  const { settings } = read;
  const folds = read.rows.map(({ fold }) => fold ?? 0);
  const foldHeads = await readFoldHeads(options.foldHeads, { folds, settings }, tools);
  for (const one of foldHeads?.values() ?? []) one.assertFits(identity, { force });
  const everything = [...prompts.inputs.keys()];
  const judged = await timed(() =>
    foldHeads === undefined
      ? judgeHeldOut(task, holdOut(examples, validationSplit, seed))
      : judgeFolds(task, hasPrior ? foldHeads : undefined),
  );
  const { l2, trials, solution } = judged.value;

  options.onProgress?.({ phase: "evaluation", done: 0, total: 1 });
  const measuring = performance.now();
  const held = judged.value.heldOut;
  const metrics = (of: readonly RerankDecision[]): RerankMetrics => rerankMetrics(of, tools.names);
  const measuredOn = {
    heldOut: held.length === 0 ? null : metrics(held),
    asked: held.length === 0 ? null : metrics(held.filter(({ example }) => example.row.margin > 0)),
    tradeOff: held.length === 0 ? [] : rerankTradeOff(held),
  };
  const evaluationSeconds = (performance.now() - measuring) / 1000;
  options.onProgress?.({ phase: "evaluation", done: 1, total: 1 });

  // Folds leave no reranker that could be kept: the one on all rows is always solved.
  const again = await timed(async () =>
    foldHeads !== undefined || (refit && held.length > 0)
      ? solve("refit", { l2, prior, rows: everything, start: solution?.weights })
      : null,
  );
  // An abort during the last iterations comes too late for the solver to notice.
  throwIfAborted(signal);
  const measured = solution ?? again.value!;
  const train = judged.value.train ?? decisionsOf(task, rerankerOf(measured), everything);

  const report: RerankReport = {
    settings: {
      method,
      l2,
      heldOut: validationSplit,
      seed,
      topK,
      outside,
      classWeights,
      prior: prior !== undefined,
      refit: foldHeads !== undefined || refit,
      judged: foldHeads === undefined ? "held-out" : "folds",
    },
    rows: read.rows.length,
    texts: new Set(read.rows.map(({ example }) => example)).size,
    learnt: everything.length,
    outOfReach: examples.filter(({ inReach }) => !inReach).length,
    tokens,
    tokensPerSecond: tokens === 0 ? null : tokens / features.seconds,
    seconds: {
      features: features.seconds,
      solve: judged.seconds,
      evaluation: evaluationSeconds,
      refit: again.value === null ? 0 : again.seconds,
      total: (performance.now() - begin) / 1000,
    },
    trials,
    solver: solverReport(measured, judged.value.learnt ?? everything.length),
    refit: again.value === null || solution === null ? null : solverReport(again.value, everything.length),
    train: metrics(train),
    ...measuredOn,
    problems: [...read.problems, ...prompts.problems],
  };
  return rerankerOf(again.value ?? measured, { ...report }) as TrainedReranker;
}

function assertSameTools(ofHead: readonly string[], tools: ToolSet): void {
  const missing = tools.names.find((tool) => !ofHead.includes(tool));
  const other = ofHead.find((tool) => !tools.has(tool));
  if (missing === undefined && other === undefined) return;
  const what =
    missing === undefined
      ? `The head has the tool ${JSON.stringify(other)}, which is not given`
      : `The head has no tool ${JSON.stringify(missing)}`;
  throw new ToolkenError("UNKNOWN_TOOL", what, {
    hint: `A reranker has the tools of its head: ${ofHead.slice(0, 20).join(", ")}.`,
  });
}

/** (N, d): from the file, or by the forward pass. */
async function keptOrRead(
  model: Model,
  { inputs, digest }: RerankInputs,
  identity: HeadModelFacts,
  options: ResolvedReranker,
): Promise<{ readonly h: Float32Array; readonly tokens: number }> {
  const { features: path, signal, threads } = options;
  await using features = await RerankFeatures.open({ path, digest, model: identity, count: inputs.length });
  const missing = features.missing();
  let done = inputs.length - missing.length;
  const tokens = await readHiddenStates(model, inputs, missing, {
    batchSize: options.advanced.featureBatchSize,
    threads,
    signal,
    onRows: async (rows) => {
      await features.add(rows);
      done += rows.length;
      options.onProgress?.({ phase: "features", done, total: inputs.length });
    },
  });
  await features.finish(signal);
  return { h: features.h, tokens };
}

function problemOf(
  examples: readonly RerankExample[],
  { inputs }: RerankInputs,
  tools: readonly string[],
  h: Float32Array,
): RerankProblem {
  const learnt = inputs.map(({ example }) => examples[example]!);
  return {
    tools,
    dimension: h.length / inputs.length,
    h,
    candidates: learnt.map(({ candidates }) => candidates),
    labels: learnt.map(({ row }) => row.label),
  };
}

/** Rows of one text resemble each other, so texts are held out, never single rows. */
function holdOut(
  examples: readonly RerankExample[],
  validationSplit: number,
  seed: number,
): ReadonlySet<RerankExample> {
  const texts = new Map<string, RerankExample[]>();
  for (const example of examples) {
    const rows = texts.get(example.row.example);
    if (rows === undefined) texts.set(example.row.example, [example]);
    else rows.push(example);
  }
  const stand = [...texts].map(([text, rows]) => ({
    text,
    calls: rows.map(({ row }) => ({ tool: row.label, start: 0, end: 0, args: "", result: "" })),
  }));
  const held = splitExamples(stand, { validationSplit, seed }).heldOut;
  return new Set(held.flatMap(({ text }) => texts.get(text)!));
}

function solverReport(solution: Solution, rows: number): SolverReport {
  const { loss, gradientNorm, iterations, evaluations, converged } = solution;
  return { steps: rows, loss, gradientNorm, iterations, evaluations, converged };
}
