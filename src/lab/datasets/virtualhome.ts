// VirtualHome (as in ToolkenGPT, arXiv 2305.11554): household plans made of tools only, actions and objects in turn.
import { QUESTION_SLOT } from "../../prompts/prompts.js";
import type { TrainingCall } from "../../examples/example.js";
import { objectOf, recordInvalid, type SourceRecord, textField, textsField } from "../../examples/records.js";
import { hasFields, toolName } from "./fields.js";
import type { DataSet, PlannedAction, PreparedRecord, PublishedTool } from "./form.js";
import { rowsOf } from "./tool-names.js";

/** The groups of VirtualHome's tools: in a plan an object follows an action, and `END` follows an object. */
export type PlanGroup = "action" | "object" | "end";

/** One task with its plan. */
export interface VirtualHomeRecord {
  /** From `Task` to the hint, without the demonstrations before it and without white space after it. */
  readonly question: string;
  readonly room: string;
  /** What can be manipulated; every object of the plan is among them. */
  readonly objects: readonly string[];
  readonly goal: string;
  readonly hint: string;
  /** `[WALK] <home_office>` lines and `[END]`. */
  readonly plan: string;
  readonly steps: readonly PlannedAction[];
  /** The plan's tools in their order, with `END`; `start` and `end` are offsets in the plan. */
  readonly calls: readonly (TrainingCall & { readonly group: PlanGroup })[];
}

const TASK =
  /^Task \d+:\nI am in \['([^']+)'\]\. The objects I can manipulate are \[([^\]]*)\]\.\nGoal:\n(.*)\nHint:\n([^]*)$/;
const PLAN = "\nPlan:\n";
const STEP = /^\[([A-Z]+)\] <([a-z_]+)>$/;
const END = "[END]";

/**
 * Demonstrations before the last task (the published raw form has three) are left out.
 *
 * @returns the record, or in words why its plan is none.
 * @throws ToolkenError `RECORD_INVALID`
 */
export function readVirtualHomeRecord(record: SourceRecord): VirtualHomeRecord | string {
  const text = textField(record, "text").trimEnd();
  const last = text.split(/\n\s*\n(?=Task \d+:\n)/).at(-1)!;
  const at = last.lastIndexOf(PLAN);
  const question = last.slice(0, Math.max(0, at)).trimEnd();
  const task = TASK.exec(question);
  if (task === null) {
    throw recordInvalid(record.location, "Task, place, objects, Goal, Hint and Plan", "text", last);
  }
  const [, room, listed, goal, hint] = task as unknown as [string, string, string, string, string];
  const plan = last.slice(at + PLAN.length);

  const calls: (TrainingCall & { group: PlanGroup })[] = [];
  const steps: PlannedAction[] = [];
  const call = (published: string, group: PlanGroup, start: number): void => {
    const end = start + published.length;
    calls.push({ tool: toolName(published), group, start, end, args: "", result: published });
  };
  let offset = 0;
  for (const line of plan.split("\n")) {
    const step = STEP.exec(line);
    if (calls.at(-1)?.group === "end") return `the plan continues after ${END} (${line})`;
    if (line === END) call(END, "end", offset);
    else if (step !== null) {
      const [, action, object] = step as unknown as [string, string, string];
      call(`[${action}]`, "action", offset);
      call(`<${object}>`, "object", offset + action.length + 3);
      steps.push({ action: toolName(`[${action}]`), object: toolName(`<${object}>`) });
    } else return `the plan's line ${JSON.stringify(line)} is neither [ACTION] <object> nor ${END}`;
    offset += line.length + 1;
  }
  if (calls.at(-1)?.group !== "end") return `the plan does not end with ${END}`;

  if ("tar_eq" in objectOf(record)) {
    const named = textsField(record, "tar_eq");
    if (named.join() !== calls.map(({ result }) => result).join()) {
      throw recordInvalid(record.location, "the tools of the plan, in its order", "tar_eq", named);
    }
  }
  const objects = [...listed.matchAll(/'([^']+)'/g)].map((match) => match[1]!);
  const missing = steps.find(({ object }) => !objects.some((one) => toolName(one) === object));
  if (missing !== undefined) return `the plan's object ${missing.object} is not among those of the task`;
  return { question, room, objects, goal, hint, plan, steps, calls };
}

export const virtualhome: DataSet = {
  name: "virtualhome",
  title: "VirtualHome: household plans made of actions and objects",
  kinds: {
    plans: '{ "text", "tar_eq", "strict_match" } with one task',
    demonstrated: '{ "text", "tar_eq" } with demonstrations before the task',
    tools: '{ "[WALK]": 0, "<couch>": 1, … }',
  },
  kindOf(value) {
    if (hasFields(value, "text", "tar_eq") && String(value.text).startsWith("Task ")) {
      return /\n\s*\nTask \d+:\n/.test(String(value.text)) ? "demonstrated" : "plans";
    }
    return hasFields(value, END) ? "tools" : undefined;
  },
  redundant: { demonstrated: "plans" },
  execution: "fixed",
  plan: {
    order: [
      { group: "action", then: " " },
      { group: "object", then: "\n" },
    ],
    end: toolName(END),
  },
  readTools: (record) => rowsOf(record, objectOf(record), "the tools").map((name) => planTool(name, record)),
  toolNamed: (name) => planTool(name === "END" ? END : /^[A-Z]+$/.test(name) ? `[${name}]` : `<${name}>`),
  prompt: `${QUESTION_SLOT}${PLAN}`,
  // The published prompt writes its line ends as backslash and n, and puts "Question:" and "Answer:" around tasks.
  convertPrompt: (text) =>
    text
      .replaceAll("\\n", "\n")
      .replaceAll(/^Question: /gm, "")
      .replaceAll(/\s*\nAnswer: Plan:\n/g, PLAN)
      .replace(/\nAnswer:\s*$/, PLAN),
  prepare(record): PreparedRecord {
    const read = readVirtualHomeRecord(record);
    if (typeof read === "string") return { leftOut: read };
    const { question, plan, steps, calls } = read;
    const opening = question + PLAN;
    return {
      example: {
        text: opening + plan,
        questionEnd: opening.length,
        calls: calls.map(({ tool, start, end, args, result }) => ({
          tool,
          start: start + opening.length,
          end: end + opening.length,
          args,
          result,
        })),
        source: record.location,
      },
      question: { question, answer: plan, plan: steps },
    };
  },
};

function planTool(published: string, record?: SourceRecord): PublishedTool {
  const name = toolName(published);
  const words = name.toLowerCase().replaceAll("_", " ");
  if (published === END) {
    return { name, published, description: "Ends the plan.", group: "end", result: published };
  }
  if (/^\[[A-Z]+\]$/.test(published)) {
    return { name, published, description: `The action to ${words}.`, group: "action", result: published };
  }
  if (/^<[a-z_]+>$/.test(published)) {
    return { name, published, description: `The object ${words}.`, group: "object", result: published };
  }
  const location = record?.location ?? { file: "", line: 1 };
  throw recordInvalid(location, "[ACTION], <object> or [END]", "a tool", published);
}
