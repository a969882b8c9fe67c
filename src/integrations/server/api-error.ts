import { ToolkenError } from "../../errors.js";

interface ApiErrorFields {
  readonly param?: string | undefined;
  readonly code?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly cause?: unknown;
}

/** An error that a client sees, in the shape of OpenAI's API. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: number;
  readonly type: string;
  readonly param: string | null;
  readonly code: string | null;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, message: string, { param, code, headers, cause }: ApiErrorFields = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.status = status;
    this.type = TYPES[status] ?? (status < 500 ? "invalid_request_error" : "server_error");
    this.param = param ?? null;
    this.code = code ?? null;
    this.headers = headers ?? {};
  }

  get body(): { readonly error: Readonly<Record<string, string | null>> } {
    const { message, type, param, code } = this;
    return { error: { message, type, param, code } };
  }

  response(): Response {
    return Response.json(this.body, { status: this.status, headers: this.headers });
  }
}

const TYPES: Readonly<Record<number, string>> = {
  401: "authentication_error",
  403: "permission_error",
  429: "rate_limit_error",
};

/**
 * What the library threw, as a client's error. An unexpected one tells the client nothing but that it happened.
 *
 * @param isTooLong of a full context: the request alone fills it
 */
export function toApiError(error: unknown, isTooLong = false): ApiError {
  if (error instanceof ApiError) return error;
  // JSON that is nested deeper than the stack is.
  if (error instanceof RangeError)
    return new ApiError(400, "The request is nested too deeply", { cause: error });
  if (!(error instanceof ToolkenError)) return internalError(error);
  const { code, message, hint } = error;
  const text = hint === undefined ? message : `${message}. ${hint}`;
  const refused = (fields: ApiErrorFields = {}): ApiError =>
    new ApiError(400, text, { code: code.toLowerCase(), param: paramOf(message), cause: error, ...fields });
  switch (code) {
    case "INVALID_ARGUMENT":
    case "MESSAGE_INVALID":
      return refused();
    case "UNKNOWN_TOOL":
    case "GRAMMAR_INVALID":
      return refused({ param: paramOf(message) ?? "tools" });
    case "CHAT_TEMPLATE_FAILED":
      return refused({ param: "messages" });
    case "CONTEXT_FULL":
      return contextFull(error, isTooLong);
    case "DISPOSED":
      return shuttingDown(error);
    default:
      return internalError(error);
  }
}

export function shuttingDown(cause?: unknown): ApiError {
  return new ApiError(503, "The server is shutting down", { code: "shutting_down", cause });
}

function internalError(cause: unknown): ApiError {
  return new ApiError(500, "The server failed to answer the request", { code: "internal_error", cause });
}

function contextFull(error: ToolkenError, isTooLong: boolean): ApiError {
  const { promptTokens, contextSize } = error as ToolkenError & Partial<Record<string, number>>;
  if (isTooLong && promptTokens === undefined) {
    const message = "The prompt is longer than this model's context. Please reduce its length.";
    return new ApiError(400, message, { code: "context_length_exceeded", cause: error });
  }
  if (promptTokens === undefined || contextSize === undefined) {
    const message = "Other requests fill the context at the moment";
    return new ApiError(503, message, {
      code: "context_busy",
      headers: { "retry-after": "1" },
      cause: error,
    });
  }
  const message = `This model's maximum context length is ${contextSize} tokens. However, your messages resulted in ${promptTokens} tokens. Please reduce the length of the messages.`;
  return new ApiError(400, message, { param: "messages", code: "context_length_exceeded", cause: error });
}

/** Names of the engine's options in OpenAI's API. */
const PARAMS: Readonly<Record<string, string>> = {
  maxOutputTokens: "max_completion_tokens",
  responseFormat: "response_format",
  stopSequences: "stop",
  toolChoice: "tool_choice",
  topLogprobs: "top_logprobs",
  topP: "top_p",
};

/** The parameter that a message of the library names: `Expected … for <name> but …`, or `messages[2]: …`. */
function paramOf(message: string): string | undefined {
  const name =
    / for ([\w.[\]]+) but /u.exec(message)?.[1] ?? /^(messages\[\d+\][\w.[\]]*)/u.exec(message)?.[1];
  return name === undefined ? undefined : (PARAMS[name] ?? name.replace("toolCalls", "tool_calls"));
}
