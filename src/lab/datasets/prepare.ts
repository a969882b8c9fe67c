// A data set's files become texts to train on, questions to ask and tools, with an account of every record.
import { invalidArgument, throwIfAborted, ToolkenError } from "../../errors.js";
import type { PlanForm } from "../plans/plan.js";
import { locationText, type TrainingExample } from "../../examples/example.js";
import { recordInvalid, type SourceRecord } from "../../examples/records.js";
import { checkForm } from "./fields.js";
import type {
  DataSet,
  LookupEntry,
  MarkCounts,
  PreparedQuestion,
  PublishedTool,
  RecordNote,
} from "./form.js";
import { type DataSetName, dataSetNamed } from "./registry.js";
import { findSources, notOfDataSet, type PromptSource, type RecordSource } from "./sources.js";
import { operator } from "./tool-names.js";
import { integer } from "../../utils/integer.js";

export interface PrepareOptions {
  /** Only the first so many tools of the data set's list; records of the others are left out. Default: all. */
  readonly tools?: number | undefined;
  /**
   * General prompt with `[QUESTION]` that questions and results are put into (KAMEL, SimpleToolQuestions,
   * MetaTool); default: the data set's own.
   */
  readonly form?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What became of a file's records. */
export interface FileAccount {
  readonly file: string;
  readonly kind: string;
  readonly records: number;
  readonly examples: number;
  readonly questions: number;
  /** Calls of the examples. */
  readonly calls: number;
  /** Records that give no example, where the file's other records do, or no question either. */
  readonly leftOut: readonly RecordNote[];
  /** Records that were taken, and what is odd about them. */
  readonly remarks: readonly RecordNote[];
  /** For solutions with `<<…=…>>`. */
  readonly marks?: MarkCounts;
}

/** A file's or a folder's records in the project's own form. */
export interface PreparedPart {
  readonly name: string;
  readonly examples: readonly TrainingExample[];
  readonly questions: readonly PreparedQuestion[];
}

export interface PreparedDataSet {
  readonly dataSet: DataSetName;
  readonly parts: readonly PreparedPart[];
  readonly tools: readonly PublishedTool[];
  /** How the tools answer: as the library's operators, by looking results up, or each with one result. */
  readonly execution: DataSet["execution"];
  readonly lookup: readonly LookupEntry[];
  /** The form of the data set's plans, where its tools make plans. */
  readonly plan?: PlanForm;
  /** The general prompt, where the data set's files hold none. */
  readonly prompt: string | undefined;
  /** The data set's own prompt files. */
  readonly prompts: readonly PromptSource[];
  readonly files: readonly FileAccount[];
  /** Files of the given folders that were not read, and why. */
  readonly skipped: readonly { readonly file: string; readonly reason: string }[];
}

/**
 * Reads the files or folders of a published data set.
 *
 * Texts that a part has already are left out as well; questions may repeat, as published figures count them.
 *
 * @throws ToolkenError `FILE_NOT_FOUND`, `FILE_INVALID`; `RECORD_INVALID` with file and line (not JSON, wrong
 * fields, a record of another data set, an id that occurs twice); `UNKNOWN_TOOL` (a tool that the data set's
 * list does not have); `INVALID_ARGUMENT`, `ABORTED`.
 */
export async function prepareDataSet(
  name: DataSetName,
  paths: string | readonly string[],
  options: PrepareOptions = {},
): Promise<PreparedDataSet> {
  const dataSet = dataSetNamed(name);
  const locations = typeof paths === "string" ? [paths] : paths;
  if (!Array.isArray(locations) || locations.length === 0 || !locations.every((p) => typeof p === "string")) {
    throw invalidArgument("a path or an array of paths", "paths", paths);
  }
  const { tools: first, signal } = options;
  if (first !== undefined) integer(first, "tools", 1);
  if (options.form !== undefined) {
    if (dataSet.form === undefined) {
      throw invalidArgument(`no form for ${name}, whose texts are taken as they are`, "form", options.form);
    }
    checkForm(options.form);
  }
  const form = options.form ?? dataSet.form ?? "";

  const sources = await findSources(dataSet, locations);
  throwIfAborted(signal);
  const listed = toolList(dataSet, sources.records);
  const tools = new ToolNames(dataSet, listed, first);
  const parts = new Map<string, PartBuilder>();
  const lookup: LookupEntry[] = [];
  const questions = new Map<string, AskedQuestion>();
  const files = sources.records
    .filter(({ kind }) => kind !== "tools")
    .map((source) => {
      throwIfAborted(signal);
      const part = parts.get(source.part) ?? new PartBuilder(source.part);
      parts.set(source.part, part);
      const seen = { tools, lookup, questions, prompts: sources.prompts };
      return readSource(dataSet, source, form, part, seen);
    });
  if (files.length === 0) {
    throw new ToolkenError("FILE_INVALID", `Found only tools and no records in ${locations.join(", ")}`);
  }
  return {
    dataSet: name,
    parts: [...parts.values()],
    tools: tools.list(),
    execution: dataSet.execution,
    ...(dataSet.plan === undefined ? {} : { plan: planForm(dataSet.plan, tools.list()) }),
    lookup,
    prompt: dataSet.form === undefined ? dataSet.prompt : form,
    prompts: sources.prompts,
    files,
    skipped: sources.skipped,
  };
}

/** The tools of each group that takes a turn; the tool that ends a plan is of none. */
function planForm(plan: Omit<PlanForm, "groups">, tools: readonly PublishedTool[]): PlanForm {
  const groups = plan.order.map(({ group }): [string, string[]] => [
    group,
    tools.filter((tool) => tool.group === group).map(({ name }) => name),
  ]);
  return { groups: Object.fromEntries(groups), ...plan };
}

function toolList(dataSet: DataSet, sources: readonly RecordSource[]): PublishedTool[] | undefined {
  const files = sources.filter(({ kind }) => kind === "tools");
  if (files.length > 1) {
    const [one, other] = files as [RecordSource, RecordSource];
    throw new ToolkenError(
      "FILE_INVALID",
      `Expected one file of tools but received ${one.file} and ${other.file}`,
    );
  }
  const [source] = files;
  if (source === undefined) return undefined;
  const [record, second] = source.records as [SourceRecord, SourceRecord?];
  if (second !== undefined)
    throw recordInvalid(second.location, "one object of tools", "the file", second.value);
  const tools = dataSet.readTools!(record);
  const names = new Map<string, string>();
  for (const { name, published } of tools) {
    const other = names.get(name);
    if (other !== undefined) {
      throw recordInvalid(
        record.location,
        `a name that differs from ${other} as ${name}`,
        "a tool",
        published,
      );
    }
    names.set(name, published);
  }
  return tools;
}

/** Which tools records may call. */
class ToolNames {
  readonly #known = new Map<string, PublishedTool>();
  readonly #beyond = new Set<string>();
  readonly #isOpen: boolean;

  constructor(
    private readonly dataSet: DataSet,
    listed: readonly PublishedTool[] | undefined,
    private readonly first: number | undefined,
  ) {
    const { operators } = dataSet;
    this.#isOpen = listed === undefined && operators === undefined;
    const all = listed ?? operators?.map((name) => operator(name)!) ?? [];
    const count = first ?? all.length;
    for (const tool of all.slice(0, count)) this.#known.set(tool.name, tool);
    for (const { name } of all.slice(count)) this.#beyond.add(name);
  }

  /** In words why a record with this tool is left out, if it is. */
  refuse(name: string, record: SourceRecord): string | undefined {
    if (this.#known.has(name)) return undefined;
    if (this.#beyond.has(name))
      return `calls ${name}, which is not among the first ${String(this.first)} tools`;
    if (!this.#isOpen) {
      throw new ToolkenError(
        "UNKNOWN_TOOL",
        `${locationText(record.location)}: calls ${name}, which is not among the ${String(this.#known.size + this.#beyond.size)} tools of ${this.dataSet.name}`,
      );
    }
    if (this.first !== undefined && this.#known.size >= this.first) {
      this.#beyond.add(name);
      return this.refuse(name, record);
    }
    this.#known.set(name, this.#named(name));
    return undefined;
  }

  list(): PublishedTool[] {
    return [...this.#known.values()];
  }

  #named(name: string): PublishedTool {
    const words = name.replaceAll(/[_.]+/g, " ");
    const plain = { name, published: name, description: words };
    const tool = this.dataSet.toolNamed?.(name);
    if (tool !== undefined) return tool;
    return this.dataSet.execution === "fixed" ? { ...plain, result: name } : plain;
  }
}

class PartBuilder implements PreparedPart {
  readonly examples: TrainingExample[] = [];
  readonly questions: PreparedQuestion[] = [];
  readonly #texts = new Map<string, string>();
  readonly #ids = new Map<string, string>();

  constructor(readonly name: string) {}

  /** @returns where the same text with the same calls stands already, if it does */
  addExample(example: TrainingExample, record: SourceRecord): string | undefined {
    const key = JSON.stringify([example.text, example.calls.map(({ tool, start }) => [tool, start])]);
    const earlier = this.#texts.get(key);
    if (earlier !== undefined) return earlier;
    this.#texts.set(key, locationText(record.location));
    this.examples.push(example);
    return undefined;
  }

  addQuestion(question: Omit<PreparedQuestion, "id"> & { readonly id?: string }, record: SourceRecord): void {
    const id = `${this.name}-${question.id ?? String(this.questions.length)}`;
    const earlier = this.#ids.get(id);
    if (earlier !== undefined) {
      throw recordInvalid(
        record.location,
        `another id than ${earlier}`,
        "the record's id",
        question.id ?? id,
      );
    }
    this.#ids.set(id, locationText(record.location));
    this.questions.push({ ...question, id });
  }
}

/** Where a question was asked first. */
interface AskedQuestion {
  readonly part: string;
  readonly location: string;
}

/** What all files share. */
interface Seen {
  readonly tools: ToolNames;
  readonly lookup: LookupEntry[];
  readonly questions: Map<string, AskedQuestion>;
  readonly prompts: readonly PromptSource[];
}

function readSource(
  dataSet: DataSet,
  source: RecordSource,
  form: string,
  part: PartBuilder,
  { tools, lookup, questions, prompts }: Seen,
): FileAccount {
  const before = { examples: part.examples.length, questions: part.questions.length };
  const leftOut: RecordNote[] = [];
  const remarks: RecordNote[] = [];
  let marks: MarkCounts | undefined;
  for (const record of source.records) {
    const note = (reason: string): RecordNote => ({ ...record.location, reason });
    checkKind(dataSet, source.kind, record);
    const prepared = dataSet.prepare(record, source.kind, { form });
    if (prepared.marks !== undefined) marks = sum(marks, prepared.marks);

    const { example, question } = prepared;
    const called = [...(example?.calls ?? []), ...(question?.calls ?? [])].map(({ tool }) => tool);
    if (question?.tool !== undefined) called.push(question.tool);
    for (const { action, object } of question?.plan ?? []) called.push(action, object);
    const refused = called.map((tool) => tools.refuse(tool, record)).find((reason) => reason !== undefined);
    if (refused !== undefined) {
      leftOut.push(note(refused));
      continue;
    }
    if (prepared.leftOut !== undefined) leftOut.push(note(prepared.leftOut));
    const earlier = example && part.addExample(example, record);
    if (earlier !== undefined) leftOut.push(note(`the text is that of ${earlier}, with the same calls`));
    if (question !== undefined) {
      part.addQuestion(question, record);
      const known = { part: part.name, location: locationText(record.location) };
      const other = questions.get(question.question) ?? known;
      questions.set(question.question, other);
      if (other.part !== part.name) remarks.push(note(`the question is also that of ${other.location}`));
      const shown = prompts.find(({ text }) => text.includes(question.question));
      if (shown !== undefined) remarks.push(note(`the question is a worked example of ${shown.file}`));
    }
    if (prepared.lookup !== undefined) lookup.push(prepared.lookup);
    for (const remark of prepared.remarks ?? []) remarks.push(note(remark));
  }
  const examples = part.examples.slice(before.examples);
  return {
    file: source.file,
    kind: source.kind,
    records: source.records.length,
    examples: examples.length,
    questions: part.questions.length - before.questions,
    calls: examples.reduce((count, { calls }) => count + calls.length, 0),
    leftOut,
    remarks,
    ...(marks === undefined ? {} : { marks }),
  };
}

/** A file that goes on with records of another kind was put together by mistake. */
function checkKind(dataSet: DataSet, kind: string, record: SourceRecord): void {
  const found = dataSet.kindOf(record.value);
  if (found === kind) return;
  if (found === undefined) throw notOfDataSet(dataSet, record.location, record.value);
  const looks = `${kind}: ${dataSet.kinds[kind]!}, as the file's first record`;
  throw recordInvalid(record.location, looks, "the record", record.value);
}

function sum(a: MarkCounts | undefined, b: MarkCounts): MarkCounts {
  if (a === undefined) return b;
  return {
    read: a.read + b.read,
    checked: a.checked + b.checked,
    withoutOperation: a.withoutOperation + b.withoutOperation,
    failed: a.failed + b.failed,
  };
}
