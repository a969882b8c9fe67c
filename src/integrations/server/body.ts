import type { z } from "zod";
import { expected } from "../../errors.js";
import { wanted } from "../../utils/zod-issues.js";
import { ApiError } from "./api-error.js";

const decoder = new TextDecoder("utf-8", { fatal: true });

/**
 * A request's JSON body, checked by a schema.
 *
 * @throws ApiError 400 (no JSON, broken UTF-8, a value that does not fit; `param` names it), 415
 */
export async function readBody<Schema extends z.ZodType>(
  request: Request,
  schema: Schema,
): Promise<z.output<Schema>> {
  // A form or plain text needs no preflight: pages of strangers could send it.
  const type = request.headers.get("content-type") ?? "";
  if (!/^application\/json\s*(?:;|$)/iu.test(type)) {
    throw new ApiError(
      415,
      `Expected the content type application/json but received ${JSON.stringify(type)}`,
      {
        code: "unsupported_content_type",
      },
    );
  }
  return checked(parsed(await request.arrayBuffer()), schema);
}

function parsed(bytes: ArrayBuffer): unknown {
  let text: string;
  try {
    text = decoder.decode(bytes);
  } catch (cause) {
    throw new ApiError(400, "The request's body is not valid UTF-8", { code: "invalid_utf8", cause });
  }
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ApiError(400, `The request's body is not valid JSON: ${reason}`, {
      code: "invalid_json",
      cause,
    });
  }
}

function checked<Schema extends z.ZodType>(body: unknown, schema: Schema): z.output<Schema> {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  const issue = deepest(result.error.issues[0]!);
  const param = paramOf(issue.path);
  const received = valueAt(body, issue.path);
  if (received === undefined && param !== "") {
    throw new ApiError(400, `Missing required parameter: ${param}`, {
      param,
      code: "missing_required_parameter",
    });
  }
  const message = expected(wanted(issue), param === "" ? "the body" : param, received);
  const code =
    issue.code === "invalid_type" || issue.code === "invalid_union" ? "invalid_type" : "invalid_value";
  throw new ApiError(400, message, { param: param === "" ? undefined : param, code });
}

type Issue = z.core.$ZodIssue;

/** Of a union the issue of the one member that fits best, where there is one. */
function deepest(issue: Issue): Issue {
  if (issue.code !== "invalid_union") return issue;
  const inner = issue.errors
    .flatMap((issues) => issues.slice(0, 1))
    .filter(({ path }) => path.length > 0)
    .sort((a, b) => b.path.length - a.path.length)[0];
  return inner === undefined ? issue : deepest({ ...inner, path: [...issue.path, ...inner.path] });
}

/** `messages[0].role` */
function paramOf(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === "number") return `${text}[${key}]`;
    return text === "" ? String(key) : `${text}.${String(key)}`;
  }, "");
}

function valueAt(body: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (value as Record<PropertyKey, unknown> | null | undefined)?.[key],
    body,
  );
}
