// Assertions about ToolkenErrors.
import type { ExecutionContext } from "ava";
import { ToolkenError, type ToolkenErrorCode } from "../../src/index.js";

/** The rejection of a promise, checked to be a ToolkenError with this code. */
export async function rejectsWith(
  t: ExecutionContext,
  promise: Promise<unknown>,
  code: ToolkenErrorCode,
  message?: RegExp,
): Promise<ToolkenError | undefined> {
  const error = await t.throwsAsync<ToolkenError>(promise, {
    instanceOf: ToolkenError,
    code,
    ...(message === undefined ? {} : { message }),
  });
  return error;
}
