// The head's rows and the text both name tools, so a set of tools has each name once, in a fixed order.
import { expected, invalidArgument, ToolkenError } from "../errors.js";
import type { JsonSchema } from "./parameters.js";
import { defineTool, type InputExample, isTool, type Tool } from "./tool.js";

/** Tools in order, each name once; the order is that of a head's rows. */
export class ToolSet implements Iterable<Tool> {
  readonly names: readonly string[];
  readonly #tools: ReadonlyMap<string, Tool>;

  constructor(tools: Iterable<Tool>) {
    const byName = new Map<string, Tool>();
    for (const tool of tools) {
      if (!isTool(tool)) throw invalidArgument("tools made by defineTool", `tools[${byName.size}]`, tool);
      if (byName.has(tool.name)) {
        throw new ToolkenError(
          "INVALID_ARGUMENT",
          `Expected different tool names but received ${tool.name} twice`,
        );
      }
      byName.set(tool.name, tool);
    }
    this.#tools = byName;
    this.names = Object.freeze([...byName.keys()]);
  }

  get size(): number {
    return this.#tools.size;
  }

  has(name: string): boolean {
    return this.#tools.has(name);
  }

  /** @throws ToolkenError `UNKNOWN_TOOL` */
  get(name: string): Tool {
    const tool = this.#tools.get(name);
    if (tool !== undefined) return tool;
    const shown = this.names.slice(0, 20).join(", ");
    const more = this.names.length > 20 ? ` and ${this.names.length - 20} more` : "";
    throw new ToolkenError("UNKNOWN_TOOL", expected("the name of a tool", "tool", name), {
      hint: this.names.length === 0 ? "There are no tools." : `There are ${shown}${more}.`,
    });
  }

  [Symbol.iterator](): Iterator<Tool> {
    return this.#tools.values();
  }
}

/**
 * A tool object of AI SDK, named by its key. Of its further fields, tools that need approval are not executed: their
 * calls are returned to the caller.
 */
export interface NamedByKey {
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- some versions have a function here
  readonly description?: any;
  readonly inputSchema?: unknown;
  readonly inputExamples?: readonly InputExample[] | undefined;
  readonly outputSchema?: unknown;
  readonly strict?: boolean | undefined;
  readonly needsApproval?: unknown;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- tools of any input
  readonly execute?: ((input: any, options: any) => unknown) | undefined;
}

/** Tools as a list, or by name; those by name may be AI SDK's `tool()` objects. */
export type Tools = Iterable<Tool> | Readonly<Record<string, Tool | NamedByKey>>;

/**
 * Checks that the tools go together; a `ToolSet` is returned as it is.
 *
 * @throws ToolkenError `INVALID_ARGUMENT` for a name that occurs twice or what is not a tool
 */
export function toolSet(tools: Tools): ToolSet {
  if (tools instanceof ToolSet) return tools;
  const given: unknown = tools;
  if (typeof given !== "object" || given === null) throw invalidArgument("tools", "tools", given);
  if (Symbol.iterator in given) return new ToolSet(given as Iterable<Tool>);
  return new ToolSet(Object.entries(given).map(([name, tool]) => toolByKey(name, tool as NamedByKey)));
}

function toolByKey(name: string, tool: Tool | NamedByKey): Tool {
  if (isTool(tool)) {
    if (tool.name === name) return tool;
    throw invalidArgument(`the name ${name}, as its key,`, `tools.${name}`, tool.name);
  }
  if (typeof (tool as unknown) !== "object" || (tool as unknown) === null) {
    throw invalidArgument("a tool", `tools.${name}`, tool);
  }
  const description: unknown = tool.description;
  const { inputSchema, inputExamples, outputSchema, strict, needsApproval, execute } = tool;
  const callable = execute !== undefined && (needsApproval === undefined || needsApproval === false);
  return defineTool({
    name,
    description: typeof description === "string" && description.trim() !== "" ? description : name,
    inputSchema: inputSchema as JsonSchema,
    ...(inputExamples === undefined ? {} : { inputExamples }),
    ...(outputSchema === undefined ? {} : { outputSchema: outputSchema as JsonSchema }),
    ...(strict === undefined ? {} : { strict }),
    ...(callable ? { execute: (input: unknown, context: unknown) => execute(input, context) } : {}),
  });
}
