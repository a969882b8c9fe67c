// A data set's files become texts to train on, questions to ask and tools, with an account of every record.
import { z } from "zod";
import { invalidArgument, throwIfAborted, ToolkenError } from "../../errors.js";
import type { PlanForm } from "../plans/plan.js";
import { checkForm } from "./fields.js";
import type { LookupEntry, PublishedTool } from "./form.js";
import { KnownTools, toolList } from "./known-tools.js";
import { PartBuilder } from "./part-builder.js";
import type { PreparedDataSet } from "./prepared.js";
import { type AskedQuestion, readSource } from "./read-source.js";
import { type DataSetName, dataSetNamed } from "./registry.js";
import { findSources } from "./sources.js";
import { integerField, signalField } from "../../utils/option-fields.js";
import { defineOptions, type OptionsOf, resolveOptions } from "../../utils/options.js";

export const prepareFields = {
  tools: integerField(1)
    .optional()
    .describe("Number of tools, the first of the data set's list; records of the others are left out"),
  form: z
    .string()
    .optional()
    .describe("General prompt with [QUESTION] that questions and results are put into")
    .meta({ more: "For KAMEL, SimpleToolQuestions and MetaTool.", defaultText: "the data set's own" }),
};
const prepareOptions = defineOptions({ ...prepareFields, signal: signalField });
export type PrepareOptions = OptionsOf<typeof prepareOptions>;

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
  given: PrepareOptions = {},
): Promise<PreparedDataSet> {
  const options = resolveOptions(prepareOptions, given, "prepareDataSet");
  const dataSet = dataSetNamed(name);
  const locations = typeof paths === "string" ? [paths] : paths;
  if (!Array.isArray(locations) || locations.length === 0 || !locations.every((p) => typeof p === "string")) {
    throw invalidArgument("a path or an array of paths", "paths", paths);
  }
  const { tools: first, signal } = options;
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
  const tools = new KnownTools(dataSet, listed, first);
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
