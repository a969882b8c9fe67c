// A cell whose method writes answers: what it needs is trained, questions are answered, a line each.
import { planStrategy } from "../plans/plan-strategy.js";
import { writeFileAtomically } from "../../utils/atomic.js";
import { MAX_TEXT_LENGTH, readTextFile } from "../../utils/open-file.js";
import { evaluate, type EvaluationSummary } from "../evaluation/evaluate.js";
import type { PredictionRecord } from "../evaluation/record.js";
import { readRun } from "../evaluation/stored-run.js";
import type { CallSettings, ToolChoice } from "../../generation/options.js";
import type { Model } from "../../model/model.js";
import type { CellOutcome, CellContext, Place, PlannedCell } from "./cell.js";
import { figuresOf } from "./figures.js";
import { type AnsweringMethod, openMethod } from "./methods/open-method.js";
import { trainRerankerCell, type TrainedRerankerCell } from "./train-reranker-cell.js";
import { trainCell, type TrainedCell } from "./train-cell.js";
import type { MethodSetup } from "./methods/method.js";

/** Trains what the method needs, and answers. */
export async function answerCell(
  cell: PlannedCell,
  method: AnsweringMethod,
  place: Place,
  around: CellContext,
): Promise<CellOutcome> {
  const trained = await train(cell, place, around);
  const model = await around.model();
  const reranked = await rerank(cell, model, trained, place, around);
  const out = place("predictions.jsonl");
  const learnt = { head: trained?.head, reranker: reranked?.reranker };
  const { calls, questionsWithCalls, tokens, decodedTokens } = await answer(
    cell,
    method,
    model,
    learnt,
    out,
    around,
  );
  await sortPredictions(out);
  const { gold, tools, questions } = cell.loaded;
  const run = await readRun(out, { gold, toolCount: tools.length });
  return {
    run,
    figures: figuresOf(run, cell.data.figure),
    questions: questions.length,
    tools: tools.length,
    report: trained?.report,
    rerankReport: reranked?.report,
    cost: { calls, questionsWithCalls, tokens, decodedTokens },
  };
}

/** In order of the questions, as scoring counts those that are asked twice; whole or not at all. */
async function sortPredictions(file: string): Promise<void> {
  const lines = (await readTextFile(file, MAX_TEXT_LENGTH)).split("\n").filter((line) => line !== "");
  const index = (line: string): number => (JSON.parse(line) as PredictionRecord).index;
  const sorted = lines.toSorted((a, b) => index(a) - index(b));
  if (sorted.every((line, i) => line === lines[i])) return;
  await writeFileAtomically(file, sorted.map((line) => `${line}\n`).join(""));
}

async function train(cell: PlannedCell, place: Place, around: CellContext): Promise<TrainedCell | undefined> {
  const { training, loaded, model, seed } = cell;
  if (training === null || loaded.training === null) return undefined;
  const { examples, tools } = loaded.training;
  return trainCell({
    files: { head: place("head.safetensors"), training: place("training.json") },
    settings: training,
    tools: tools.map(({ name }) => name),
    examples,
    seed,
    threads: model.threads,
    signal: around.signal,
    onProgress: around.onTraining,
    features: around.features,
  });
}

async function rerank(
  cell: PlannedCell,
  model: Model,
  trained: TrainedCell | undefined,
  place: Place,
  around: CellContext,
): Promise<TrainedRerankerCell | undefined> {
  const { reranker: settings, training, loaded, prompts, seed } = cell;
  if (settings === null || training === null || trained === undefined) return undefined;
  return trainRerankerCell({
    model,
    head: trained.head,
    files: {
      mined: place("mined.jsonl"),
      foldHeads: place("fold-heads"),
      // Cells of a sweep share the forward pass.
      features: around.folder.file("features", "mined"),
      states: place("states.safetensors"),
      reranker: place("reranker.safetensors"),
      report: place("reranker.json"),
    },
    settings,
    training,
    source: loaded.training!,
    prompts,
    chat: cell.model.chat,
    seed,
    threads: cell.model.threads,
    signal: around.signal,
    onProgress: around.onTraining,
  });
}

async function answer(
  cell: PlannedCell,
  name: AnsweringMethod,
  model: Model,
  trained: Pick<MethodSetup, "head" | "reranker">,
  out: string,
  around: CellContext,
): Promise<EvaluationSummary> {
  const { loaded, prompts, digest } = cell;
  await using method = await openMethod(name, {
    model,
    tools: loaded.tools,
    prompts,
    chat: cell.model.chat,
    answer: cell.answer,
    ...trained,
  });
  return await evaluate(method, loaded.questions, {
    ...runOptions(cell),
    out,
    settings: { cell: digest },
    signal: around.signal,
    onNote: around.onNote,
    onProgress: around.onAnswer,
  });
}

/** A head's plans are made of tools alone, as the data set has them; whoever has no head writes them as text. */
function runOptions({ method, answer: settings, seed, loaded }: PlannedCell): CallSettings {
  const { maxTokens, maxCalls, temperature, topK, topP, minP, repeatPenalty, stop } = settings;
  const options: CallSettings = {
    ...{ maxOutputTokens: maxTokens, maxToolCalls: maxCalls, stopSequences: stop },
    ...{ temperature, topK, topP, minP, repeatPenalty, seed },
  };
  return method === "head" || method === "reranker"
    ? {
        ...options,
        toolChoice: readToolChoice(settings.toolChoice),
        ...(loaded.plan === null ? {} : { strategy: planStrategy(loaded.plan) }),
      }
    : options;
}

function readToolChoice(choice: string): ToolChoice {
  return choice === "auto" || choice === "none" || choice === "required" ? choice : { toolName: choice };
}
