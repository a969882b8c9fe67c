// Plans are made of tools only: which tools a step may take follows from the step before it.
import { invalidArgument } from "../../errors.js";
import type { ToolHead } from "../../head/tool-head.js";
import type { ToolSet } from "../../tools/index.js";
import { unknownTool } from "../../generation/settings.js";

/**
 * The form of a plan (VirtualHome, arXiv 2305.11554, section 4.3): groups of tools take turns, each with the text
 * that follows its tool. Its tools are texts ({@link TextToolDefinition}).
 *
 * @example
 * const plan = {
 *   groups: { action: ["WALK", "FIND"], object: ["desk", "computer"] },
 *   order: [{ group: "action", then: " " }, { group: "object", then: "\n" }],
 *   end: "END",
 * };
 */
export interface PlanForm {
  /** Names of tools, by group. */
  readonly groups: Readonly<Record<string, readonly string[]>>;
  /** A round of groups, which is repeated until the plan ends, and the text between a tool and the next one. */
  readonly order: readonly { readonly group: string; readonly then: string }[];
  /** The tool that ends a plan. It may stand where a round begins, but not at the plan's beginning. */
  readonly end?: string | undefined;
  /** Groups of which a plan takes only the tools that its question names as words. Default: none. */
  readonly named?: readonly string[] | undefined;
}

/** What may stand at one place of a plan. */
export interface PlanPlace {
  readonly tools: ReadonlySet<string>;
  /** Text between the tool and the next one. */
  readonly then: string;
}

/** A checked form: the places of a round, in a ring. */
export class Plan {
  readonly end: string | undefined;
  readonly #round: readonly PlanPlace[];

  private constructor(round: readonly PlanPlace[], end: string | undefined) {
    this.#round = round;
    this.end = end;
  }

  /**
   * The plan that answers a question.
   *
   * @throws ToolkenError `INVALID_ARGUMENT` (not a form, a tool in two groups or that is no text, a question that
   * names no tool of a group), `UNKNOWN_TOOL` (a tool without a row in the head, or that was not given).
   */
  static of(form: PlanForm, question: string, head: ToolHead | undefined, tools: ToolSet): Plan {
    checkForm(form);
    if (head === undefined) throw invalidArgument("a head, whose tools a plan is made of,", "head", head);
    for (const name of [
      ...Object.values(form.groups).flat(),
      ...(form.end === undefined ? [] : [form.end]),
    ]) {
      if (!head.has(name)) throw unknownTool(name, head);
      if (tools.get(name).text === undefined)
        throw invalidArgument("a tool that is a text", "a tool of a plan", name);
    }
    const words = new Set(question.match(/[\p{L}\p{N}_]+/gu) ?? []);
    const round = form.order.map(({ group, then }) => {
      const all = form.groups[group]!;
      const some = form.named?.includes(group) === true ? all.filter((name) => words.has(name)) : all;
      if (some.length === 0)
        throw invalidArgument(`a question that names a tool of ${group}`, "question", question);
      return { tools: new Set(some), then };
    });
    return new Plan(round, form.end);
  }

  /** What may stand after the first `index` tools. */
  place(index: number): PlanPlace {
    const at = index % this.#round.length;
    const { tools, then } = this.#round[at]!;
    return {
      tools: this.end !== undefined && at === 0 && index > 0 ? new Set([...tools, this.end]) : tools,
      then,
    };
  }
}

/** @throws ToolkenError `INVALID_ARGUMENT`. */
export function checkForm(form: unknown): asserts form is PlanForm {
  const { groups, order, end, named = [] } = record(form, "plan");
  const names = new Map<unknown, string>();
  for (const [group, tools] of Object.entries(record(groups, "plan.groups"))) {
    if (!isList(tools, isName)) throw invalidArgument("names of tools", `plan.groups.${group}`, tools);
    for (const name of tools) {
      const other = names.get(name);
      if (other !== undefined)
        throw invalidArgument(`a tool that is not of ${other}`, `plan.groups.${group}`, name);
      names.set(name, group);
    }
  }
  const known = Object.keys(groups as object);
  const isGroup = (name: unknown): boolean => known.includes(name as string);
  if (!isList(order, (one) => isGroup(record(one, "plan.order").group))) {
    throw invalidArgument(`places with one of the groups ${known.join(", ")}`, "plan.order", order);
  }
  for (const one of order) {
    const { then } = one as Record<string, unknown>;
    if (typeof then !== "string") throw invalidArgument("a text", "plan.order.then", then);
  }
  if (end !== undefined && (!isName(end) || names.has(end))) {
    throw invalidArgument("a tool that is of no group", "plan.end", end);
  }
  if (!Array.isArray(named) || !named.every(isGroup)) {
    throw invalidArgument(`some of the groups ${known.join(", ")}`, "plan.named", named);
  }
}

function record(value: unknown, name: string): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw invalidArgument("an object", name, value);
}

function isList(value: unknown, check: (item: unknown) => boolean): value is unknown[] {
  return Array.isArray(value) && value.length > 0 && value.every(check);
}

function isName(value: unknown): boolean {
  return typeof value === "string" && value !== "";
}
