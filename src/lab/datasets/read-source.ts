import { locationText } from "../../examples/example.js";
import { recordInvalid, type SourceRecord } from "../../examples/records.js";
import type { DataSet, LookupEntry, MarkCounts, RecordNote } from "./form.js";
import type { KnownTools } from "./known-tools.js";
import type { PartBuilder } from "./part-builder.js";
import type { FileAccount } from "./prepared.js";
import { notOfDataSet, type PromptSource, type RecordSource } from "./sources.js";

/** Where a question was asked first. */
export interface AskedQuestion {
  readonly part: string;
  readonly location: string;
}

/** State shared by all files. */
export interface SharedState {
  readonly tools: KnownTools;
  readonly lookup: LookupEntry[];
  readonly questions: Map<string, AskedQuestion>;
  readonly prompts: readonly PromptSource[];
}

/** Adds the records of one file to a part. */
export function readSource(
  dataSet: DataSet,
  source: RecordSource,
  form: string,
  part: PartBuilder,
  { tools, lookup, questions, prompts }: SharedState,
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
