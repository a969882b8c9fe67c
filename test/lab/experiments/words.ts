// A small experiment on the embedded model and generated problems, as files in a folder of its own.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ExecutionContext } from "ava";
import { generateWordProblems, trainingExample } from "../../../src/lab/word-problems/index.js";
import { writeTrainingExamples } from "../../../src/training/index.js";
import type { ExperimentInput } from "../../../src/lab/experiments/index.js";

import type { PredictionRecord } from "../../../src/lab/evaluation/record.js";
import { scratchFolder } from "../../utils/scratch.js";

/** An experiment's file with its texts and questions. */
/** Of an answer. */
export const MAX_TOKENS = 40;

export async function wordsExperiment(
  t: ExecutionContext,
  more: Partial<ExperimentInput> = {},
  questions = 5,
): Promise<{ readonly folder: string; readonly file: string }> {
  const folder = await scratchFolder(t);
  const texts = generateWordProblems({ count: 60, seed: 3 }).map(trainingExample);
  await writeTrainingExamples(join(folder, "train.jsonl"), texts);
  const asked = generateWordProblems({ count: questions, seed: 9 });
  const lines = asked.map(({ question, answer }) => JSON.stringify({ question, answer }));
  await writeFile(join(folder, "questions.jsonl"), lines.join("\n"));
  const file = join(folder, "words.json");
  const experiment = {
    models: { path: "nano", gpu: "cpu", threads: 1 },
    data: { name: "words", train: "train.jsonl", eval: "questions.jsonl" },
    methods: ["base", "head"],
    answer: { maxTokens: MAX_TOKENS },
    ...more,
  } as ExperimentInput;
  await writeFile(file, JSON.stringify(experiment));
  return { folder, file };
}

/** Predictions in order of the questions, without what computing them took. */
export async function predictions(folder: string, cell: string): Promise<unknown[]> {
  const text = await readFile(join(folder, "cells", cell, "predictions.jsonl"), "utf8");
  return text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as PredictionRecord)
    .sort((a, b) => a.index - b.index)
    .map(({ usage, ...record }) => {
      // Which question computes a tool's prompt, and which finds it computed, is a matter of their order.
      const { textTokens, argumentTokens, resultTokens } = usage!.details;
      return { ...record, usage: { textTokens, argumentTokens, resultTokens } };
    });
}
