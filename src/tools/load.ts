// The command line and configuration files name tools by a word or a module, not by values.
import { stat } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { invalidArgument, ToolkenError } from "../errors.js";
import { mathTools } from "./math.js";
import { toolSet } from "./tool-set.js";
import { defineTool, isTool, type Tool, type ToolDefinition } from "./tool.js";

export interface LoadToolsOptions {
  /** What relative paths start from. Default: the working directory. */
  readonly directory?: string | undefined;
  /** Further words, and the tools that they stand for. */
  readonly sets?: Readonly<Record<string, readonly Tool[]>> | undefined;
}

const MATH = "math";

/** Whether a word stands for tools of this package rather than for a module. */
export function isToolSetName(word: string): boolean {
  return word === MATH;
}

/**
 * Tools by name: `"math"`, a word of `sets`, or the path of an ES module that exports them, as an array (default
 * export or `tools`) or as named exports. Exports are tools of `defineTool`, or plain definitions for it. Several specs
 * are joined in order.
 *
 * @throws ToolkenError `FILE_NOT_FOUND`, `FILE_INVALID` (the module does not load, has no tools or faulty ones),
 * `INVALID_ARGUMENT` (a name that occurs twice)
 */
export async function loadTools(
  spec: string | readonly string[],
  options: LoadToolsOptions = {},
): Promise<Tool[]> {
  const sets: Readonly<Record<string, readonly Tool[]>> = { ...options.sets, [MATH]: mathTools };
  const specs = typeof spec === "string" ? [spec] : spec;
  const lists: (readonly Tool[])[] = [];
  for (const one of specs) {
    if (typeof one !== "string" || one === "") throw invalidArgument('"math" or a path', "tools", one);
    const known = Object.hasOwn(sets, one) ? sets[one] : undefined;
    lists.push(known ?? (await loadModule(one, options.directory ?? process.cwd())));
  }
  return [...toolSet(lists.flat())];
}

async function loadModule(spec: string, directory: string): Promise<Tool[]> {
  const file = path.resolve(directory, spec);
  const found = await stat(file).catch(() => undefined);
  if (found?.isFile() !== true) {
    throw new ToolkenError("FILE_NOT_FOUND", `Found no module of tools at ${file}`, {
      hint: 'Tools are "math" or the path of an ES module that exports tools.',
    });
  }
  let exports: Record<string, unknown>;
  try {
    exports = (await import(pathToFileURL(file).href)) as Record<string, unknown>;
  } catch (cause) {
    throw new ToolkenError("FILE_INVALID", `The module ${file} does not load: ${reasonOf(cause)}`, { cause });
  }
  const tools = exportedTools(exports).map(([name, value]) => {
    try {
      return isTool(value) ? value : defineTool(value as ToolDefinition);
    } catch (cause) {
      throw new ToolkenError(
        "FILE_INVALID",
        `The export ${name} of ${file} is not a tool: ${reasonOf(cause)}`,
        {
          cause,
        },
      );
    }
  });
  if (tools.length === 0) {
    throw new ToolkenError("FILE_INVALID", `The module ${file} exports no tools`, {
      hint: "Export an array of tools by default or as `tools`, or each tool by its name.",
    });
  }
  return tools;
}

/** The array, where there is one; otherwise every export that is a tool or looks like a definition. */
function exportedTools(exports: Record<string, unknown>): [string, unknown][] {
  for (const name of ["default", "tools"]) {
    const list = exports[name];
    if (Array.isArray(list)) return list.map((value, index) => [`${name}[${index}]`, value]);
  }
  return Object.entries(exports).filter(([, value]) => isTool(value) || looksLikeDefinition(value));
}

function looksLikeDefinition(value: unknown): boolean {
  return (
    typeof value === "object" && value !== null && "name" in value && ("execute" in value || "text" in value)
  );
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
