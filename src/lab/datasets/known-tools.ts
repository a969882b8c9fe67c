import { ToolkenError } from "../../errors.js";
import { locationText } from "../../examples/example.js";
import { recordInvalid, type SourceRecord } from "../../examples/records.js";
import type { DataSet, PublishedTool } from "./form.js";
import type { RecordSource } from "./sources.js";
import { operator } from "./tool-names.js";

/** The tools of the data set's file of tools, if there is one. */
export function toolList(dataSet: DataSet, sources: readonly RecordSource[]): PublishedTool[] | undefined {
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
export class KnownTools {
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
