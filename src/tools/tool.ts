// A tool is checked once, where it is defined, so that generation never meets a half-defined one.
import { invalidArgument } from "../errors.js";
import type { AiSchema } from "./ai-schema.js";
import {
  type ArgumentsOf,
  type ParametersDefinition,
  readParameters,
  readSchema,
  refuseOtherKeys,
  type ToolParameters,
} from "./parameters.js";
import type { JsonSchema } from "./schema/json-schema.js";
import type { StandardSchema } from "./standard-schema.js";

/** Milliseconds a tool may take when its definition says nothing else. */
export const DEFAULT_TIMEOUT = 10_000;

/** `setTimeout` counts in 32 bits. */
const MAX_TIMEOUT = 2 ** 31 - 1;

/** Names of MCP (2025-11-25) and OpenAI. */
const NAME = /^[A-Za-z0-9_.-]{1,128}$/;

const FIELDS = [
  "name",
  "description",
  "inputSchema",
  "parameters",
  "inputExamples",
  "annotations",
  "outputSchema",
  "strict",
  "demonstrations",
  "timeout",
  "grammar",
  "documentation",
  "execute",
];

/** Known to every copy of this package, so that a module of tools may bring its own. */
const BRAND = Symbol.for("@toolken/native.tool.1");

/**
 * What a prompt that lists tools says of one: "prompt" its description and JSON Schema, "signature" its description and
 * a signature in the manner of TypeScript, "none" its name.
 */
export type Documentation = "none" | "signature" | "prompt";

/** What a tool gets besides its arguments. */
export interface ToolContext {
  /** Fires when the caller aborts and when the tool's time is over. */
  readonly signal: AbortSignal;
  /** The same, by AI SDK's name. */
  readonly abortSignal: AbortSignal;
  /** Id of the call. */
  readonly toolCallId: string;
  readonly toolName: string;
  /** The conversation before the call; empty outside of conversations. */
  readonly messages: readonly unknown[];
}

export interface ToolDefinition<
  P extends ParametersDefinition = ParametersDefinition,
  Output = unknown,
  Name extends string = string,
> {
  /** 1 to 128 letters, digits, `_`, `.` and `-`. */
  readonly name: Name;
  /** What the tool does, for the model, the reranker's prompt and people. */
  readonly description: string;
  /** `{ positional: … }` for numbers, a JSON Schema of type "object", a Standard Schema such as zod's, or AI SDK's. */
  readonly inputSchema?: P;
  /** The same as `inputSchema`. */
  readonly parameters?: P;
  /** What `execute` returns, as a JSON Schema or a Standard Schema; for documentation. */
  readonly outputSchema?: JsonSchema | StandardSchema | AiSchema | undefined;
  /** Passed on in {@link toolJson}; arguments are decoded under the schema in any case. */
  readonly strict?: boolean | undefined;
  /** Worked examples for tool mode, parted by blank lines, each with a call `<name>(arguments)=result`. */
  readonly demonstrations?: string | undefined;
  /** Milliseconds. Default 10 000. A tool that blocks the event loop can't be interrupted. */
  readonly timeout?: number | undefined;
  /** `false`: arguments are decoded without a grammar, only validated. Default `true`. */
  readonly grammar?: boolean | undefined;
  /** What prompts of conversations say of the tool. Default: the engine call's `documentation`. */
  readonly documentation?: Documentation | undefined;
  /** Example arguments; training from definitions learns from them. */
  readonly inputExamples?: readonly InputExample[] | undefined;
  /** Hints of MCP; training from definitions learns from them. */
  readonly annotations?: ToolAnnotations | undefined;
  /** Does the work; may be async, may throw. Without it calls are returned to the caller. */
  readonly execute?: ((input: ArgumentsOf<P>, context: ToolContext) => Output) | undefined;
}

/** Hints of MCP (2025-11-25) about a tool. */
export interface ToolAnnotations {
  readonly title?: string | undefined;
  readonly readOnlyHint?: boolean | undefined;
  readonly destructiveHint?: boolean | undefined;
  readonly idempotentHint?: boolean | undefined;
  readonly openWorldHint?: boolean | undefined;
}

/** Arguments of an example call, as AI SDK writes them. */
export interface InputExample {
  readonly input: Readonly<Record<string, unknown>>;
}

/** What comes of what a tool returns: of promises their value, of generators their last one. */
export type ResultOf<Returned> = LastOf<Awaited<Returned>>;

type LastOf<Settled> = Settled extends AsyncIterable<infer Yielded> ? Yielded : Settled;

/** A tool that calls nothing: it writes always the same, such as `[WALK]` of a plan. */
export interface TextToolDefinition {
  readonly name: string;
  readonly description: string;
  /** What is written. */
  readonly text: string;
  readonly demonstrations?: string | undefined;
}

/**
 * A checked tool; made by {@link defineTool} alone.
 * @typeParam Input what `execute` gets
 * @typeParam Output what comes of what it returns
 */
export interface Tool<Name extends string = string, Input = unknown, Output = unknown> {
  readonly name: Name;
  readonly description: string;
  readonly parameters: ToolParameters;
  readonly outputSchema: JsonSchema | undefined;
  readonly strict: boolean | undefined;
  readonly demonstrations: string | undefined;
  /** Milliseconds. */
  readonly timeout: number;
  readonly grammar: boolean;
  readonly documentation?: Documentation | undefined;
  /** What a tool without arguments always writes; undefined for tools that compute. */
  readonly text: string | undefined;
  readonly inputExamples?: readonly InputExample[] | undefined;
  readonly annotations?: ToolAnnotations | undefined;
  /** Undefined: the caller executes its calls. */
  readonly execute: ((input: unknown, context: ToolContext) => unknown) | undefined;
  /** For the compiler only. */
  readonly types?: { readonly input: Input; readonly output: Output };
}

/**
 * Defines a tool.
 *
 * ```ts
 * defineTool({
 *   name: "hypotenuse",
 *   description: "Length of the longest side of a right triangle.",
 *   parameters: { positional: ["a", "b"] },
 *   execute: ([a, b]) => Math.hypot(a!, b!),
 * });
 * ```
 *
 * @throws ToolkenError `INVALID_ARGUMENT` naming what does not fit
 */
export function defineTool<const Name extends string>(
  definition: TextToolDefinition & { readonly name: Name },
): Tool<Name, number[], string>;
export function defineTool<const P extends ParametersDefinition, Output, const Name extends string>(
  definition: ToolDefinition<P, Output, Name>,
): Tool<Name, ArgumentsOf<P>, ResultOf<Output>>;
export function defineTool(definition: ToolDefinition | TextToolDefinition): Tool {
  const given: unknown = definition;
  if (typeof given !== "object" || given === null) throw invalidArgument("a tool definition", "tool", given);
  if ("text" in definition) return textTool(definition);
  refuseOtherKeys(given, FIELDS, "tool");
  const fields = given as Record<string, unknown>;
  const { name, description, demonstrations, timeout, grammar, inputExamples, annotations, execute } = fields;
  if (fields.inputSchema !== undefined && fields.parameters !== undefined) {
    throw invalidArgument("inputSchema or parameters, not both,", "tool", name);
  }
  if (typeof name !== "string" || !NAME.test(name)) {
    throw invalidArgument("1 to 128 letters, digits, _, . and -", "name", name);
  }
  const of = (property: string): string => `${property} of tool ${name}`;
  if (typeof description !== "string" || description.trim() === "") {
    throw invalidArgument("a text", of("description"), description);
  }
  if (fields.strict !== undefined && typeof fields.strict !== "boolean") {
    throw invalidArgument("true or false", of("strict"), fields.strict);
  }
  if (demonstrations !== undefined && typeof demonstrations !== "string") {
    throw invalidArgument("a text", of("demonstrations"), demonstrations);
  }
  if (timeout !== undefined && !isTimeout(timeout)) {
    throw invalidArgument(`whole milliseconds from 1 to ${MAX_TIMEOUT}`, of("timeout"), timeout);
  }
  if (grammar !== undefined && typeof grammar !== "boolean") {
    throw invalidArgument("true or false", of("grammar"), grammar);
  }
  const documentation =
    fields.documentation === undefined ? undefined : readDocumentation(fields.documentation);
  if (inputExamples !== undefined && !isInputExamples(inputExamples)) {
    throw invalidArgument("an array of { input: { … } }", of("inputExamples"), inputExamples);
  }
  if (annotations !== undefined && (typeof annotations !== "object" || annotations === null)) {
    throw invalidArgument("an object", of("annotations"), annotations);
  }
  if (execute !== undefined && typeof execute !== "function")
    throw invalidArgument("a function", of("execute"), execute);
  const tool: Tool = {
    name,
    description,
    parameters: readParameters(fields.inputSchema ?? fields.parameters),
    outputSchema:
      fields.outputSchema === undefined ? undefined : readSchema(fields.outputSchema, "outputSchema"),
    strict: fields.strict,
    demonstrations,
    timeout: timeout ?? DEFAULT_TIMEOUT,
    grammar: grammar ?? true,
    text: undefined,
    ...(documentation === undefined ? {} : { documentation }),
    ...(inputExamples === undefined ? {} : { inputExamples }),
    ...(annotations === undefined ? {} : { annotations: annotations }),
    execute:
      execute === undefined
        ? undefined
        : (input, context) => (execute as NonNullable<ToolDefinition["execute"]>)(input, context),
  };
  Object.defineProperty(tool, BRAND, { value: true });
  return Object.freeze(tool);
}

function textTool(definition: TextToolDefinition): Tool {
  refuseOtherKeys(definition, ["name", "description", "demonstrations", "text"], "tool");
  const { name, description, demonstrations, text } = definition;
  if (typeof text !== "string" || text.trim() === "") {
    throw invalidArgument("a text that is not blank", `text of tool ${name}`, text);
  }
  const tool = defineTool({
    name,
    description,
    ...(demonstrations === undefined ? {} : { demonstrations }),
    parameters: { positional: 0 },
    execute: () => text,
  });
  const written: Tool = { ...tool, text };
  Object.defineProperty(written, BRAND, { value: true });
  return Object.freeze(written);
}

/** Whether the value was made by {@link defineTool}. */
export function isTool(value: unknown): value is Tool {
  return typeof value === "object" && value !== null && BRAND in value;
}

/** @throws ToolkenError `INVALID_ARGUMENT` */
function readDocumentation(value: unknown): Documentation {
  if (value === "none" || value === "signature" || value === "prompt") return value;
  throw invalidArgument('"none", "signature" or "prompt"', "documentation", value);
}

function isInputExamples(value: unknown): value is readonly InputExample[] {
  return (
    Array.isArray(value) &&
    value.every((example: unknown) => {
      const input = (example as { input?: unknown } | null)?.input;
      return typeof input === "object" && input !== null && !Array.isArray(input);
    })
  );
}

function isTimeout(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= MAX_TIMEOUT;
}
