// One error class for the whole library: callers branch on `code`, people read `message` and `hint`.

/** Stable codes of {@link ToolkenError}; new ones may be added, none changes its meaning. */
export type ToolkenErrorCode =
  | "INVALID_ARGUMENT" // a value that the function does not accept
  | "FILE_NOT_FOUND"
  | "FILE_INVALID" // the file exists, its content does not fit
  | "MODEL_LOAD_FAILED"
  | "MODEL_MISMATCH" // a head or reranker of another model or dimension
  | "CONTEXT_FULL" // no room for the tokens in the context
  | "CONTEXT_CREATE_FAILED"
  | "DECODE_FAILED"
  | "GRAMMAR_INVALID"
  | "BINARY_NOT_FOUND" // the addon or llama.cpp's libraries are missing
  | "BINARY_INCOMPATIBLE" // they exist, and do not load or run here
  | "RESOURCE_EXHAUSTED" // the system gives no more threads or memory
  | "PACKAGE_MISSING" // an optional package that this function needs
  | "BACKEND_UNAVAILABLE" // the asked-for GPU backend is not installed or finds no device
  | "UNKNOWN_TOOL"
  | "TOOL_ARGUMENTS_INVALID" // arguments that the tool's schema does not accept
  | "TOOL_FAILED"
  | "TOOL_TIMEOUT"
  | "TOOL_REPEATED" // a call that was made before, with the same input
  | "MESSAGE_INVALID" // a message of a conversation that contradicts the others
  | "CHAT_TEMPLATE_FAILED" // the model has no chat template, or it can't be rendered
  | "TOOL_RESULT_INVALID" // NaN, too long, not text
  | "RECORD_INVALID" // a data record; the message names file and line
  | "ALIGNMENT_FAILED" // a call whose result has no token border to train on
  | "CHAT_BUSY" // a chat answers one message at a time
  | "DISPOSED" // used after dispose()
  | "ABORTED"
  | "USAGE" // wrong use of the command line
  | "IO"
  | "INTERNAL";

export interface ToolkenErrorOptions extends ErrorOptions {
  /** What the reader can do about it, one sentence. */
  readonly hint?: string;
  /** Properties of the error: the facts that its message states. */
  readonly facts?: Readonly<Record<string, unknown>>;
}

/** Every error that the library throws on purpose. */
export class ToolkenError extends Error {
  override readonly name = "ToolkenError";
  readonly code: ToolkenErrorCode;
  readonly hint: string | undefined;

  constructor(code: ToolkenErrorCode, message: string, options: ToolkenErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
    if (options.facts !== undefined) Object.assign(this, options.facts);
  }
}

/** The one wording for bad values: `Expected <what> for <name> but received <value> of type <type>`. */
export function expected(what: string, name: string, value: unknown): string {
  return `Expected ${what} for ${name} but received ${show(value)} of type ${typeName(value)}`;
}

/** An `INVALID_ARGUMENT` error in the library's wording. */
export function invalidArgument(
  what: string,
  name: string,
  value: unknown,
  options?: ToolkenErrorOptions,
): ToolkenError {
  return new ToolkenError("INVALID_ARGUMENT", expected(what, name, value), options);
}

/** Throws `ABORTED`, with the signal's reason as cause, when the signal has fired. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw abortError(signal);
}

export function abortError(signal?: AbortSignal): ToolkenError {
  return new ToolkenError("ABORTED", "The operation was aborted", { cause: signal?.reason as unknown });
}

const MAX_SHOWN_LENGTH = 80;

function show(value: unknown): string {
  if (typeof value === "function") return value.name || "anonymous";
  if (typeof value === "bigint" || typeof value === "symbol" || value === undefined) return String(value);
  if (typeof value === "number") return String(value);
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch {
    text = undefined;
  }
  text ??= Object.prototype.toString.call(value);
  return text.length > MAX_SHOWN_LENGTH ? `${text.slice(0, MAX_SHOWN_LENGTH)}…` : text;
}

function typeName(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value !== "object") return typeof value;
  const name = (value.constructor as { name?: string } | undefined)?.name;
  return name !== undefined && name !== "Object" && name !== "" ? name : "object";
}
