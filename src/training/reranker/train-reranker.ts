// From mined rows to a reranker in one call: prompts, hidden states, solve, report.
import { basename } from "node:path";
import { splitExamples } from "../../examples/split.js";
import { ToolkenError, invalidArgument, throwIfAborted } from "../../errors.js";
import type { HeadModelFacts } from "../../head/model-identity.js";
import type { ToolHead } from "../../head/tool-head.js";
import type { Model } from "../../model/model.js";
import { resolveDocumentation, type ToolDocumentation } from "../../reranker/prompt.js";
import { Reranker } from "../../reranker/reranker.js";
import { toolSet, type Tool, type ToolSet } from "../../tools/index.js";
import { readFoldHeads } from "./fold-heads.js";
import { checkTrainOptions, type TrainingProgress } from "../options.js";
import type { SolverReport } from "../report.js";
import { DEFAULT_L2, l2Values, mostIterations, type Solution, type SolverOptions } from "../solver.js";
import { timed } from "../timed.js";
import { RERANKER_L2, type RowSolve } from "./choose-l2.js";
import { decisionsOf, judgeFolds, judgeHeldOut, type JudgeTask } from "./judge.js";
import { readHiddenStates } from "./hidden-states.js";
import { readDocumentation, readRerankRows } from "./read-rows.js";
import { RerankFeatures } from "./rerank-features.js";
import { rerankMetrics, rerankTradeOff, type RerankDecision, type RerankMetrics } from "./rerank-metrics.js";
import { type RerankInputs, rerankInputs } from "./rerank-prompts.js";
import type { RerankReport } from "./rerank-report.js";
import { type OutsideChoice, type RerankExample, rerankExamples, type RerankRow } from "./rerank-rows.js";
import { type ClassWeights, type RerankProblem, solveReranker } from "./solve-reranker.js";
import { integer } from "../../utils/integer.js";

export interface TrainRerankerOptions extends Omit<SolverOptions, "onProgress" | "l2"> {
  // ---- what to learn from ----
  /** A file of mined rows, own or published, or the rows. */
  readonly rows: string | readonly RerankRow[];
  /** The tools that the rows were mined with. */
  readonly tools: Iterable<Tool>;
  /** The head whose calls are reranked: its rows are the prior, and its tools must be those given. Default: none. */
  readonly head?: ToolHead | undefined;
  /** Texts instead of the tools' own documentation, by name, or a JSON file of them. Default: none. */
  readonly documentation?: string | ToolDocumentation | undefined;
  /** Take rows and a head of another file of the model. Default: false. */
  readonly force?: boolean | undefined;

  // ---- how ----
  /** Candidates per row. Default: all that were mined. */
  readonly topK?: number | undefined;
  /**
   * Rows whose gold tool is not among the candidates: "add" puts it behind them, so that its row of R learns from
   * every call in the texts; "leave-out" learns from what inference can meet. Never called REJ. Default: "add".
   */
  readonly outside?: OutsideChoice | undefined;
  /**
   * λ of λ/2·‖R − R₀‖² (L-BFGS). Of several, that with the least loss in a cross-validation: within the training
   * part, or over the folds (of equals the strongest). Default: {@link RERANKER_L2}.
   */
  readonly l2?: number | readonly number[] | undefined;
  /** Default: "none". */
  readonly classWeights?: ClassWeights | undefined;
  /**
   * The heads that mined the rows, fold by fold, or the folder that `mineRows` has kept them in. With them every row is
   * judged once, by a reranker that learnt from the other folds and whose prior is the fold's own head. Without them a
   * part of the texts is held out, and figures flatter where `head` was trained on those texts. Default: none.
   */
  readonly foldHeads?: string | readonly ToolHead[] | undefined;
  /** Pull the tools' rows towards the head's. Default: true where a head is given. */
  readonly prior?: boolean | undefined;
  /** Share of the texts that is held out, label by label. Default: 0.2. */
  readonly heldOut?: number | undefined;
  /** Of the split and of Adam. Default: 1. */
  readonly seed?: number | undefined;
  /** After measuring, solve once more on all rows. Default: true. */
  readonly refit?: boolean | undefined;

  // ---- the forward pass ----
  /** Where hidden states are kept, continued and taken from. Default: nowhere. */
  readonly features?: string | undefined;
  /** Tokens per decode. Default: 512. */
  readonly featureBatchSize?: number | undefined;
  readonly onProgress?: ((event: TrainingProgress) => void) | undefined;
}

const DEFAULT_BATCH_SIZE = 512;

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
export async function trainReranker(model: Model, options: TrainRerankerOptions): Promise<TrainedReranker> {
  const begin = performance.now();
  const { head, force = false, outside = "add", heldOut = 0.2, seed = 1, refit = true, signal } = options;
  const tools = toolSet(options.tools);
  if (tools.size === 0) throw invalidArgument("at least one tool", "tools", []);
  checkTrainOptions({ heldOut, seed });
  throwIfAborted(signal);
  const identity = { ...(await model.identity()), fileName: basename(model.path) };
  if (head !== undefined) {
    head.assertFits(identity, { force });
    assertSameTools(head.tools, tools);
  }
  if (options.foldHeads !== undefined && options.prior !== false && head === undefined) {
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
  const prior = options.prior === false ? undefined : head;
  const values = options.method === "adam" ? [DEFAULT_L2] : l2Values(options.l2 ?? RERANKER_L2);
  const rerankerOf = ({ weights }: Solution, metadata: Record<string, unknown> = {}): Reranker =>
    Reranker.of({ tools: tools.names, weights, topK, model: identity, documentation, metadata });
  const solve = (phase: "solve" | "refit", how: RowSolve): Promise<Solution> =>
    solveReranker(problem, {
      ...options,
      ...how,
      seed,
      onProgress: (done, loss) => {
        options.onProgress?.({ phase, done, total: mostIterations(options), loss });
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
      ? judgeHeldOut(task, holdOut(examples, heldOut, seed))
      : judgeFolds(task, options.prior === false ? undefined : foldHeads),
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

  // Folds leave no reranker behind that could be kept: the one on all rows is always solved.
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
      method: options.method ?? "lbfgs",
      l2,
      heldOut,
      seed,
      topK,
      outside,
      classWeights: options.classWeights ?? "none",
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
  options: TrainRerankerOptions,
): Promise<{ readonly h: Float32Array; readonly tokens: number }> {
  const { features: path, signal, threads, featureBatchSize = DEFAULT_BATCH_SIZE } = options;
  integer(featureBatchSize, "featureBatchSize", 1, 1 << 20);
  await using features = await RerankFeatures.open({ path, digest, model: identity, count: inputs.length });
  const missing = features.missing();
  let done = inputs.length - missing.length;
  const tokens = await readHiddenStates(model, inputs, missing, {
    batchSize: featureBatchSize,
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
  heldOut: number,
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
  const held = splitExamples(stand, { heldOut, seed }).heldOut;
  return new Set(held.flatMap(({ text }) => texts.get(text)!));
}

function solverReport(solution: Solution, rows: number): SolverReport {
  const { loss, gradientNorm, iterations, evaluations, converged } = solution;
  return { steps: rows, loss, gradientNorm, iterations, evaluations, converged };
}
