// A cell of tool selection: its head is solved over the tools alone, and asked with one forward pass per request.
import { digestOf } from "../../utils/digest.js";
import { readToolRequests } from "../../examples/requests.js";
import { ToolkenError } from "../../errors.js";
import type { Interval } from "../evaluation/bootstrap.js";
import {
  evaluateSelection,
  type SelectedTool,
  type SelectionEvaluation,
} from "../evaluation/evaluate-selection.js";
import { type PredictionRecord } from "../evaluation/record.js";
import { readRun } from "../evaluation/stored-run.js";
import { writeFileAtomically } from "../../utils/atomic.js";
import { exists } from "../../utils/exists.js";
import { ToolHead } from "../../head/tool-head.js";
import { type SelectionTraining, trainSelection } from "../../training/train-selection.js";
import type { CellOutcome, CellContext, Place, PlannedCell } from "./cell.js";
import type { Figure } from "./cell-metrics.js";
import { readJson, writeJson } from "./run-folder.js";
import { slug } from "./slug.js";

/** Trains where no head is kept, asks, and writes a line per request. */
export async function selectCell(cell: PlannedCell, place: Place, around: CellContext): Promise<CellOutcome> {
  const { loaded, data, selection } = cell;
  const { chat, threads } = cell.model;
  const { signal } = around;
  const model = await around.model();
  const features = await featureFolders(cell, around);
  const head = await selectionHead(cell, place, features.train, around);
  const { requests } = await readToolRequests(loaded.requests.eval);
  const evaluation = await evaluateSelection(model, {
    requests: requests.slice(0, data.limit),
    head,
    prompt: selection!.prompt,
    chat,
    // Requests of tools that nothing was trained for are left out, as the page says by their number.
    partial: true,
    features: features.eval,
    threads,
    signal,
    onProgress: around.onAnswer,
  });
  const out = place("predictions.jsonl");
  const lines = evaluation.requests.map((request, index) => predictionLine(request, index, cell.digest));
  await writeFileAtomically(out, lines.join(""), { signal });
  const count = evaluation.requests.length;
  return {
    run: await readRun(out, { toolCount: head.size }),
    figures: figuresOf(evaluation),
    questions: count,
    tools: head.size,
    selectionReport: (await readJson(place("training.json"))) as SelectionTraining,
    cost: { calls: count, questionsWithCalls: count, tokens: 0, decodedTokens: evaluation.tokens },
  };
}

/** The cell's head: read where an earlier run has finished it, trained otherwise. */
async function selectionHead(
  cell: PlannedCell,
  place: Place,
  features: string,
  around: CellContext,
): Promise<ToolHead> {
  const { loaded, data, seed, model } = cell;
  const file = place("head.safetensors");
  // The head is written last: where it is, the training was finished.
  if (await exists(file)) return ToolHead.load(file);
  const { train } = loaded.requests;
  if (train === null) {
    throw new ToolkenError(
      "INVALID_ARGUMENT",
      `Expected training questions that name their tool for ${data.name} but it has none`,
      { hint: "The method selection needs them; train.from names their parts or files." },
    );
  }
  const { prompt, l2, shrinkage, validationSplit } = cell.selection!;
  const head = await trainSelection(await around.model(), {
    requests: train,
    tools: loaded.tools,
    prompt,
    chat: model.chat,
    features,
    validationSplit,
    seed,
    advanced: { l2, shrinkage },
    threads: model.threads,
    signal: around.signal,
    onProgress: around.onTraining,
  });
  await writeJson(place("training.json"), head.training);
  await head.save(file);
  return head;
}

/** Hidden states depend on model and prompt alone: cells of other settings share them, a stopped pass goes on there. */
async function featureFolders(
  { model, data, selection }: PlannedCell,
  around: CellContext,
): Promise<{ readonly train: string; readonly eval: string }> {
  const fingerprint = await (await around.model()).fingerprint();
  const digest = digestOf(fingerprint, selection!.prompt, model.chat).slice(0, 8);
  const folder = (part: string): string =>
    around.folder.file("features", [...[model.name, data.name, part].map(slug), digest].join("--"));
  return { train: folder("train-requests"), eval: folder("eval-requests") };
}

function figuresOf({ scores }: SelectionEvaluation): Figure[] {
  const { top1, top5, intervals } = scores.at(-1)!;
  return [figure("firstTool", top1, intervals.top1), figure("amongFive", top5, intervals.top5)];
}

function figure(name: string, value: number, interval: Interval | null): Figure {
  return { name, value, low: interval?.low ?? null, high: interval?.high ?? null };
}

/** In the form of answers, which `toolken lab score` and `toolken lab diagnose` read. */
function predictionLine(
  { id, question, tool, predicted, rank }: SelectedTool,
  index: number,
  settings: string,
): string {
  const record: PredictionRecord & { readonly rank: number } = {
    index,
    id,
    question,
    label: null,
    gold_calls: [`<${tool}>()`],
    pred_val: null,
    generation: "",
    func_calls: [`<${predicted}>()`],
    status: "success",
    finish_reason: null,
    transcript: "",
    calls: [],
    usage: null,
    rank,
    settings,
  };
  return `${JSON.stringify(record)}\n`;
}
