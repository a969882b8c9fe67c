// What was prepared goes to disk as one folder, which appears whole or not at all.
import { signalField } from "../../utils/option-fields.js";
import { defineOptions, type OptionsOf, resolveOptions } from "../../utils/options.js";
import { mkdir, mkdtemp, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { throwIfAborted, ToolkenError } from "../../errors.js";
import { fileSystemError } from "../../utils/file-error.js";
import { QUESTION_SLOT } from "../../prompts/prompts.js";
import { formatTrainingExample } from "../../examples/training-examples.js";
import { demonstrationPrompts } from "./demonstrations.js";
import type { PreparedDataSet } from "./prepared.js";
import { lookupTable, toolsModule } from "./tools-module.js";

const REPORT = "report.json";

const writeOptions = defineOptions({ signal: signalField });

/**
 * Writes a folder that `train head`, `eval` and `run` take:
 *
 * - `examples/<part>.jsonl`: texts to train on, a {@link TrainingExample} a line
 * - `questions/<part>.jsonl`: questions with `id`, `question`, `answer`, and `tool`, `calls`, `plan` where known
 * - `tools.json`: the tools in the order of the data set, with names, descriptions and groups
 * - `plan.json`: the form of plans, where the tools make plans
 * - `tools.mjs` and `results.json`: a module of these tools, where they are not the library's own operators
 * - `prompts/…`: the data set's prompts (a folder per set, where it has several), or the form of its texts
 * - `report.json`: an account of every file, with what was left out and why
 *
 * The folder is written under a temporary name and renamed. One that an earlier preparation wrote is replaced.
 *
 * @returns the files, relative to the folder
 * @throws ToolkenError `INVALID_ARGUMENT` (a folder with other things in it), `IO`, `ABORTED`.
 */
export async function writePrepared(
  folder: string,
  prepared: PreparedDataSet,
  options: OptionsOf<typeof writeOptions> = {},
): Promise<string[]> {
  const { signal } = resolveOptions(writeOptions, options, "writePrepared");
  const target = path.resolve(folder);
  const contents = filesOf(prepared);
  await refuseOtherFolder(target, folder);
  const temporary = await io(folder, async () => {
    await mkdir(path.dirname(target), { recursive: true });
    return mkdtemp(path.join(path.dirname(target), ".toolken-"));
  });
  try {
    const whole = path.join(temporary, "new");
    await io(folder, () => mkdir(whole));
    for (const [name, content] of contents) {
      throwIfAborted(signal);
      const file = path.join(whole, name);
      await io(file, async () => {
        await mkdir(path.dirname(file), { recursive: true });
        await writeFile(file, content, { flush: true });
      });
    }
    throwIfAborted(signal);
    await io(folder, () => replaceFolder(whole, target, path.join(temporary, "old")));
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
  return [...contents.keys()];
}

function filesOf(prepared: PreparedDataSet): Map<string, string> {
  const { parts, tools, execution, lookup, prompt, prompts } = prepared;
  const files = new Map<string, string>();
  for (const { name, examples, questions } of parts) {
    if (examples.length > 0) files.set(`examples/${name}.jsonl`, lines(examples.map(formatTrainingExample)));
    if (questions.length > 0) {
      files.set(`questions/${name}.jsonl`, lines(questions.map((question) => JSON.stringify(question))));
    }
  }
  files.set("tools.json", json({ dataSet: prepared.dataSet, tools }));
  if (execution !== "math") files.set("tools.mjs", toolsModule(execution));
  if (prepared.plan !== undefined) files.set("plan.json", json(prepared.plan));
  if (execution === "results") files.set("results.json", `${JSON.stringify(lookupTable(lookup))}\n`);
  if (prompts.length > 0) {
    const isOneSet = new Set(prompts.map(({ part }) => part)).size === 1;
    for (const { part, file, text } of prompts) {
      files.set(["prompts", ...(isOneSet ? [] : [part]), path.basename(file)].join("/"), text);
    }
  } else if (prompt !== undefined && prompt !== QUESTION_SLOT) {
    files.set("prompts/general.txt", prompt);
  }
  if (execution === "results") {
    for (const [name, text] of demonstrationPrompts(prepared)) files.set(`prompts/tool_<${name}>.txt`, text);
    files.set("prompts/general.txt", prompt!);
  }
  files.set(REPORT, json(reportOf(prepared)));
  return files;
}

/** The account without the records themselves. */
function reportOf(prepared: PreparedDataSet): unknown {
  const { dataSet, files, skipped, tools, parts } = prepared;
  const counts = parts.map(({ name, examples, questions }) => ({
    name,
    examples: examples.length,
    questions: questions.length,
  }));
  return { dataSet, tools: tools.length, parts: counts, files, skipped };
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

function lines(records: readonly string[]): string {
  return records.map((record) => `${record}\n`).join("");
}

async function refuseOtherFolder(target: string, folder: string): Promise<void> {
  const found = await stat(target).catch(() => undefined);
  if (found === undefined) return;
  const names = found.isDirectory() ? await io(folder, () => readdir(target)) : undefined;
  if (
    names !== undefined &&
    (names.length === 0 || (names.includes(REPORT) && names.includes("tools.json")))
  ) {
    return;
  }
  const what = names === undefined ? "is a file" : "holds other files";
  throw new ToolkenError("INVALID_ARGUMENT", `Expected a new folder for out but ${folder} ${what}`, {
    hint: "Name a folder that does not exist, is empty, or was written by an earlier preparation.",
  });
}

async function replaceFolder(from: string, to: string, aside: string): Promise<void> {
  const isThere = (await stat(to).catch(() => undefined)) !== undefined;
  if (isThere) await rename(to, aside);
  try {
    await rename(from, to);
  } catch (error) {
    if (isThere) await rename(aside, to);
    throw error;
  }
}

async function io<T>(location: string, step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (cause) {
    throw fileSystemError("write", location, cause);
  }
}
