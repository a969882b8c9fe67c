// What one entry of `data` comes to: texts to train on, questions to ask, tools and prompts, whatever their source.
import { digestOf } from "../../utils/digest.js";
import path from "node:path";
import { prepareDataSet, type DataSetName, type PreparedDataSet, writePrepared } from "../datasets/index.js";
import { type EvaluationQuestion, readQuestions } from "../../examples/questions.js";
import { readToolRequests } from "../../examples/requests.js";
import { readTrainingExamples } from "../../examples/training-examples.js";
import { ToolkenError } from "../../errors.js";
import { type GoldQuestion, readGold } from "../evaluation/gold.js";
import type { PlanForm } from "../plans/plan.js";
import { EMBEDDED_MODEL } from "../../model/embedded.js";
import { fileFingerprint } from "../../model/fingerprint.js";
import { loadPrompts, type Prompts } from "../../prompts/prompts.js";
import { loadTools, mathTools, type Tool } from "../../tools/index.js";
import { isToolSetName } from "../../tools/load.js";
import { labToolSets } from "../word-problems/money-tools.js";
import type { TrainingExample, TrainingProblem } from "../../examples/example.js";
import { didYouMean } from "../../utils/did-you-mean.js";
import type { DataSpec } from "./spec.js";

/** The texts of a training. */
export interface TrainingSource {
  readonly examples: readonly TrainingExample[];
  readonly problems: readonly TrainingProblem[];
  /** Tools that the texts call, in the order of the data set: the rows of a head. */
  readonly tools: readonly Tool[];
}

/** Files of questions that name their tool, for the method "selection". */
export interface RequestFiles {
  /** null: the training data has no questions, only texts. */
  readonly train: readonly string[] | null;
  readonly eval: readonly string[];
  /** Of the requests that are trained on; null where no method learns from them. */
  readonly digest: string | null;
}

export interface ExperimentData {
  readonly name: string;
  readonly dataSet: DataSetName | null;
  readonly training: TrainingSource | null;
  readonly requests: RequestFiles;
  readonly tools: readonly Tool[];
  /** How the tools make plans; null where answers are texts. */
  readonly plan: PlanForm | null;
  readonly questions: readonly EvaluationQuestion[];
  /** As long as `questions`. */
  readonly gold: readonly GoldQuestion[];
  /** "nano", or texts; undefined: made of the tools' demonstrations. */
  readonly prompts: string | Partial<Prompts> | undefined;
  /** Of everything that answers and their scores depend on: questions, gold, tools with their modules. */
  readonly digest: string;
  /** Of what trained methods depend on besides; null without texts. */
  readonly trainingDigest: string | null;
}

export interface DataPlaces {
  /** What relative paths start from. */
  readonly directory: string;
  /** Whether a method learns from texts; otherwise training files may hold questions alone. */
  readonly texts: boolean;
  /** Whether a method learns from questions that name their tool. */
  readonly requests: boolean;
  /** Where prepared data sets are kept; made when needed. */
  readonly prepared: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads one entry. A published data set is prepared into a folder of its own.
 *
 * @throws ToolkenError `FILE_NOT_FOUND`, `FILE_INVALID`, `RECORD_INVALID`, `UNKNOWN_TOOL`, `INVALID_ARGUMENT` (a
 * part that the data set does not have), `IO`, `ABORTED`.
 */
export async function loadExperimentData(spec: DataSpec, places: DataPlaces): Promise<ExperimentData> {
  const own = await openSource(spec, path.join(places.prepared, spec.name), places);
  const files = own.questionFiles(spec.eval);
  const questions = (await readQuestions(files)).slice(0, spec.limit);
  const gold = (await readGold(files)).slice(0, spec.limit);
  const isSet = (word: string): boolean => isToolSetName(word) || Object.hasOwn(labToolSets, word);
  const given = spec.tools?.map((one) => (isSet(one) ? one : resolve(places, one)));
  const tools = given === undefined ? await own.tools() : await loadTools(given, { sets: labToolSets });
  const modules = (given ?? []).filter((one) => !isSet(one));
  const { training, requests } = await trainingOf(spec, own, tools, places);
  const callable =
    training === null
      ? tools
      : tools.filter(({ name }) => training.tools.some((trained) => trained.name === name));
  return {
    name: spec.name,
    dataSet: spec.dataset ?? null,
    training,
    requests: { train: requests, eval: files, digest: await requestsDigest(requests, places) },
    tools: callable,
    plan: own.plan === undefined ? null : planOf(own.plan, callable),
    questions,
    gold,
    prompts: onlyOf(await promptsOf(spec, own, places), callable),
    digest: digestOf(
      questions,
      gold.map(({ answer, answers, calls }) => [answer, answers, calls]),
      callable.map(({ name, description, parameters }) => [name, description, parameters]),
      await Promise.all(modules.map((file) => fileFingerprint(file, places.signal))),
    ),
    trainingDigest:
      training &&
      digestOf(
        training.tools.map(({ name }) => name),
        training.examples.map(({ text, calls, questionEnd }) => [text, calls, questionEnd]),
      ),
  };
}

/** The form with those tools alone that can be called. */
function planOf({ groups, end, ...form }: PlanForm, tools: readonly Tool[]): PlanForm {
  const known = new Set(tools.map(({ name }) => name));
  const kept = Object.entries(groups).map(([group, names]) => [
    group,
    names.filter((name) => known.has(name)),
  ]);
  return {
    ...form,
    groups: Object.fromEntries(kept) as PlanForm["groups"],
    ...(end !== undefined && known.has(end) ? { end } : {}),
  };
}

async function requestsDigest(files: readonly string[] | null, places: DataPlaces): Promise<string | null> {
  if (files === null || !places.requests) return null;
  const { requests } = await readToolRequests(files);
  return digestOf(requests.map(({ id, question, tool }) => [id, question, tool]));
}

/** Files and parts after one name: a prepared data set, or plain files. */
interface Source {
  questionFiles(parts: readonly string[]): string[];
  exampleFiles(parts: readonly string[] | undefined, asked: readonly string[]): string[];
  /** Questions of the parts that are trained on; null when they have none. */
  requestFiles(parts: readonly string[] | undefined, asked: readonly string[]): string[] | null;
  tools(): Promise<readonly Tool[]>;
  /** How the tools make plans, where they do. */
  readonly plan: PlanForm | undefined;
  /** The folder of a set of prompts; undefined when there is no such set. */
  promptFolder(part: string | undefined): string | undefined;
}

async function openSource(
  { dataset, files, firstTools }: Pick<DataSpec, "dataset" | "files" | "firstTools">,
  folder: string,
  places: DataPlaces,
): Promise<Source> {
  if (dataset === undefined || files === undefined) return plainFiles(places);
  const from = files.map((file) => resolve(places, file));
  const prepared = await prepareDataSet(dataset, from, { tools: firstTools, signal: places.signal });
  const written = await writePrepared(folder, prepared, { signal: places.signal });
  return preparedSource(prepared, folder, written);
}

/** After a name, the folder of what is trained on: no entry of `data` has such a name. */
const TRAINED_ON = "~train";

function plainFiles(places: DataPlaces): Source {
  return {
    questionFiles: (files) => files.map((file) => resolve(places, file)),
    exampleFiles: (files) => (files ?? []).map((file) => resolve(places, file)),
    requestFiles: (files) => files?.map((file) => resolve(places, file)) ?? null,
    tools: () => Promise.resolve(mathTools),
    plan: undefined,
    promptFolder: () => undefined,
  };
}

function preparedSource(prepared: PreparedDataSet, folder: string, written: readonly string[]): Source {
  const { dataSet, parts } = prepared;
  const having = (kind: "examples" | "questions"): string[] =>
    parts.filter((part) => part[kind].length > 0).map(({ name }) => name);
  const filesOf = (kind: "examples" | "questions", names: readonly string[]): string[] =>
    names.map((name) => {
      if (having(kind).includes(name)) return path.join(folder, kind, `${name}.jsonl`);
      const meant = didYouMean(name, having(kind));
      throw new ToolkenError("INVALID_ARGUMENT", `${dataSet} has no ${kind} named ${JSON.stringify(name)}`, {
        hint: [meant, `It has ${having(kind).join(", ") || "none"}.`].filter(Boolean).join(" "),
      });
    });
  const sets = new Set(prepared.prompts.map(({ part }) => part));
  return {
    questionFiles: (names) => filesOf("questions", names),
    exampleFiles: (names, asked) =>
      filesOf("examples", names ?? having("examples").filter((name) => !asked.includes(name))),
    requestFiles: (names, asked) => {
      const all = having("questions");
      const trained = all.filter((name) => names?.includes(name) ?? !asked.includes(name));
      return trained.length === 0 ? null : filesOf("questions", trained);
    },
    tools: async () => {
      const names = new Set(prepared.tools.map(({ name }) => name));
      return prepared.execution === "math"
        ? mathTools.filter(({ name }) => names.has(name))
        : loadTools(path.join(folder, "tools.mjs"));
    },
    plan: prepared.plan,
    promptFolder: (part) => {
      const prompts = path.join(folder, "prompts");
      if (part !== undefined && sets.has(part)) return sets.size === 1 ? prompts : path.join(prompts, part);
      const isAlone = sets.size <= 1 && written.some((file) => file.startsWith("prompts/"));
      return part === undefined && isAlone ? prompts : undefined;
    },
  };
}

async function trainingOf(
  spec: DataSpec,
  own: Source,
  tools: readonly Tool[],
  places: DataPlaces,
): Promise<{ readonly training: TrainingSource | null; readonly requests: readonly string[] | null }> {
  const { train } = spec;
  const other = train?.dataset !== undefined;
  const source = other
    ? await openSource(train, path.join(places.prepared, `${spec.name}${TRAINED_ON}`), places)
    : own;
  const asked = other ? [] : spec.eval;
  const files = source.exampleFiles(train?.from, asked);
  const requests = source.requestFiles(train?.from, asked);
  if (files.length === 0 || !places.texts) return { training: null, requests };
  const known = other ? await source.tools() : tools;
  const { examples, problems } = await readTrainingExamples(files, {
    tools: known.map(({ name }) => name),
  });
  const called = new Set(examples.flatMap(({ calls }) => calls.map(({ tool }) => tool)));
  return { training: { examples, problems, tools: known.filter(({ name }) => called.has(name)) }, requests };
}

async function promptsOf(
  spec: DataSpec,
  own: Source,
  places: DataPlaces,
): Promise<string | Partial<Prompts> | undefined> {
  if (spec.prompts === EMBEDDED_MODEL) return EMBEDDED_MODEL;
  const folder = own.promptFolder(spec.prompts);
  if (folder !== undefined) return loadPrompts(folder);
  return spec.prompts === undefined ? undefined : loadPrompts(resolve(places, spec.prompts));
}

/** A folder may hold texts of other tools, or none of tools at all. */
function onlyOf(prompts: ExperimentData["prompts"], tools: readonly Tool[]): ExperimentData["prompts"] {
  if (typeof prompts !== "object") return prompts;
  const names = new Set(tools.map(({ name }) => name));
  const kept = Object.entries(prompts.tools ?? {}).filter(([name]) => names.has(name));
  return { ...prompts, tools: Object.fromEntries(kept) };
}

function resolve({ directory }: DataPlaces, file: string): string {
  return path.resolve(directory, file);
}
