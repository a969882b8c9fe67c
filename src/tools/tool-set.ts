// Why: the head's rows and the text both name tools, so a set of tools has each name once, in a fixed order.
import { expected, invalidArgument, ToolkenError } from "../errors.js";
import { isTool, type Tool } from "./tool.js";

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
 * Checks that the tools go together; a `ToolSet` is returned as it is.
 *
 * @throws ToolkenError `INVALID_ARGUMENT` for a name that occurs twice or what is no tool
 */
export function toolSet(tools: Iterable<Tool>): ToolSet {
  if (tools instanceof ToolSet) return tools;
  const given: unknown = tools;
  if (typeof given !== "object" || given === null || !(Symbol.iterator in given)) {
    throw invalidArgument("a list of tools", "tools", given);
  }
  return new ToolSet(tools);
}
