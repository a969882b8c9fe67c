import type { ToolChoice } from "../../generation/options.js";
import type { Tool } from "../../tools/index.js";
import { schemaTool } from "../shared/foreign-tool.js";
import { ApiError, toApiError } from "./api-error.js";

/** A function of a request. */
export interface FunctionTool {
  readonly name: string;
  readonly description?: string | null | undefined;
  readonly parameters?: Readonly<Record<string, unknown>> | null | undefined;
}

/**
 * A tool whose calls the client executes. A schema with a keyword that no grammar can express decodes as any JSON; the
 * client validates.
 *
 * @param param where the function stands in the request
 */
export function functionTool({ name, description, parameters }: FunctionTool, param: string): Tool {
  const schema = parameters ?? { properties: {} };
  try {
    return schemaTool(
      { name, description },
      schema.type === undefined ? { ...schema, type: "object" } : schema,
    );
  } catch (error) {
    const { message, code, status } = toApiError(error);
    throw new ApiError(status, message, { param, ...(code === null ? {} : { code }), cause: error });
  }
}

/** How a request names the tools that may be called. */
export type RequestedChoice =
  | "auto"
  | "none"
  | "required"
  | { readonly name: string }
  | { readonly mode: "auto" | "required"; readonly names: readonly string[] };

/** Tools of one answer: the server's and the request's, of which the latter win where names are equal. */
export interface AnswerTools {
  readonly tools: readonly Tool[];
  readonly toolChoice: ToolChoice | undefined;
  /** Whether the server executes a tool's calls. */
  readonly isExecuted: (toolName: string) => boolean;
}

/** @throws ApiError 400 for a choice of a tool that is not there */
export function answerTools(
  requested: readonly Tool[],
  own: Iterable<Tool>,
  choice: RequestedChoice | undefined,
): AnswerTools {
  const names = new Set(requested.map(({ name }) => name));
  if (names.size < requested.length) {
    throw new ApiError(400, "Two tools have the same name", { param: "tools", code: "invalid_value" });
  }
  const all = [...requested, ...[...own].filter(({ name }) => !names.has(name))];
  const { tools, toolChoice } = chosen(all, choice);
  const executed = new Set(tools.filter(({ execute }) => execute !== undefined).map(({ name }) => name));
  return { tools, toolChoice, isExecuted: (name) => executed.has(name) };
}

function chosen(
  tools: readonly Tool[],
  choice: RequestedChoice | undefined,
): { readonly tools: readonly Tool[]; readonly toolChoice: ToolChoice | undefined } {
  if (choice === "required" && tools.length === 0) {
    throw new ApiError(400, "tool_choice is only allowed when tools are specified", {
      param: "tool_choice",
      code: "invalid_value",
    });
  }
  if (choice === undefined || typeof choice === "string") return { tools, toolChoice: choice };
  const wanted = "name" in choice ? [choice.name] : choice.names;
  const unknown = wanted.find((name) => !tools.some((tool) => tool.name === name));
  if (unknown !== undefined) {
    throw new ApiError(
      400,
      `tool_choice names the tool ${JSON.stringify(unknown)}, which is not among tools`,
      {
        param: "tool_choice",
        code: "unknown_tool",
      },
    );
  }
  if ("name" in choice) return { tools, toolChoice: { toolName: choice.name } };
  return { tools: tools.filter(({ name }) => wanted.includes(name)), toolChoice: choice.mode };
}
